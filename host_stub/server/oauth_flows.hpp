// Browser sign-ins that were started from the UI, and their state. The service redirects the
// browser to /callback; the `state` in that address identifies the sign-in, and a separate cookie
// proves that the same browser started it.
//
// [any thread]
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authorization_code.hpp"
#include "auth/connection_secrets.hpp"
#include "control/connecting.hpp"
#include "control/failure.hpp"

namespace host::server {

struct OAuthFlow {
  enum class State : std::uint8_t { waiting, working, done, failed };

  std::string id;
  std::string plugin;
  std::string method;
  std::string connection;  // the one to sign in again, or the new one once it is saved
  bool again = false;      // `connection` existed before
  bool allow_other = false;
  std::string started_by;  // for the audit
  SecretObject input;
  SignInSettings settings;
  std::string browser;  // value of the cookie; only the browser that started it may complete it
  std::unique_ptr<AuthorizationCode> code;
  std::chrono::steady_clock::time_point until;

  State state = State::waiting;
  std::optional<Failure> failure;
  std::vector<std::string> notes;
};

class OAuthFlows {
 public:
  static constexpr std::size_t most = 32;  // above that, the oldest is cancelled

  void add(std::shared_ptr<OAuthFlow> flow);

  // The state to show; empty if it is unknown or expired.
  std::optional<boost::json::object> show(std::string_view id) const;
  bool cancel(std::string_view id);  // false: not found

  // The waiting flow to which a browser returned; it is `working` from now on. Null: none with that
  // state, or it belongs to another browser.
  std::shared_ptr<OAuthFlow> take(std::string_view state, std::string_view browser);
  // Records the result and releases the secrets.
  void finished(const std::shared_ptr<OAuthFlow> &flow, std::string connection,
                std::vector<std::string> notes);
  void failed(const std::shared_ptr<OAuthFlow> &flow, Failure why);

 private:
  void forget_old();

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<OAuthFlow>, std::less<>> flows_;  // by id
};

// The `state` in the address of a flow, which the browser brings back.
std::string state_in(std::string_view url);

}  // namespace host::server
