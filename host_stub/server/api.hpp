// The API that openapi.yaml describes: answers requests that have passed the gate (gate.hpp), if
// their route is within the scope of their caller.
//
// [any thread]
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/session.hpp"
#include "run/engine.hpp"
#include "server/access.hpp"
#include "server/audit_trail.hpp"
#include "server/browser_sessions.hpp"
#include "server/callers.hpp"
#include "server/change_feed.hpp"
#include "server/http.hpp"
#include "server/link_files.hpp"
#include "server/oauth_flows.hpp"
#include "server/password_attempts.hpp"
#include "server/router.hpp"
#include "server/rows.hpp"

namespace host::server {

// The dependencies of the API; all must outlive it.
struct ApiParts {
  const SessionContext &context;
  Engine &engine;
  ChangeFeed &feed;
  BrowserSessions &sessions;
  Callers &callers;
  AuditTrail &audit;
  LinkFiles &link_files;
  Origin origin;
  std::string version;
  std::string sign_in_hint;  // tells a client without a session how to get one
  std::chrono::milliseconds interval_override{0};
  bool has_ui = false;
};

class Api;

// One request in progress.
struct Call {
  Api &api;
  const IncomingRequest &request;
  PathValues path;
  boost::json::object body;
  Session &session;  // this call's own
  RowMaker rows;
  Caller caller;
  // What the audit says of this call; handlers complete it.
  struct Audited {
    std::string who;                // of the caller, unless the handler knows better
    std::string object;             // IDs
    std::string outcome;            // empty: by the answer
    std::string_view refusal = {};  // why a caller who is nobody was refused
  };
  Audited audited;

  // The connection or trigger that the path names. Throws Failure.
  ConnectionRecord connection();
  TriggerRecord trigger();

  std::string_view value(std::string_view name) const { return path.find(name)->second; }
};

class Api {
 public:
  using Handler = std::function<HttpAnswer(Call &)>;
  // A row of the table of routes. Every route states the scope that it needs, and openapi.yaml
  // states the same; empty: it is open to everybody.
  struct Route {
    std::optional<TokenScope> scope;
    std::string_view audited;  // the name of its lines in the audit; empty: it changes nothing
    Handler handler;
    Route(std::optional<TokenScope> needed, Handler answers)
        : Route(needed, {}, std::move(answers)) {}
    Route(std::optional<TokenScope> needed, std::string_view name, Handler answers)
        : scope(needed), audited(name), handler(std::move(answers)) {}
  };

  explicit Api(ApiParts parts);
  ~Api();
  Api(const Api &) = delete;
  Api &operator=(const Api &) = delete;

  // Throws only std::bad_alloc: a failure is an answer.
  HttpAnswer answer(const IncomingRequest &request);

  const Router<Route> &routes() const noexcept { return router_; }
  ApiParts &parts() noexcept { return parts_; }
  OAuthFlows &flows() noexcept { return flows_; }
  PasswordAttempts &password_attempts() noexcept { return password_attempts_; }
  std::int64_t started_at() const noexcept { return started_at_; }

  // A slot for a call that waits for the service. Throws Failure (unavailable) if there are too
  // many: other requests need threads, too.
  class Slot {
   public:
    explicit Slot(Api &api);
    ~Slot();
    Slot(const Slot &) = delete;
    Slot &operator=(const Slot &) = delete;

   private:
    Api &api_;
  };

 private:
  class Borrowed;
  HttpAnswer handled(const Route &route, Call &call, Borrowed &borrowed);
  void audit(const Route &route, const Call &call, const HttpAnswer &answer);
  static constexpr std::ptrdiff_t most_waiting = 20;

  ApiParts parts_;
  Router<Route> router_;
  OAuthFlows flows_;
  PasswordAttempts password_attempts_;
  std::int64_t started_at_;
  std::counting_semaphore<most_waiting> slots_{most_waiting};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;  // unused sessions, with their open databases
};

constexpr std::optional<TokenScope> open_to_everybody = std::nullopt;

// One for each tag of openapi.yaml, in the file named after it.
void add_server_routes(Router<Api::Route> &router);
void add_plugin_routes(Router<Api::Route> &router);
void add_connection_routes(Router<Api::Route> &router);
void add_sign_in_routes(Router<Api::Route> &router);
void add_trigger_routes(Router<Api::Route> &router);
void add_event_routes(Router<Api::Route> &router);
void add_action_routes(Router<Api::Route> &router);

// ---- Reading a request's body. All throw Failure (wrong_call).

void allow_members(const boost::json::object &body, std::span<const std::string_view> names);
std::string text_member(const boost::json::object &body, std::string_view name);
// Empty if absent.
std::string optional_text(const boost::json::object &body, std::string_view name);
boost::json::object object_member(const boost::json::object &body, std::string_view name);
std::optional<boost::json::object> optional_object(const boost::json::object &body,
                                                   std::string_view name);
std::optional<double> optional_number(const boost::json::object &body, std::string_view name);
bool flag_member(const boost::json::object &body, std::string_view name);

// ["...", ...]
boost::json::array texts_json(std::span<const std::string> texts);

}  // namespace host::server
