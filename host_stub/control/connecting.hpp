// Connections to accounts: signing in, testing before saving, signing in again, and testing a saved
// connection. The caller gets the keys from the user and opens the browser.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authorization_code.hpp"
#include "auth/connection_secrets.hpp"
#include "auth/endpoint_settings.hpp"
#include "auth/sign_in_method.hpp"
#include "control/session.hpp"
#include "cpi/manifest/manifest.hpp"

namespace host {

// Throws Failure (unknown).
const cpi::manifest::AuthMethod &find_method(const cpi::manifest::Manifest &manifest,
                                             std::string_view id);

// The settings that a connection overrides: as stored, and the resulting addresses.
struct SignInSettings {
  std::string text;
  EndpointSettings endpoints;
};

// Throws Failure for a setting that this method does not allow, or an invalid one.
SignInSettings checked_settings(const boost::json::object &settings,
                                const cpi::manifest::AuthMethod &method);

// Validates against the method's schema and the limits of its way of signing in; throws Failure
// with the problems.
void check_method_input(const cpi::manifest::AuthMethod &method, const boost::json::value &input);

// The settings of a connection whose secrets are entered again without new settings: those sealed
// with its secrets, since someone else may have changed the row. Throws Failure if that cannot be
// determined.
SignInSettings former_settings(Session &session, const ConnectionRecord &connection,
                               const cpi::manifest::AuthMethod &method);

// The stored secrets of a connection, for signing in again.
struct StoredSignIn {
  SecretObject input;
  SignInSettings settings;  // with the addresses that the secrets were entered for
};
// `wanted` may change scopes, but not addresses: for other addresses the user must enter the
// secrets again. Throws Failure that names the setting.
StoredSignIn stored_sign_in(Session &session, const ConnectionRecord &connection,
                            const cpi::manifest::AuthMethod &method,
                            const std::optional<SignInSettings> &wanted);

// A note if this connection still uses an address that has since changed in the manifest; empty
// otherwise. Throws SealError.
std::string moved_address(Session &session, const ConnectionRecord &connection,
                          const cpi::manifest::AuthMethod &method);

// The data of a sign-in. `input` has secrets; its owner must wipe it.
struct Candidate {
  std::shared_ptr<const Plugin> plugin;
  const cpi::manifest::AuthMethod &method;
  const boost::json::value &input;
  const SignInSettings &settings;
};

struct TestedSignIn {
  std::string label;  // the account's name
  std::optional<TokenSet> tokens;
};

// Runs the connection test, with `tokens` if they come from a browser sign-in. Throws Failure;
// nothing is saved.
TestedSignIn test_before_saving(Session &session, const Candidate &candidate,
                                std::optional<TokenSet> tokens = std::nullopt);

// Gets tokens with the address to which the browser was redirected. Adds notes for the user to
// `notes`. Throws Failure.
TokenSet tokens_of_redirect(Session &session, AuthorizationCode &flow, const Candidate &candidate,
                            std::string_view redirected, std::vector<std::string> &notes);

// Saves a new connection. Adds a note if the account is already connected.
ConnectionRecord save_connection(Session &session, const Candidate &candidate, TestedSignIn &tested,
                                 std::vector<std::string> &notes);

// Saves a new sign-in of an existing connection; its triggers continue where they stopped. Throws
// Failure (conflict) if it is another account and `allow_other` is false.
ConnectionRecord save_reauthorized(Session &session, const ConnectionRecord &connection,
                                   const Candidate &candidate, TestedSignIn &tested,
                                   bool allow_other);

// Tests a saved connection. If it works, its waiting triggers continue.
struct ConnectionTest {
  ConnectionRecord connection;  // after the test
  boost::json::value account;   // as returned by the service
  std::string time_zone;        // of the account, as the service names it; empty: unknown
};
ConnectionTest test_connection(Session &session, const ConnectionRecord &connection);

std::string_view state_text(ConnectionState state) noexcept;  // in words
std::string_view state_text(TriggerState state) noexcept;

}  // namespace host
