#include "plugins/drive.hpp"

#include <gmock/gmock.h>

#include <coroutine>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "plugin_folder.hpp"

namespace host {
namespace {

using std::chrono::milliseconds;
using test::Loaded;

const OperationStart action{OperationKind::action, "thing.get", "{}"};
const OperationStart poll{OperationKind::poll, "thing.created", "{}"};

// Starts a task; it has finished unless something in it suspended.
template <typename T>
void start(Task<T> &task) {
  task.await_suspend(std::noop_coroutine()).resume();
}

template <typename T>
T run(Task<T> task) {
  start(task);
  return task.await_resume();
}

struct Never {
  bool *gone;
  explicit Never(bool *flag) : gone(flag) {}
  ~Never() { *gone = true; }
  Never(const Never &) = delete;
  Never &operator=(const Never &) = delete;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

class Scripted : public StepHandler {
 public:
  std::deque<HttpOutcome> outcomes;
  std::vector<std::string> journal;
  bool stores = true;
  bool hangs = false;
  bool aborted = false;
  std::optional<std::string> store_throws;

  Task<HttpOutcome> send(const SendStep &step) override {
    journal.push_back(std::string(step.method) + ' ' + std::string(step.url));
    if (hangs) co_await Never(&aborted);
    HttpOutcome outcome = std::move(outcomes.front());
    outcomes.pop_front();
    co_return outcome;
  }
  Task<void> wait(milliseconds span) override {
    journal.push_back("wait " + std::to_string(span.count()));
    co_return;
  }
  Task<bool> store(const EventsStep &step) override {
    if (store_throws) throw std::runtime_error(*store_throws);
    journal.push_back("store " + std::to_string(step.events.size()));
    co_return stores;
  }
  std::int64_t now_unix_ms() const override { return 1'700'000'000'000; }
};

HttpOutcome answered(int status, std::string body) {
  HttpOutcome outcome;
  outcome.responded = true;
  outcome.response.status = status;
  outcome.response.headers = {{"content-type", "application/json"}};
  outcome.response.body = std::move(body);
  return outcome;
}

HttpOutcome silent(NoResponse kind, bool maybe_sent) {
  HttpOutcome outcome;
  outcome.failure = {kind, maybe_sent, "no answer"};
  return outcome;
}

TEST(Drive, AnAction) {
  const Loaded good("good");
  Scripted handler;
  handler.outcomes.push_back(answered(200, "{\"id\":1}"));
  const OperationOutcome outcome = run(drive(good.plugin, action, handler));
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::done);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.output, "{\"id\":1}");
  EXPECT_EQ(outcome.requests, 1u);
  EXPECT_FALSE(outcome.cursor);
}

TEST(Drive, APoll) {
  const Loaded good("good");
  Scripted handler;
  handler.outcomes.push_back(answered(200, "[]"));
  const OperationOutcome outcome = run(drive(good.plugin, poll, handler));
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::done);
  EXPECT_EQ(handler.journal,
            (std::vector<std::string>{"GET https://api.tiny.example/things?token=abc&limit=5",
                                      "wait 20", "store 1"}));
  EXPECT_EQ(outcome.cursor, (Bytes{'c', '8'}));
  EXPECT_TRUE(outcome.more);
  EXPECT_EQ(outcome.events, 1u);
}

TEST(Drive, EventsThatAreNotStoredAbandonThePollWithoutAnError) {
  const Loaded good("good");
  Scripted handler;
  handler.stores = false;
  handler.outcomes.push_back(answered(200, "[]"));
  const OperationOutcome outcome = run(drive(good.plugin, poll, handler));
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::abandoned);
  EXPECT_FALSE(outcome.cursor);
  EXPECT_EQ(outcome.events, 0u);
}

TEST(Drive, AFailureOfTheHandlerPassesThrough) {
  const Loaded good("good");
  Scripted handler;
  handler.store_throws = "disk full";
  handler.outcomes.push_back(answered(200, "[]"));
  EXPECT_THROW(run(drive(good.plugin, poll, handler)), std::runtime_error);
}

