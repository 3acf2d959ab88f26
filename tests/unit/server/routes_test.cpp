// Every route of the API without a socket: each operation of openapi.yaml is answered once and
// refused once, and each answer fits the schema that openapi.yaml promises for it.
#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../control/session_fixture.hpp"
#include "../store/fixture.hpp"
#include "control/password.hpp"
#include "control/program_tokens.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/schema.hpp"
#include "cpi/manifest/yaml_document.hpp"
#include "server/api.hpp"
#include "server/gate.hpp"
#include "text/time_text.hpp"

namespace host::server {
namespace {

using testing::HasSubstr;
namespace json = boost::json;

// ---- openapi.yaml

const json::value &openapi() {
  static const json::value document = [] {
    std::ifstream file(OPENAPI, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto read = cpi::manifest::read_yaml(text, "openapi.yaml");
    for (const auto &problem : read.problems) ADD_FAILURE() << cpi::manifest::to_line(problem);
    return read.document.value().value;
  }();
  return document;
}

// With what its references name in their places; there are no circles.
json::value without_references(const json::value &from) {
  if (const json::array *list = from.if_array()) {
    json::array out;
    for (const json::value &one : *list) out.push_back(without_references(one));
    return out;
  }
  const json::object *object = from.if_object();
  if (object == nullptr) return from;
  if (const json::value *reference = object->if_contains("$ref")) {
    const std::string pointer(std::string_view(reference->as_string()).substr(1));
    const json::value *named = cpi::find_at(openapi(), pointer);
    if (named == nullptr) throw std::logic_error("openapi.yaml has no " + pointer);
    return without_references(*named);
  }
  json::object out;
  for (const auto &member : *object) out[member.key()] = without_references(member.value());
  return out;
}

// The operations of openapi.yaml by their ids, without references.
const std::map<std::string, json::value> &operations_of_openapi() {
  static const std::map<std::string, json::value> operations = [] {
    std::map<std::string, json::value> out;
    for (const auto &path : openapi().at("paths").as_object())
      for (const auto &method : path.value().as_object())
        if (method.key() != "parameters")
          out.emplace(method.value().at("operationId").as_string(),
                      without_references(method.value()));
    return out;
  }();
  return operations;
}

// How the answer differs from what openapi.yaml says of this operation; empty when it does not.
std::string misfit(const std::string &operation, const HttpAnswer &answer) {
  const json::object &responses = operations_of_openapi().at(operation).at("responses").as_object();
  const json::value *response = responses.if_contains(std::to_string(answer.status));
  if (response == nullptr && answer.status < 400)
    return "status " + std::to_string(answer.status) + " is not described";
  if (response == nullptr) response = &responses.at("default");
  const json::value *content = response->as_object().if_contains("content");
  if (content == nullptr) return answer.body.empty() ? "" : "a body where none is described";
  const std::string type = answer.type.substr(0, answer.type.find(';'));
  const json::value *described = content->as_object().if_contains(type);
  if (described == nullptr) return "a body of the type " + answer.type;
  if (type != "application/json") return {};
  std::string out;
  const auto schema = cpi::Schema::compile_document(described->at("schema"));
  for (const auto &violation : schema.validate(json::parse(answer.body)).listed)
    out += violation.pointer + ' ' + violation.message + "; ";
  return out;
}

// ---- the server's parts, without its front

class ApiRoutes : public host::test::SessionFixture {
 protected:
  ApiRoutes() {
    connect();
    trigger_row = session.store().add(a_trigger_of("trg_one"));
    a_trigger_with_events();

    EngineOptions options;
    options.store = data.path();
    options.plugins = std::make_shared<PluginSet>(puppet.found());
    options.key = std::make_shared<const SealingKey>(unlock(context.key_places, session.store()));
    options.polls.in_flight = 0;  // it answers, and polls nothing
    options.workers = 1;
    engine = std::make_unique<Engine>(std::move(options), feed);
    feed.start(open_store(data.path()),
               {.poll = [](const PollNote &) { return json::object(); },
                .event = [](const EventRecord &) { return json::object(); },
                .trigger = [](const TriggerRecord &) { return json::object(); },
                .connection = [](const ConnectionRecord &) { return json::object(); }});
    running = std::thread([this] { engine->run(); });
    api = std::make_unique<Api>(ApiParts{.context = context,
                                         .engine = *engine,
                                         .feed = feed,
                                         .sessions = sessions,
                                         .callers = callers,
                                         .audit = audit,
                                         .link_files = link_files,
                                         .origin = parse_origin("http://127.0.0.1:7117"),
                                         .version = "1.2.3",
                                         .sign_in_hint = "Run a command.",
                                         .interval_override = {},
                                         .has_ui = false});
  }
  ~ApiRoutes() override {
    feed.stop();
    engine->stop();
    running.join();
  }

  static TriggerRecord a_trigger_of(const std::string &id) {
    TriggerRecord trigger = host::test::a_trigger(id, "con_one");
    trigger.trigger = "thing.created";
    return trigger;
  }
  // Its events: "held" waits for a person, "there" for its delivery.
  void a_trigger_with_events() {
    Store &store = session.store();
    PollCommit first = host::test::a_poll(trigger_row, 0, {"there"});
    first.baseline_done = true;
    EXPECT_EQ(store.commit(first), CommitResult::stored);
    PollCommit flood = host::test::a_poll(trigger_row, 1, {"held"});
    flood.hold = true;
    EXPECT_EQ(store.commit(flood), CommitResult::stored);
    for (const EventRecord &event : store.events({})) names["{" + event.key + "}"] = event.id;
  }

  // "GET /api/events?limit=5": names in braces are put in.
  HttpAnswer ask(std::string_view line, const json::object &body = {}) {
    std::string text(line);
    for (const auto &[name, value] : names)
      if (const auto at = text.find(name); at != std::string::npos)
        text.replace(at, name.size(), value);
    IncomingRequest request;
    const std::size_t blank = text.find(' ');
    request.method = text.substr(0, blank);
    request.target = text.substr(blank + 1);
    const std::size_t question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos) add_query(request, request.target.substr(question + 1));
    request.headers = headers;
    if (signs_in)
      request.headers.emplace("authorization", "Bearer " + std::string(sessions.bearer()));
    if (!body.empty()) request.body = json::serialize(body);
    return api->answer(request);
  }
  static void add_query(IncomingRequest &request, std::string_view query) {
    while (!query.empty()) {
      const std::string_view pair = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(query.size(), pair.size() + 1));
      const std::size_t equals = pair.find('=');
      request.query.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  static json::value content(const HttpAnswer &answer) { return json::parse(answer.body); }
  static std::string class_of(const HttpAnswer &answer) {
    return std::string(content(answer).at("error").at("class").as_string());
  }

  // A sign-in through the browser that has begun: {flow}, {state}, and the cookie that goes with
  // it.
  void begin_sign_in() {
    const HttpAnswer begun = ask("POST /api/oauth", sign_in());
    ASSERT_EQ(begun.status, 201);
    names["{flow}"] = content(begun).at("flow").as_string();
    names["{state}"] = state_in(std::string(content(begun).at("authorize_url").as_string()));
    for (const auto &[name, value] : begun.headers)
      if (name == "Set-Cookie") headers.emplace("cookie", value.substr(0, value.find(';')));
  }
  static json::object sign_in() {
    return {{"plugin", "puppet"},
            {"method", "oauth"},
            {"input", {{"client_id", "id"}, {"client_secret", "secret-1"}}}};
  }
  static json::object with_key() {
    return {{"plugin", "puppet"}, {"method", "key"}, {"input", {{"api_key", "secret-key-2"}}}};
  }

  std::int64_t trigger_row = 0;
  std::map<std::string, std::string> names;
  std::multimap<std::string, std::string, std::less<>> headers;
  bool signs_in = true;  // with the token of the data folder
  ChangeFeed feed;
  BrowserSessions sessions{data.path()};
  Callers callers{sessions, data.path()};
  AuditTrail audit{StoreAddress(data.path()), nullptr};
  LinkFiles link_files{data.path()};
  std::unique_ptr<Engine> engine;
  std::thread running;
  std::unique_ptr<Api> api;
};

// ---- one answer and one refusal of each operation

struct Exchanged {
  std::string line;
  json::object body = {};
  std::vector<OperationOutcome> outcomes = {};
};

struct OperationCase {
  std::string operation;  // its id in openapi.yaml
  int status;
  Exchanged answered;
  std::string refusal;  // the class of the error
  Exchanged refused;
};

std::ostream &operator<<(std::ostream &out, const OperationCase &one) {
  return out << one.operation;
}

std::vector<OperationCase> operation_cases() {
  using host::test::failed;
  using host::test::succeeded;
  const std::string con = "/api/connections/con_one";
  const std::string none = "/api/connections/con_none";
  const json::object shelf{{"input", {{"box_id", 3}, {"name", "Upper"}}}};
  const OperationOutcome items = succeeded(R"({"items":[{"id":7}]})");
  const OperationOutcome boxes =
      succeeded(R"({"items":[{"value":1,"label":"Big","hint":"red"}],"next":"p2"})");
  const json::object key_only{{"input", {{"api_key", "secret-key-2"}}}};
  const json::object sign_in{{"plugin", "puppet"},
                             {"method", "oauth"},
                             {"input", {{"client_id", "id"}, {"client_secret", "secret-1"}}}};
  return {
      {"openSession",
       201,
       {"POST /api/session", {{"link", "{link}"}}},
       "no_session",
       {"POST /api/session", {{"link", "used"}}}},
      {"getSession", 200, {"GET /api/session"}, "invalid_input", {"PUT /api/session"}},
      {"endSession", 204, {"DELETE /api/session"}, "invalid_input", {"DELETE /api/session/links"}},
      {"changePassword",
       204,
       {"PUT /api/password", {{"password", "four random words"}}},
       "invalid_input",
       {"PUT /api/password", {{"password", "short"}}}},
      {"addSessionLink",
       201,
       {"POST /api/session/links", {{"file", true}}},
       "invalid_input",
       {"POST /api/session/links", {{"file", "yes"}}}},
      {"getServer", 200, {"GET /api/server"}, "invalid_input", {"POST /api/server"}},
      {"streamChanges", 200, {"GET /api/changes"}, "invalid_input", {"POST /api/changes"}},
      {"getMetrics", 200, {"GET /metrics"}, "invalid_input", {"POST /metrics"}},

      {"listPlugins", 200, {"GET /api/plugins"}, "invalid_input", {"POST /api/plugins"}},
      {"getPlugin", 200, {"GET /api/plugins/puppet"}, "not_found", {"GET /api/plugins/pupet"}},
      {"getPluginIcon",
       200,
       {"GET /api/plugins/puppet/icon?theme=dark"},
       "not_found",
       {"GET /api/plugins/pupet/icon"}},
      {"getOperationForm",
       200,
       {"GET /api/plugins/puppet/operations/thing.created/form?kind=trigger"},
       "not_found",
       {"GET /api/plugins/puppet/operations/thing.create/form"}},
      {"getMethodForm",
       200,
       {"GET /api/plugins/puppet/methods/oauth/form"},
       "not_found",
       {"GET /api/plugins/puppet/methods/oaut/form"}},

      {"listConnections", 200, {"GET /api/connections"}, "invalid_input", {"PUT /api/connections"}},
      {"addConnection",
       201,
       {"POST /api/connections",
        {{"plugin", "puppet"}, {"method", "key"}, {"input", {{"api_key", "secret-key-2"}}}}},
       "invalid_input",
       {"POST /api/connections", {{"plugin", "puppet"}, {"method", "key"}, {"input", {}}}}},
      {"getConnection", 200, {"GET " + con}, "not_found", {"GET " + none}},
      {"removeConnection", 200, {"DELETE " + con}, "not_found", {"DELETE " + none}},
      {"testConnection",
       200,
       {"POST " + con + "/test", {}, {succeeded(R"({"name":"Jane"})")}},
       "unavailable",
       {"POST " + con + "/test", {}, {failed(ErrorClass::unavailable)}}},
      {"reauthorizeConnection",
       200,
       {"POST " + con + "/reauthorize", key_only},
       "invalid_input",
       {"POST " + con + "/reauthorize", {{"input", {{"key", "x"}}}}}},
      {"startOAuth",
       201,
       {"POST /api/oauth", sign_in},
       "invalid_input",
       {"POST /api/oauth", {{"plugin", "puppet"}, {"method", "key"}}}},
      {"getOAuth", 200, {"GET /api/oauth/{flow}"}, "not_found", {"GET /api/oauth/flow_none"}},
      {"cancelOAuth",
       204,
       {"DELETE /api/oauth/{flow}"},
       "not_found",
       {"DELETE /api/oauth/flow_none"}},
      {"lookUp",
       200,
       {"POST " + con + "/lookups/boxes", {{"search", "b"}}, {boxes}},
       "invalid_input",
       {"POST " + con + "/lookups/shelves"}},

      {"testNewTrigger",
       200,
       {"POST " + con + "/triggers/thing.created/test", {{"interval_s", 600}}, {items}},
       "invalid_input",
       {"POST " + con + "/triggers/thing.created/test", {{"input", {{"box_id", 0}}}}}},
      {"listTriggers",
       200,
       {"GET /api/triggers?connection=con_one"},
       "not_found",
       {"GET /api/triggers?connection=con_none"}},
      {"addTrigger",
       201,
       {"POST /api/triggers",
        {{"connection", "con_one"}, {"trigger", "thing.created"}, {"start", "last:2"}}},
       "invalid_input",
       {"POST /api/triggers", {{"connection", "con_one"}, {"trigger", "thing.viewed"}}}},
      {"getTrigger",
       200,
       {"GET /api/triggers/trg_one"},
       "not_found",
       {"GET /api/triggers/trg_none"}},
      {"editTrigger",
       200,
       {"PATCH /api/triggers/trg_one", {{"interval_s", 600}}},
       "invalid_input",
       {"PATCH /api/triggers/trg_one"}},
      {"previewTriggerEdit",
       200,
       {"POST /api/triggers/trg_one/preview", {{"input", {{"box_id", 4}}}}},
       "invalid_input",
       {"POST /api/triggers/trg_one/preview", {{"input", {{"box_id", 0}}}}}},
      {"removeTrigger",
       204,
       {"DELETE /api/triggers/trg_one"},
       "not_found",
       {"DELETE /api/triggers/trg_none"}},
      {"testTrigger",
       200,
       {"POST /api/triggers/trg_one/test", {}, {items}},
       "not_found",
       {"POST /api/triggers/trg_none/test"}},
      {"pauseTrigger",
       200,
       {"POST /api/triggers/trg_one/pause"},
       "not_found",
       {"POST /api/triggers/trg_none/pause"}},
      {"resumeTrigger",
       200,
       {"POST /api/triggers/trg_one/resume"},
       "not_found",
       {"POST /api/triggers/trg_none/resume"}},
      {"releaseHeldEvents",
       200,
       {"POST /api/triggers/trg_one/release"},
       "not_found",
       {"POST /api/triggers/trg_none/release"}},
      {"discardHeldEvents",
       200,
       {"POST /api/triggers/trg_one/discard"},
       "not_found",
       {"POST /api/triggers/trg_none/discard"}},

      {"listEvents",
       200,
       {"GET /api/events?limit=1&state=pending"},
       "invalid_input",
       {"GET /api/events?limit=201"}},
      {"getEvent", 200, {"GET /api/events/{there}"}, "not_found", {"GET /api/events/evt_none"}},
      {"replayEvent",
       200,
       {"POST /api/events/{there}/replay"},
       "invalid_input",
       {"POST /api/events/{held}/replay"}},

      {"previewAction",
       200,
       {"POST " + con + "/actions/shelf.add/preview", shelf},
       "invalid_input",
       {"POST " + con + "/actions/shelf.add/preview"}},
      {"runAction",
       200,
       {"POST " + con + "/actions/shelf.add/run", shelf, {succeeded(R"({"id":7})")}},
       "unknown_outcome",
       {"POST " + con + "/actions/shelf.add/run",
        shelf,
        {failed(ErrorClass::unknown_outcome), succeeded(R"({"items":[]})")}}},
  };
}

class EachOperation : public ApiRoutes, public testing::WithParamInterface<OperationCase> {
 protected:
  // What the cases name.
  void prepare(json::object &body) {
    if (GetParam().operation == "getOAuth" || GetParam().operation == "cancelOAuth")
      begin_sign_in();
    if (json::value *link = body.if_contains("link"); link != nullptr && *link == "{link}")
      *link = sessions.new_link();
  }
  HttpAnswer exchange(const Exchanged &one) {
    json::object body = one.body;
    prepare(body);
    operations.outcomes.assign(one.outcomes.begin(), one.outcomes.end());
    return ask(one.line, body);
  }
};

TEST_P(EachOperation, IsAnsweredAsDescribed) {
  const HttpAnswer answer = exchange(GetParam().answered);
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(misfit(GetParam().operation, answer), "") << answer.body;
}

TEST_P(EachOperation, IsRefusedAsDescribed) {
  const HttpAnswer answer = exchange(GetParam().refused);
  EXPECT_GE(answer.status, 400);
  EXPECT_EQ(class_of(answer), GetParam().refusal) << answer.body;
  EXPECT_EQ(misfit(GetParam().operation, answer), "") << answer.body;
}

INSTANTIATE_TEST_SUITE_P(Api, EachOperation, testing::ValuesIn(operation_cases()),
                         [](const auto &one) { return one.param.operation; });

TEST(OpenApi, NoOperationIsMissingHere) {
  std::set<std::string> described;
  for (const auto &[id, operation] : operations_of_openapi()) described.insert(id);
  std::set<std::string> tried;
  for (const OperationCase &one : operation_cases()) tried.insert(one.operation);
  EXPECT_EQ(tried, described);
}

// ---- what single routes do besides

TEST_F(ApiRoutes, APathThatIsNotThereIsNotFoundAndAnotherMethodNamesThoseThereAre) {
  EXPECT_EQ(ask("GET /api/nothing").status, 404);
  const HttpAnswer answer = ask("PUT /api/triggers/trg_one");
  EXPECT_EQ(answer.status, 405);
  EXPECT_THAT(answer.headers, testing::Contains(testing::Pair("Allow", "GET, PATCH, DELETE")));
}

TEST_F(ApiRoutes, ABodyThatIsNoObjectOrHasAnUnknownMemberIsRefused) {
  EXPECT_EQ(class_of(ask("POST /api/triggers", {{"conection", "con_one"}})), "invalid_input");
  IncomingRequest request;
  request.method = "POST";
  request.path = request.target = "/api/triggers";
  request.headers.emplace("authorization", "Bearer " + std::string(sessions.bearer()));
  for (const char *body : {"[]", "{", "1"}) {
    request.body = body;
    EXPECT_EQ(api->answer(request).status, 422) << body;
  }
}

TEST_F(ApiRoutes, ACostlyTriggerIsAddedOnlyWhenItsCostIsAccepted) {
  json::object body{{"connection", "con_one"}, {"trigger", "thing.viewed"}};
  const HttpAnswer refused = ask("POST /api/triggers", body);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(json::parse(refused.body).at("error").at("accept_cost"), true);
  body["accept_cost"] = true;
  const HttpAnswer added = ask("POST /api/triggers", body);
  ASSERT_EQ(added.status, 201) << added.body;
  const json::value cost = json::parse(added.body).at("trigger").at("cost");
  EXPECT_EQ(cost.at("needs_acceptance"), true);
  EXPECT_EQ(cost.at("idle_requests_per_day"), 11'520);
}

TEST_F(ApiRoutes, ALinkOpensOneSession) {
  const std::string link = sessions.new_link();
  const HttpAnswer opened = ask("POST /api/session", {{"link", link}});
  ASSERT_EQ(opened.status, 201);
  ASSERT_EQ(opened.headers.size(), 1u);
  EXPECT_THAT(opened.headers[0].second, HasSubstr("HttpOnly; SameSite=Strict"));
  EXPECT_EQ(ask("POST /api/session", {{"link", link}}).status, 403);
}

TEST_F(ApiRoutes, AWrongPasswordIsRefusedAndThenHasToWait) {
  const auto refused = [&](std::string_view password) {
    const HttpAnswer answer = ask("POST /api/session", {{"password", password}});
    EXPECT_EQ(misfit("openSession", answer), "") << answer.body;
    return answer.status;
  };
  EXPECT_EQ(refused("four random words"), 403) << "none is set";
  store_password(session.store(), hash_password("four random words"), {});
  EXPECT_EQ(refused("four random words"), 201);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused("wrong"), 403);
  EXPECT_EQ(refused("four random words"), 429);
  EXPECT_EQ(ask("POST /api/session", {{"password", "x"}, {"link", "x"}}).status, 422);
}

TEST_F(ApiRoutes, AConnectionThatFailsItsTestIsNotSaved) {
  operations.trial = host::test::failed(ErrorClass::needs_reauth, "The key is wrong.");
  const HttpAnswer answer = ask("POST /api/connections", with_key());
  EXPECT_EQ(class_of(answer), "needs_reauth");
  EXPECT_THAT(answer.body, HasSubstr("Nothing was saved"));
  EXPECT_EQ(session.store().connections().size(), 1u);
}

TEST_F(ApiRoutes, NoAnswerHoldsTheSecretsOfAConnection) {
  const HttpAnswer added = ask("POST /api/connections", with_key());
  EXPECT_EQ(added.status, 201);
  EXPECT_THAT(added.body + ask("GET /api/connections").body, testing::Not(HasSubstr("secret-key")));
}

TEST_F(ApiRoutes, AMethodOfTheBrowserIsNotConnectedWithKeys) {
  EXPECT_THAT(ask("POST /api/connections", sign_in()).body, HasSubstr("POST /api/oauth"));
}

TEST_F(ApiRoutes, AnotherAccountIsAConflictUnlessThatIsAllowed) {
  operations.trial = host::test::succeeded(R"({"name":"Joe"})");
  json::object body{{"input", {{"api_key", "secret-key-2"}}}};
  EXPECT_EQ(class_of(ask("POST /api/connections/con_one/reauthorize", body)), "conflict");
  body["allow_other_account"] = true;
  EXPECT_EQ(ask("POST /api/connections/con_one/reauthorize", body).status, 200);
  EXPECT_EQ(session.connection("con_one").label, "Joe");
}

TEST_F(ApiRoutes, RemovingAConnectionTellsHowManyTriggersWentWithIt) {
  EXPECT_EQ(content(ask("DELETE /api/connections/con_one")).at("triggers"), 1);
  EXPECT_TRUE(session.store().triggers().empty());
}

TEST_F(ApiRoutes, HeldEventsAreReleasedOrDiscarded) {
  EXPECT_EQ(content(ask("GET /api/triggers/trg_one")).at("held"), 1);
  EXPECT_EQ(content(ask("POST /api/triggers/trg_one/release")).at("events"), 1);
  EXPECT_EQ(session.store().count_events(EventState::held), 0);
  EXPECT_EQ(content(ask("POST /api/triggers/trg_one/discard")).at("events"), 0);
}

TEST_F(ApiRoutes, EventsComeInPagesTheNewestFirst) {
  const json::value first = content(ask("GET /api/events?limit=1"));
  EXPECT_EQ(first.at("events").at(0).at("key"), "held");
  const std::string next = json::serialize(first.at("next"));
  const json::value second = content(ask("GET /api/events?limit=1&before=" + next));
  EXPECT_EQ(second.at("events").at(0).at("key"), "there");
}

TEST_F(ApiRoutes, PausingAndResumingChangeTheState) {
  EXPECT_EQ(content(ask("POST /api/triggers/trg_one/pause")).at("state"), "paused");
  EXPECT_EQ(content(ask("POST /api/triggers/trg_one/resume")).at("state"), "active");
}

TEST_F(ApiRoutes, AnActionUnderTheSameKeyActsOnce) {
  operations.outcomes = {host::test::succeeded(R"({"id":7})")};
  const json::object body{{"input", {{"name", "Big"}}}, {"idempotency_key", "k1"}};
  const std::string line = "POST /api/connections/con_one/actions/box.add/run";
  EXPECT_EQ(content(ask(line, body)).at("replayed"), false);
  EXPECT_EQ(content(ask(line, body)).at("replayed"), true);
  EXPECT_EQ(operations.ran.size(), 1u);
}

TEST_F(ApiRoutes, AnActionHasItsNotesBesideTheOutput) {
  auto noted = host::test::succeeded(R"({"id":7})");
  noted.notes = {"/name was left out."};
  operations.outcomes = {noted};
  const HttpAnswer answer = ask("POST /api/connections/con_one/actions/box.add/run",
                                {{"input", {{"name", "Big"}}}, {"idempotency_key", "k1"}});
  EXPECT_EQ(content(answer).at("notes"), (json::value{"/name was left out."}));
  EXPECT_EQ(misfit("runAction", answer), "") << answer.body;
}

TEST_F(ApiRoutes, AnOperationGivenUpBecauseTheHostEndsIsUnavailable) {
  operations.interrupted = true;
  const HttpAnswer answer = ask("POST /api/connections/con_one/lookups/boxes");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(class_of(answer), "unavailable");
}

TEST_F(ApiRoutes, TheStreamOfChangesEndsWithItsSessionOrToken) {
  signs_in = false;
  EXPECT_EQ(ask("GET /api/changes").status, 401);
  const auto goes_on = [](const HttpAnswer &answer) {
    std::string sent;
    const HttpAnswer::Write write = [&sent](std::string_view text) { sent += text; };
    EXPECT_TRUE(answer.stream(write)) << "the head goes out at once";
    EXPECT_EQ(sent, "retry: 2000\n\n");
    EXPECT_TRUE(answer.stream(write));
    return [&answer, write] { return answer.stream(write); };
  };
  const auto opened = sessions.open(session.store());
  headers.emplace("cookie", std::string(session_cookie) + '=' + opened.cookie);
  headers.emplace(session_key_header, opened.key);
  const HttpAnswer of_session = ask("GET /api/changes");
  ASSERT_TRUE(of_session.stream);
  const auto session_goes_on = goes_on(of_session);
  headers.clear();
  const Secret token =
      create_program_token(session.store(), "reader", TokenScope::read, unix_ms_now(), 0);
  headers.emplace("authorization", "Bearer " + std::string(token.reveal()));
  const HttpAnswer of_token = ask("GET /api/changes");
  ASSERT_TRUE(of_token.stream);
  const auto token_goes_on = goes_on(of_token);

  session.store().remove_session(opened.record.cookie_hash);
  EXPECT_FALSE(session_goes_on());
  EXPECT_TRUE(token_goes_on());
  revoke_program_token(session.store(), "reader");
  EXPECT_FALSE(token_goes_on());
}

// ---- what a token may do

// The scopes that openapi.yaml names, by "GET /path".
std::map<std::string, std::string> described_scopes() {
  std::map<std::string, std::string> out;
  for (const auto &path : openapi().at("paths").as_object())
    for (const auto &method : path.value().as_object()) {
      if (method.key() == "parameters") continue;
      std::string name(method.key());
      for (char &c : name) c = static_cast<char>(c - 'a' + 'A');
      std::string &scope = out[name + ' ' + std::string(path.key())];
      scope = "described by nothing";
      const json::value *security = method.value().as_object().if_contains("security");
      if (security == nullptr) continue;
      scope = security->as_array().empty() ? "open" : "";
      for (const json::value &one : security->as_array())
        if (const json::value *roles = one.as_object().if_contains("bearer"))
          scope = roles->as_array().at(0).as_string();
    }
  return out;
}

TEST_F(ApiRoutes, EachRouteNeedsTheScopeThatOpenApiNames) {
  std::map<std::string, std::string> have;
  api->routes().for_each(
      [&](const std::string &method, const std::string &path, const Api::Route &route) {
        have[method + ' ' + path] = route.scope ? to_string(*route.scope) : "open";
      });
  EXPECT_EQ(have.at("GET /callback"), "open");
  have.erase("GET /callback");  // the browser comes from the service, with the cookie of its flow
  EXPECT_EQ(have, described_scopes());
}

TEST_F(ApiRoutes, NothingThatChangesSomethingIsOpenToReaders) {
  const std::set<std::string> changes_nothing{
      "DELETE /api/session",  // of a token: there is none
      "POST /api/triggers/{trigger}/preview",
      "POST /api/connections/{connection}/actions/{action}/preview"};
  api->routes().for_each(
      [&](const std::string &method, const std::string &path, const Api::Route &route) {
        if (method != "GET" && route.scope == TokenScope::read) {
          EXPECT_TRUE(changes_nothing.contains(method + ' ' + path)) << method << ' ' << path;
        }
      });
}

// Every route with tokens of every scope, and without one.
TEST_F(ApiRoutes, AreRefusedToTokensOfASmallerScope) {
  signs_in = false;
  std::vector<std::pair<TokenScope, std::string>> tokens;
  for (const TokenScope scope : {TokenScope::read, TokenScope::run, TokenScope::admin})
    tokens.emplace_back(scope, create_program_token(session.store(), std::string(to_string(scope)),
                                                    scope, unix_ms_now(), 0)
                                   .reveal());
  std::size_t refused = 0;
  api->routes().for_each(
      [&](const std::string &method, const std::string &path, const Api::Route &route) {
        if (!route.scope) return;
        const std::string line = method + ' ' + path;
        headers.clear();
        EXPECT_EQ(ask(line).status, 401) << line;
        for (const auto &[scope, token] : tokens) {
          headers.clear();
          headers.emplace("authorization", "Bearer " + token);
          const HttpAnswer answer = ask(line, {{"unknown member", 1}});
          if (scope >= *route.scope) {
            EXPECT_NE(answer.status, 401) << line;
            EXPECT_NE(answer.status, 403) << line;
            continue;
          }
          ++refused;
          EXPECT_EQ(answer.status, 403) << line << " with " << to_string(scope);
          EXPECT_EQ(class_of(answer), "forbidden");
          EXPECT_THAT(answer.headers,
                      testing::Contains(testing::Pair(
                          "WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" +
                                                  std::string(to_string(*route.scope)) + '"')));
        }
      });
  EXPECT_GT(refused, 20u);
}

TEST_F(ApiRoutes, EveryRouteThatChangesSomethingIsNamedInTheAudit) {
  const std::set<std::string> changes_nothing{
      "POST /api/triggers/{trigger}/preview", "POST /api/triggers/{trigger}/test",
      "POST /api/connections/{connection}/triggers/{trigger}/test",
      "POST /api/connections/{connection}/lookups/{lookup}",
      "POST /api/connections/{connection}/actions/{action}/preview"};
  std::set<std::string_view> named;
  api->routes().for_each([&](const std::string &method, const std::string &path,
                             const Api::Route &route) {
    const std::string line = method + ' ' + path;
    if (line == "GET /callback") {
      EXPECT_FALSE(route.audited.empty());
    } else {
      EXPECT_EQ(route.audited.empty(), method == "GET" || changes_nothing.contains(line)) << line;
    }
    if (!route.audited.empty()) {
      EXPECT_TRUE(named.insert(route.audited).second) << line;
    }
  });
}

// The lines of the audit since the last call: "WHO WHAT OBJECT: OUTCOME".
TEST_F(ApiRoutes, TheAuditSaysWhoDidWhatToWhichObjectAndNothingOfWhatWasSent) {
  std::int64_t seen = 0;
  const auto lines = [&] {
    audit.flush();
    std::vector<std::string> out;
    for (const AuditRecord &line : session.store().audit({.since = 0, .limit = 1000})) {
      if (line.seq <= seen) continue;
      seen = line.seq;
      out.push_back(line.who + " | " + line.what + " | " + line.object + " | " + line.outcome);
    }
    return out;
  };
  const auto one = [&](const std::string &line, const json::object &body = {}) {
    ask(line, body);
    const auto found = lines();
    return found.size() == 1 ? found[0] : std::to_string(found.size()) + " lines";
  };
  const std::string us = "data folder | ";
  using testing::MatchesRegex;
  using testing::StartsWith;

  for (const char *reads :
       {"GET /api/triggers", "GET /api/session", "GET /api/events", "GET /metrics",
        "GET /api/nothing", "POST /api/triggers/trg_one/preview"})
    EXPECT_EQ(one(reads), "0 lines") << reads;

  EXPECT_EQ(one("POST /api/triggers/trg_one/pause"), us + "trigger.pause | trg_one | ok");
  EXPECT_EQ(one("POST /api/triggers/trg_one/resume"), us + "trigger.resume | trg_one | ok");
  EXPECT_EQ(one("POST /api/triggers/trg_o/release"), us + "events.release | trg_one | ok");
  EXPECT_EQ(one("POST /api/triggers/trg_one/discard"), us + "events.discard | trg_one | ok");
  EXPECT_EQ(one("PATCH /api/triggers/trg_one", {{"interval_s", 600}}),
            us + "trigger.edit | trg_one | ok");
  EXPECT_EQ(one("PATCH /api/triggers/trg_one", {{"input", {{"box_id", "planted-payload"}}}}),
            us + "trigger.edit | trg_one | failed: invalid_input");
  EXPECT_EQ(one("POST /api/triggers/planted-payload/pause"),
            us + "trigger.pause |  | failed: not_found");
  EXPECT_THAT(one("POST /api/events/{there}/replay"),
              MatchesRegex("data folder . event.replay . evt_[a-z0-9]+ . ok"));
  EXPECT_THAT(one("POST /api/triggers", {{"connection", "con_one"}, {"trigger", "thing.created"}}),
              MatchesRegex("data folder . trigger.add . trg_[a-z0-9]+ . ok"));
  EXPECT_EQ(one("DELETE /api/triggers/trg_one"), us + "trigger.remove | trg_one | ok");

  operations.outcomes = {host::test::succeeded(R"({"id":7,"note":"planted-payload"})"),
                         host::test::failed(ErrorClass::unavailable, "planted-payload")};
  const std::string run = "POST /api/connections/con_one/actions/box.add/run";
  EXPECT_EQ(one(run, {{"input", {{"name", "planted-payload"}}}}),
            us + "action.run | con_one box.add | ok");
  EXPECT_EQ(one(run, {{"input", {{"name", "planted-payload"}}}}),
            us + "action.run | con_one box.add | failed: unavailable");
  EXPECT_EQ(one("POST /api/connections/con_one/actions/planted-payload/run"),
            us + "action.run | con_one | failed: not_found");

  EXPECT_THAT(one("POST /api/connections", with_key()),
              MatchesRegex("data folder . connection.add . con_[a-z0-9]+ . ok"));
  operations.trial = host::test::failed(ErrorClass::needs_reauth, "planted-payload");
  EXPECT_EQ(one("POST /api/connections", with_key()),
            us + "connection.add | puppet | failed: needs_reauth");
  EXPECT_EQ(
      one("POST /api/connections/con_one/reauthorize", {{"input", {{"api_key", "secret-key-2"}}}}),
      us + "connection.reauthorize | con_one | failed: needs_reauth");
  operations.trial = host::test::succeeded(R"({"name":"Jane"})");
  operations.outcomes = {host::test::succeeded(R"({"name":"Jane"})")};
  EXPECT_EQ(one("POST /api/connections/con_one/test"), us + "connection.test | con_one | ok");
  EXPECT_EQ(one("DELETE /api/connections/con_one"), us + "connection.remove | con_one | ok");

  begin_sign_in();
  const std::string flow = names.at("{flow}");
  EXPECT_THAT(lines(), testing::ElementsAre(us + "sign_in.begin | puppet " + flow + " | ok"));
  signs_in = false;  // the browser comes from the service
  EXPECT_THAT(one("GET /callback?code=planted-code&state={state}"),
              MatchesRegex("data folder . sign_in.end . con_[a-z0-9]+ " + flow + " . ok"));
  EXPECT_EQ(one("GET /callback?code=planted-code&state={state}"),
            "nobody | request.refused |  | refused: sign_in.end");
  EXPECT_EQ(one("POST /api/session", {{"link", "planted-link"}}),
            "nobody | request.refused |  | refused: link");

  const std::string link = sessions.new_link();
  const HttpAnswer opened = ask("POST /api/session", {{"link", link}});
  const std::string key(content(opened).at("key").as_string());
  const std::string cookie = opened.headers.at(0).second.substr(
      session_cookie.size() + 1, opened.headers.at(0).second.find(';') - session_cookie.size() - 1);
  const std::string name =
      "session " + BrowserSessions::short_name(*sessions.find(cookie, {.key = key}));
  EXPECT_THAT(lines(), testing::ElementsAre("link | session.open | " + name + " | ok"));
  headers.clear();
  headers.emplace("cookie", std::string(session_cookie) + '=' + cookie);
  headers.emplace(session_key_header, key);
  EXPECT_EQ(one("POST /api/session/links"), name + " | session.link |  | ok");
  EXPECT_EQ(one("DELETE /api/session"), name + " | session.end | " + name + " | ok");

  headers.clear();
  const Secret token =
      create_program_token(session.store(), "reader", TokenScope::read, unix_ms_now(), 0);
  headers.emplace("authorization", "Bearer " + std::string(token.reveal()));
  EXPECT_EQ(one("POST /api/connections"),
            "token reader | request.refused | POST /api/connections | refused: scope");

  for (const AuditRecord &line : session.store().audit({.since = 0, .limit = 1000}))
    for (const std::string &text : {line.who, line.what, line.object, line.outcome})
      for (const std::string_view secret :
           {std::string_view("planted"), std::string_view("secret"), std::string_view(link),
            std::string_view(cookie), std::string_view(key), token.reveal(), sessions.bearer()})
        EXPECT_EQ(text.find(secret), std::string::npos) << text;
}

TEST_F(ApiRoutes, ATokenIsShownWithItsScopeAndTheTimeOfItsUse) {
  signs_in = false;
  const std::int64_t before = unix_ms_now();
  const Secret token =
      create_program_token(session.store(), "reader", TokenScope::read, before, before + 90'000);
  headers.emplace("authorization", "Bearer " + std::string(token.reveal()));
  EXPECT_EQ(session.store().tokens().front().last_used_at, 0);
  const HttpAnswer answer = ask("GET /api/session");
  EXPECT_EQ(content(answer).at("scope"), "read");
  EXPECT_EQ(content(answer).at("expires_at").as_string(), time_text(before + 90'000));
  EXPECT_EQ(misfit("getSession", answer), "");
  EXPECT_GE(session.store().tokens().front().last_used_at, before);
  EXPECT_EQ(ask("DELETE /api/session").status, 204);
  EXPECT_EQ(ask("GET /api/session").status, 200) << "a token has no session to end";
}

// ---- /callback, where the service sends the browser back to

TEST_F(ApiRoutes, ABrowserThatComesBackWithACodeIsSignedIn) {
  begin_sign_in();
  const HttpAnswer page = ask("GET /callback?code=abc&state={state}");
  EXPECT_EQ(page.status, 200) << page.body;
  EXPECT_THAT(page.body, HasSubstr("You are signed in"));
  const json::value flow = content(ask("GET /api/oauth/{flow}"));
  EXPECT_EQ(flow.at("state"), "done");
  const std::string id(flow.at("connection").as_string());
  EXPECT_EQ(session.connection(id).method, "oauth");
  EXPECT_FALSE(session.connection(id).sealed_tokens.empty());
}

TEST_F(ApiRoutes, ABrowserThatDidNotBeginTheSignInGetsNothing) {
  begin_sign_in();
  headers.clear();
  EXPECT_EQ(ask("GET /callback?code=abc&state={state}").status, 400);
  EXPECT_EQ(session.store().connections().size(), 1u);
}

TEST_F(ApiRoutes, ASignInThatTheServiceRefusesIsShownAsFailed) {
  begin_sign_in();
  operations.token_refusal.emplace();
  operations.token_refusal->kind = TokenRefusal::Kind::grant;
  operations.token_refusal->message = "the code is too old";
  const HttpAnswer page = ask("GET /callback?code=abc&state={state}");
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("the code is too old"));
  const json::value flow = content(ask("GET /api/oauth/{flow}"));
  EXPECT_EQ(flow.at("state"), "failed");
  EXPECT_EQ(flow.at("error").at("class"), "needs_reauth");
  EXPECT_EQ(session.store().connections().size(), 1u);
}

TEST_F(ApiRoutes, ASignInThatWasCancelledCannotBeFinished) {
  begin_sign_in();
  EXPECT_EQ(ask("DELETE /api/oauth/{flow}").status, 204);
  EXPECT_EQ(ask("GET /callback?code=abc&state={state}").status, 400);
}

}  // namespace
}  // namespace host::server
