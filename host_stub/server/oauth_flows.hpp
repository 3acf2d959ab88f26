// Sign-ins through the browser that were started from the UI: what each one is about, and how it is
// going. The service sends the browser back to /callback; the `state` in that address says which
// one is meant, and a cookie of its own that it is the browser that started it.
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
  std::string connection;  // the one signed in again; after a new one is saved, that
  bool again = false;      // `connection` was there before
  bool allow_other = false;
  SecretObject input;
  SignInSettings settings;
  std::string browser;  // what the cookie says; only the browser that started it may end it
  std::unique_ptr<AuthorizationCode> code;
  std::chrono::steady_clock::time_point until;

  State state = State::waiting;
  std::optional<Failure> failure;
  std::vector<std::string> notes;
};

class OAuthFlows {
 public:
  static constexpr std::size_t most = 32;  // the oldest is given up for a new one

  void add(std::shared_ptr<OAuthFlow> flow);

  // What is shown of one; nothing when there is none, or no more.
  std::optional<boost::json::object> show(std::string_view id) const;
  bool cancel(std::string_view id);  // false: there was none

  // The waiting flow that a browser came back for, which is `working` from now on. Null: none of
  // that state, or it belongs to another browser.
  std::shared_ptr<OAuthFlow> take(std::string_view state, std::string_view browser);
  // How it ended; the secrets are let go.
  void finished(const std::shared_ptr<OAuthFlow> &flow, std::string connection,
                std::vector<std::string> notes);
  void failed(const std::shared_ptr<OAuthFlow> &flow, Failure why);

 private:
  void forget_old();

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<OAuthFlow>, std::less<>> flows_;  // by id
};

// The `state` in the address of a flow: what comes back with the browser.
std::string state_in(std::string_view url);

}  // namespace host::server