TEST(Drive, EveryTransportFailureReachesThePlugin) {
  const Loaded good("good");
  const std::vector<std::pair<NoResponse, cpi_transport>> table{
      {NoResponse::other, CPI_TRANSPORT_OTHER},
      {NoResponse::dns, CPI_TRANSPORT_DNS},
      {NoResponse::connect, CPI_TRANSPORT_CONNECT},
      {NoResponse::tls, CPI_TRANSPORT_TLS},
      {NoResponse::timeout, CPI_TRANSPORT_TIMEOUT},
      {NoResponse::reset, CPI_TRANSPORT_RESET},
      {NoResponse::too_large, CPI_TRANSPORT_TOO_LARGE},
      {NoResponse::denied, CPI_TRANSPORT_DENIED},
      {NoResponse::rate_limited, CPI_TRANSPORT_RATE_LIMITED},
      {NoResponse::no_credentials, CPI_TRANSPORT_NO_CREDENTIALS}};
  for (const auto &[kind, transport] : table) {
    for (const bool maybe_sent : {false, true}) {
      Scripted handler;
      handler.outcomes.push_back(silent(kind, maybe_sent));
      const OperationOutcome outcome = run(drive(good.plugin, action, handler));
      EXPECT_EQ(outcome.kind, OperationOutcome::Kind::failed);
      EXPECT_EQ(outcome.error.vendor_code, transport * 10 + (maybe_sent ? 1 : 0));
      EXPECT_EQ(outcome.error.error_class, ErrorClass::unavailable);
      EXPECT_EQ(outcome.error.message, "Tiny is away.");
    }
  }
}

TEST(Drive, WhatBreaksTheSchemaIsDeliveredCountedAndNoted) {
  const Loaded unfit("unfit");
  SchemaCheck &check = unfit.plugin->schema_check();
  Scripted handler;
  for (int round = 1; round <= 2; ++round) {
    const OperationOutcome polled = run(drive(unfit.plugin, poll, handler));
    EXPECT_EQ(polled.kind, OperationOutcome::Kind::done);
    EXPECT_EQ(polled.events, 1u);
    EXPECT_EQ(polled.output,
              R"({"seen":1,"notes":["One event of poll thing.created does not fit the schema that )"
              R"(the connector's manifest promises (first at /id). Report this to the connector's )"
              R"(author."]})");
    ASSERT_EQ(check.breaks().size(), 1u);
    EXPECT_EQ(check.breaks()[0].count, static_cast<std::uint64_t>(round));
  }
  const OperationOutcome acted = run(drive(unfit.plugin, action, handler));
  EXPECT_EQ(acted.kind, OperationOutcome::Kind::done);
  EXPECT_EQ(acted.output, R"({"id":"7"})");
  EXPECT_EQ(acted.notes, (std::vector<std::string>{
                             "/name was left out.",
                             "One output of action thing.get does not fit the schema that the "
                             "connector's manifest promises (first at /id). Report this to the "
                             "connector's author."}));
  for (const OperationKind kind : {OperationKind::sample, OperationKind::lookup}) {
    const OperationStart begin{kind, kind == OperationKind::lookup ? "boxes" : "thing.created",
                               "{}"};
    const OperationOutcome listed = run(drive(unfit.plugin, begin, handler));
    EXPECT_THAT(listed.output, testing::HasSubstr(R"("notes":["One output of )")) << name(kind);
    EXPECT_TRUE(listed.notes.empty()) << name(kind);
  }
  const auto breaks = check.breaks();
  ASSERT_EQ(breaks.size(), 4u);
  EXPECT_EQ(breaks[0].operation, "action thing.get");
  EXPECT_EQ(breaks[0].place, "/id");
  EXPECT_EQ(breaks[1].place, "/items/0/label");
  EXPECT_EQ(breaks[2].place, "/id");
  EXPECT_EQ(breaks[3].place, "/items/1/id");
  EXPECT_EQ(breaks[2].sentence(),
            "poll thing.created broke its output schema 2 times, first at /id: " + breaks[2].why);
}

