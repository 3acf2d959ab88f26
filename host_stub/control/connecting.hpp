// Accounts of a service: signing in, testing before anything is saved, signing in again, and the
// connection test of a saved one. How a person hands over keys, and how a browser is opened, is the
// business of whoever calls.
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

// What a connection sets otherwise than the manifest: as it is stored, and the addresses that come
// of it.
struct SignInSettings {
  std::string text;
  EndpointSettings endpoints;
};

// Throws Failure for a setting that this method does not let be set, or that cannot be used.
SignInSettings checked_settings(const boost::json::object &settings,
                                const cpi::manifest::AuthMethod &method);

// Validates against the method's schema, and what its way of signing in can send; throws Failure
// with every problem.
void check_method_input(const cpi::manifest::AuthMethod &method, const boost::json::value &input);

// The settings of a connection whose secrets are entered again, where no others are given: those
// that were sealed with its secrets, since the row may have been changed by somebody else. Throws
// Failure where it cannot be told whether it was.
SignInSettings former_settings(Session &session, const ConnectionRecord &connection,
                               const cpi::manifest::AuthMethod &method);

// The secrets that a connection has, for signing in again with them.
struct StoredSignIn {
  SecretObject input;
  SignInSettings settings;  // the addresses are those that the secrets were entered for
};
// `wanted` may set other scopes, but no other addresses: for those the secrets are entered again.
// Throws Failure that names the setting.
StoredSignIn stored_sign_in(Session &session, const ConnectionRecord &connection,
                            const cpi::manifest::AuthMethod &method,
                            const std::optional<SignInSettings> &wanted);

// A sentence where this connection goes on with an address that the manifest has changed since;
// empty otherwise. Throws SealError.
std::string moved_address(Session &session, const ConnectionRecord &connection,
                          const cpi::manifest::AuthMethod &method);

// What a sign-in is made with. `input` holds secrets: whoever has it wipes it.
struct Candidate {
  std::shared_ptr<const Plugin> plugin;
  const cpi::manifest::AuthMethod &method;
  const boost::json::value &input;
  const SignInSettings &settings;
};

struct Tested {
  std::string label;  // whose account it is
  std::optional<TokenSet> tokens;
};

// Asks the service, with `tokens` where a browser brought them. Throws Failure: nothing was saved.
Tested test_before_saving(Session &session, const Candidate &candidate,
                          std::optional<TokenSet> tokens = std::nullopt);

// Makes tokens of the address that the browser was sent back to. What a person should know of them
// is added to `notes`. Throws Failure.
TokenSet tokens_of_redirect(Session &session, AuthorizationCode &flow, const Candidate &candidate,
                            std::string_view redirected, std::vector<std::string> &notes);

// Saves a new connection. A note is added where the account is connected already.
ConnectionRecord save_connection(Session &session, const Candidate &candidate, Tested &tested,
                                 std::vector<std::string> &notes);

// Saves a sign-in of a known connection, whose triggers go on where they stopped. Throws Failure
// (conflict) when it is another account and `allow_other` is false.
ConnectionRecord save_again(Session &session, const ConnectionRecord &connection,
                            const Candidate &candidate, Tested &tested, bool allow_other);

// Asks the service whether a saved connection works. What waited for it goes on.
struct ConnectionTest {
  ConnectionRecord connection;  // as it is now
  boost::json::value account;   // what the service says about it
};
ConnectionTest test_connection(Session &session, const ConnectionRecord &connection);

std::string_view state_text(ConnectionState state) noexcept;  // in words
std::string_view state_text(TriggerState state) noexcept;

}  // namespace host
