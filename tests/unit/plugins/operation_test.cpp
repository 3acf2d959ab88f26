#include "plugins/operation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin_folder.hpp"

namespace host {
namespace {

using test::Loaded;
constexpr std::int64_t now = 1'700'000'000'000;

TEST(Operation, AnActionFromBeginToEnd) {
  const Loaded good("good");
  Operation operation = good.plugin->begin({OperationKind::action, "thing.get", "{\"id\":1}"});
  EXPECT_EQ(operation.title(), "action thing.get");

  const Step first = operation.next(Answer::start(now));
  const auto *send = std::get_if<SendStep>(&first);
  ASSERT_NE(send, nullptr);
  EXPECT_EQ(send->method, "GET");
  EXPECT_EQ(send->url, "https://api.tiny.example/things?token=abc&limit=5");
  ASSERT_EQ(send->headers.size(), 1u);
  EXPECT_TRUE(send->credentials);
  EXPECT_TRUE(send->repeatable);
  EXPECT_FALSE(send->secret);
  EXPECT_FALSE(send->shareable);
  EXPECT_EQ(send->timeout, std::chrono::milliseconds{2500});
  EXPECT_TRUE(send->body.empty());
  EXPECT_FALSE(operation.finished());

  const Step last = operation.next(Answer::response(now, 200, {}, "{\"id\":1}"));
  const auto *done = std::get_if<DoneStep>(&last);
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->output, "{\"id\":1}");
  EXPECT_FALSE(done->has_cursor);
  EXPECT_FALSE(done->more);
  EXPECT_TRUE(operation.finished());
  EXPECT_THROW(operation.next(Answer::timer(now)), std::logic_error);
}

TEST(Operation, APollFromBeginToEnd) {
  const Loaded good("good");
  Operation operation = good.plugin->begin({OperationKind::poll, "thing.created", "{}"});
  EXPECT_TRUE(std::holds_alternative<SendStep>(operation.next(Answer::start(now))));
  const Step wait = operation.next(Answer::response(now, 200, {}, "[]"));
  EXPECT_EQ(std::get<WaitStep>(wait).span, std::chrono::milliseconds{20});
  const Step events = operation.next(Answer::timer(now));
  const auto &batch = std::get<EventsStep>(events);
  ASSERT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(batch.events[0].key, "7");
  EXPECT_EQ(batch.events[0].subject, "thing/7");
  EXPECT_EQ(batch.events[0].data, "{\"id\":7}");
  EXPECT_EQ(std::string(batch.cursor.begin(), batch.cursor.end()), "c7");
  const Step done = operation.next(Answer::stored(now));
  const auto &result = std::get<DoneStep>(done);
  EXPECT_TRUE(result.has_cursor);
  EXPECT_EQ(std::string(result.cursor.begin(), result.cursor.end()), "c8");
  EXPECT_TRUE(result.more);
}

TEST(Operation, AFailureIsReadWhole) {
  const Loaded good("good");
  Operation operation = good.plugin->begin({OperationKind::action, "thing.get", "{}"});
  (void)operation.next(Answer::start(now));
  const Step last =
      operation.next(Answer::no_response(now, CPI_TRANSPORT_RESET, true, "connection reset"));
  const auto &failed = std::get<FailedStep>(last);
  EXPECT_EQ(failed.error_class, ErrorClass::unavailable);
  EXPECT_EQ(failed.fault, Fault::vendor);
  EXPECT_EQ(failed.vendor_code, CPI_TRANSPORT_RESET * 10 + CPI_ANSWER_MAYBE_SENT);
  EXPECT_EQ(failed.retry_after, std::chrono::milliseconds{1500});
  EXPECT_EQ(failed.message, "Tiny is away.");
  EXPECT_EQ(failed.advice, "Wait.");
  EXPECT_EQ(failed.details, "{\"tried\":1}");
  EXPECT_TRUE(operation.finished());
}

TEST(Operation, GrownStructsAndUnknownBitsAreRead) {
  const Loaded future("future");
  Operation operation = future.plugin->begin({OperationKind::action, "thing.get", "{}"});
  EXPECT_TRUE(std::holds_alternative<SendStep>(operation.next(Answer::start(now))));
  const Step last = operation.next(Answer::no_response(now, CPI_TRANSPORT_DNS, false, ""));
  EXPECT_EQ(std::get<FailedStep>(last).error_class, ErrorClass::plugin_fault);
  EXPECT_EQ(std::get<FailedStep>(last).fault, Fault::connector);
}

// begun, ended
std::pair<unsigned, unsigned> counts(const Plugin &plugin) {
  constexpr std::string_view id = "tiny.counts/1";
  const cpi_str name{id.data(), id.size()};
  const auto *numbers = static_cast<const unsigned *>(plugin.table().extension(&name));
  return {numbers[0], numbers[1]};
}

TEST(Operation, EndedExactlyOnceWhateverHappens) {
  const Loaded good("good");
  const OperationStart start{OperationKind::action, "thing.get", "{}"};
  { const Operation never_driven = good.plugin->begin(start); }
  EXPECT_EQ(counts(*good.plugin), std::pair(1u, 1u));
  {
    Operation first = good.plugin->begin(start);
    (void)first.next(Answer::start(now));
    Operation second = std::move(first);
    EXPECT_EQ(counts(*good.plugin), std::pair(2u, 1u));
    second = good.plugin->begin(start);
    EXPECT_EQ(counts(*good.plugin), std::pair(3u, 2u));
    (void)second.next(Answer::start(now));
    (void)second.next(Answer::response(now, 200, {}, "{}"));
  }
  EXPECT_EQ(counts(*good.plugin), std::pair(3u, 3u));
}

struct Broken {
  const char *name;
  const char *rule;
  OperationKind kind = OperationKind::action;
};

void PrintTo(const Broken &broken, std::ostream *out) {
  *out << broken.name;
}

// Answers every step as it wants to be answered, until the plugin breaks a rule.
void drive_to_the_fault(const Plugin &plugin, OperationKind kind) {
  Operation operation = plugin.begin({kind, "some.id", "{}"});
  Answer answer = Answer::start(now);
  while (!operation.finished()) {
    const Step step = operation.next(answer);
    if (std::holds_alternative<SendStep>(step))
      answer = Answer::response(now, 200, {}, "{}");
    else if (std::holds_alternative<WaitStep>(step))
      answer = Answer::timer(now);
    else
      answer = Answer::stored(now);
  }
}

class BrokenOperation : public testing::TestWithParam<Broken> {};

TEST_P(BrokenOperation, IsAFaultThatNamesPluginOperationAndRule) {
  const Loaded broken(GetParam().name);
  try {
    drive_to_the_fault(*broken.plugin, GetParam().kind);
    FAIL() << "no fault";
  } catch (const PluginFault &fault) {
    EXPECT_EQ(fault.rule(), GetParam().rule) << fault.what();
    EXPECT_EQ(fault.plugin(), "tiny");
    EXPECT_EQ(fault.operation(), std::string(name(GetParam().kind)) + " some.id");
    EXPECT_EQ(std::string(fault.what()),
              "plugin tiny, " + fault.operation() + ": " + fault.rule() + ": " + fault.found());
    EXPECT_FALSE(fault.found().empty());
  }
  // The host lives, and so does the next operation, as broken as it is.
  EXPECT_THROW(drive_to_the_fault(*broken.plugin, GetParam().kind), PluginFault);
}

INSTANTIATE_TEST_SUITE_P(
    Broken, BrokenOperation,
    testing::Values(
        Broken{"begin_fails", "begin-status"}, Broken{"begin_null", "begin-null"},
        Broken{"throws", "exception"}, Broken{"error_status", "next-status"},
        Broken{"odd_status", "next-status"}, Broken{"unknown_kind", "step-kind"},
        Broken{"untouched_step", "step-kind"}, Broken{"null_request", "step-null"},
        Broken{"null_batch", "step-null", OperationKind::poll}, Broken{"null_result", "step-null"},
        Broken{"null_error", "step-null"}, Broken{"small_request", "struct-size"},
        Broken{"small_batch", "struct-size", OperationKind::poll},
        Broken{"small_event", "struct-size", OperationKind::poll},
        Broken{"small_result", "struct-size"}, Broken{"small_error", "struct-size"},
        Broken{"endless_waits", "step-count"}, Broken{"endless_sends", "step-count"},
        Broken{"long_wait", "wait-length"}, Broken{"many_waits", "wait-total"},
        Broken{"events_always", "events-outside-poll"},
        Broken{"cursor_always", "cursor-outside-poll"},
        Broken{"huge_event_count", "event-count", OperationKind::poll},
        Broken{"huge_header_count", "too-large"}, Broken{"huge_body", "too-large"},
        Broken{"huge_output", "too-large"}, Broken{"huge_cursor", "too-large", OperationKind::poll},
        Broken{"null_events", "null-data", OperationKind::poll},
        Broken{"null_event", "event-null", OperationKind::poll}, Broken{"null_url", "null-data"},
        Broken{"event_without_key", "event-key", OperationKind::poll},
        Broken{"event_not_json", "json", OperationKind::poll},
        Broken{"event_not_object", "json", OperationKind::poll}, Broken{"output_not_json", "json"},
        Broken{"output_not_utf8", "utf8"}, Broken{"details_not_json", "json"},
        Broken{"notes_not_json", "json"}, Broken{"notes_not_texts", "json"},
        Broken{"error_without_message", "message"}, Broken{"plain_http", "url"},
        Broken{"split_url", "url"}, Broken{"lower_method", "method"},
        Broken{"split_header", "header"}, Broken{"own_authorization", "header"}),
    [](const auto &one) { return std::string(one.param.name); });

TEST(BrokenOperation, EventsOutsideAPollAreRefusedForEveryOtherKind) {
  const Loaded broken("events_always");
  for (const auto kind :
       {OperationKind::test, OperationKind::action, OperationKind::sample, OperationKind::lookup}) {
    Operation operation = broken.plugin->begin({kind, "", "{}"});
    EXPECT_THROW(operation.next(Answer::start(now)), PluginFault) << name(kind);
    EXPECT_THROW(operation.next(Answer::start(now)), std::logic_error) << "only `end` is allowed";
  }
}

TEST(BrokenOperation, EveryBrokenPluginOfTheFolderIsTested) {
  std::map<std::string, int> listed;
  const auto *suite = testing::UnitTest::GetInstance();
  for (int i = 0; i < suite->total_test_suite_count(); ++i) {
    const auto *tests = suite->GetTestSuite(i);
    for (int j = 0; j < tests->total_test_count(); ++j) {
      const std::string name = tests->GetTestInfo(j)->name();
      if (const auto slash = name.rfind('/'); slash != std::string::npos)
        ++listed[name.substr(slash + 1)];
    }
  }
  for (const auto &entry : std::filesystem::directory_iterator(BROKEN_PLUGINS)) {
    const std::string name = entry.path().stem().string();
    // No fault that a finished operation could be told of.
    constexpr std::array others{"good",   "expires", "future",          "stays",
                                "speaks", "hangs",   "hangs_in_create", "unfit"};
    if (std::ranges::find(others, name) != others.end()) continue;
    EXPECT_EQ(listed.count(name), 1u) << name;
  }
}

}  // namespace
}  // namespace host