TEST(Drive, WhatFitsTheSchemaHasNoNote) {
  const Loaded good("good");
  Scripted handler;
  handler.outcomes.push_back(answered(200, "[]"));
  const OperationOutcome polled = run(drive(good.plugin, poll, handler));
  EXPECT_EQ(polled.output, R"({"seen":1})");
  EXPECT_TRUE(polled.notes.empty());
  EXPECT_TRUE(good.plugin->schema_check().breaks().empty());
}

TEST(Drive, AFaultIsAnOutcome) {
  for (const auto *name : {"begin_fails", "throws", "null_request", "output_not_json"}) {
    const Loaded broken(name);
    Scripted handler;
    const OperationOutcome outcome = run(drive(broken.plugin, action, handler));
    EXPECT_EQ(outcome.kind, OperationOutcome::Kind::failed) << name;
    EXPECT_EQ(outcome.error.error_class, ErrorClass::plugin_fault);
    EXPECT_EQ(outcome.error.fault, Fault::connector);
    EXPECT_NE(outcome.error.message.find("plugin tiny, action thing.get"), std::string::npos);
    EXPECT_TRUE(handler.journal.empty());
  }
}

TEST(Drive, ADryRunShowsTheRequestAndSendsNothing) {
  const Loaded good("good");
  Scripted handler;
  DriveOptions options{.dry_run = true};
  options.credential = {HttpCredential::Place::header, "authorization", {}};
  const OperationOutcome outcome = run(drive(good.plugin, action, handler, options));
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::dry_run);
  EXPECT_TRUE(handler.journal.empty());
  EXPECT_EQ(outcome.requests, 0u);
  EXPECT_EQ(outcome.output,
            R"({"method":"GET","url":"https://api.tiny.example/things?token=***&limit=5",)"
            R"("headers":{"accept":"application/json","authorization":"***"}})");
}

TEST(Drive, ADryRunStoresNothing) {
  const Loaded broken("events_always");
  Scripted handler;
  const OperationOutcome outcome = run(drive(broken.plugin, poll, handler, {.dry_run = true}));
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::abandoned);
  EXPECT_TRUE(handler.journal.empty());
}

TEST(Drive, TheOperationBeginsAtTheCallSoThatItsInputMayGo) {
  const Loaded good("good");
  Scripted handler;
  handler.outcomes.push_back(answered(200, "{}"));
  std::optional<Task<OperationOutcome>> task;
  {
    const std::string id = "thing.get";
    const std::string input = "{\"a text long enough to live on the heap\": 1}";
    task.emplace(drive(good.plugin, {OperationKind::action, id, input}, handler));
  }
  EXPECT_TRUE(run(std::move(*task)).ok());
}

TEST(Drive, DestroyingTheTaskAbortsTheTransferBeforeTheOperationEnds) {
  const Loaded good("good");
  constexpr std::string_view id = "tiny.counts/1";
  const cpi_str name{id.data(), id.size()};
  const auto *counts = static_cast<const unsigned *>(good.plugin->table().extension(&name));

  // The transfer looks, when it goes, whether the operation it borrows from is still there.
  struct Hanging : Scripted {
    const unsigned *counts = nullptr;
    unsigned ended_at_abort = 99;
    struct Look {
      Hanging &handler;
      ~Look() { handler.ended_at_abort = handler.counts[1]; }
    };
    Task<HttpOutcome> send(const SendStep &) override {
      const Look look{*this};
      co_await Never(&aborted);
      co_return HttpOutcome{};
    }
  } handler;
  handler.counts = counts;
  {
    Task<OperationOutcome> task = drive(good.plugin, action, handler);
    start(task);
    EXPECT_EQ(counts[1], 0u);
    EXPECT_FALSE(handler.aborted);
  }
  EXPECT_TRUE(handler.aborted);
  EXPECT_EQ(handler.ended_at_abort, 0u);
  EXPECT_EQ(counts[1], 1u);
}

}  // namespace
}  // namespace host
