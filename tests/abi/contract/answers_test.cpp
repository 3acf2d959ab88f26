// Whatever the service answers, and whatever the wire does, an operation comes to a proper end.
#include <algorithm>
#include <initializer_list>

#include "contract_test.hpp"

namespace contract {
namespace {

struct BadAnswer {
  std::string name;
  Answer answer;
  bool is_body = false;  // HTTP 200 with a body that is no answer
};

std::vector<BadAnswer> bad_answers() {
  std::vector<BadAnswer> all;
  const auto body = [&](std::string name, std::string text) {
    all.push_back({"200 with " + std::move(name), response(200, std::move(text)), true});
  };
  body("an empty body", "");
  body("white space", " \n");
  body("HTML", "<html><body>Please sign in</body></html>");
  body("truncated JSON", R"([{"id": 1, "name": "ab)");
  body("JSON and more", "{} {}");
  body("a megabyte of [", std::string(1 << 20, '['));
  body("a megabyte of {\"a\":", [] {
    std::string text;
    while (text.size() < (1 << 20)) text += R"({"a":)";
    return text;
  }());
  body("NULs", std::string(64, '\0'));
  body("a NUL behind JSON", std::string("[]\0", 3));
  body("invalid UTF-8", "{\"text\": \"\xFF\x28\", \"name\": \"\xED\xA0\x80\"}");
  body("a UTF-16 mark", "\xFF\xFE[\0]\0");
  for (const std::string text : {"null",
                                 "true",
                                 "0",
                                 "-1",
                                 "1e999",
                                 "\"text\"",
                                 "[]",
                                 "{}",
                                 "[[]]",
                                 "[null]",
                                 "[1]",
                                 "[\"a\"]",
                                 R"([{}])",
                                 R"({"data": null})",
                                 R"([{"id": null}])",
                                 R"([{"id": {"id": 1}}])",
                                 R"([{"id": 18446744073709551616}])",
                                 R"([{"id": -1}])",
                                 R"({"result": false})",
                                 R"({"success": false})",
                                 R"({"is_error": true})",
                                 R"({"error_code": 1, "message": "no"})",
                                 R"({"data": [{"id": 1.5}], "total": "many"})"}) {
    all.push_back({"200 with " + text, response(200, text)});
  }
  for (const int status :
       {100, 201, 202, 204, 206, 301, 302, 304, 400, 401, 402, 403, 404, 405, 408,
        409, 410, 413, 418, 422, 425, 429, 500, 501, 502, 503, 504, 599, 0,   -1}) {
    all.push_back({"HTTP " + std::to_string(status), response(status, R"({"message": "no"})")});
    all.push_back({"HTTP " + std::to_string(status) + " without body", response(status, "")});
  }
  for (const char *value : {"3", "0", "", "-1", "99999999999999999999", "1.5", "soon",
                            "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    for (const int status : {429, 503}) {
      auto answer = response(status, "");
      answer.headers = {{"retry-after", value}};
      all.push_back({"HTTP " + std::to_string(status) + " retry-after: " + value, answer});
    }
  }
  auto crowded = response(200, "{}");
  for (int i = 0; i < 5000; ++i) crowded.headers.emplace_back("x-header", std::to_string(i));
  all.push_back({"5000 headers", crowded});
  auto bare = response(200, "{}");
  bare.headers.clear();
  all.push_back({"no header", bare});
  for (cpi_transport transport = 0; transport <= CPI_TRANSPORT_NO_CREDENTIALS + 1; ++transport) {
    for (const std::uint32_t flags : {0U, std::uint32_t{CPI_ANSWER_MAYBE_SENT}}) {
      all.push_back({"transport " + std::to_string(transport) + (flags != 0 ? ", maybe sent" : ""),
                     no_response(transport, flags)});
    }
  }
  return all;
}

class Answers : public Contract {
 protected:
  // The canned answers, but `bad` for the request of that number (from 0); for all when SIZE_MAX.
  Service with(const BadAnswer &bad, std::size_t request) const {
    return [this, &bad, request, asked = std::size_t{0}](const Step &step) mutable {
      return asked++ == request || request == SIZE_MAX ? bad.answer : service(step);
    };
  }
};

TEST_F(Answers, EveryOperationSucceedsOnceItIsAnsweredWell) {
  if (!plugin.has_answers) {
    GTEST_SKIP() << "no canned answers for " << plugin.library.stem() << " in tests/abi/answers";
  }
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto steps = converse(connector, what, service);
    EXPECT_EQ(steps.back().kind, CPI_STEP_DONE) << describe(steps.back());
  });
}

TEST_F(Answers, OneBadAnswerIsSurvived) {
  const Connector connector(table);
  const auto all = bad_answers();
  for_each_case([&](const OperationCase &what) {
    const auto script = converse(connector, what, service);
    const auto requests = static_cast<std::size_t>(
        std::ranges::count_if(script, [](const Step &step) { return step.kind == CPI_STEP_SEND; }));
    for (const auto &bad : all) {
      for (std::size_t request = 0; request < requests; ++request) {
        SCOPED_TRACE("request " + std::to_string(request) + " answered by " + bad.name);
        (void)converse(connector, what, with(bad, request));
      }
    }
  });
}

TEST_F(Answers, BadAnswersForEverComeToAnEnd) {
  const Connector connector(table);
  const auto all = bad_answers();
  for_each_case([&](const OperationCase &what) {
    for (const auto &bad : all) {
      SCOPED_TRACE(bad.name);
      (void)converse(connector, what, with(bad, SIZE_MAX));
    }
  });
}

// "Nothing there" and "not understood" are different things: the second must never pass for news.
TEST_F(Answers, ReadingNeverTakesNonsenseForAnAnswer) {
  const Connector connector(table);
  const auto all = bad_answers();
  for_each_case([&](const OperationCase &what) {
    if (what.kind == CPI_KIND_ACTION) return;
    for (const auto &bad : all) {
      if (!bad.is_body) continue;
      SCOPED_TRACE(bad.name);
      const auto steps = converse(connector, what, with(bad, 0));
      if (steps.front().kind != CPI_STEP_SEND) continue;
      // One day or one list among many is named, and read again: the others go on.
      const bool in_part = describe(steps.back()).find("could not be read") != std::string::npos;
      EXPECT_TRUE(steps.back().kind == CPI_STEP_FAILED || in_part) << describe(steps.back());
      for (const auto &step : steps) EXPECT_NE(step.kind, CPI_STEP_EVENTS);
    }
  });
}

TEST_F(Answers, FailuresAreToldByTheirClass) {
  const Connector connector(table);
  const auto class_for = [&](const OperationCase &what, Answer answer) {
    const auto steps = converse(connector, what,
                                with(BadAnswer{.name = "", .answer = std::move(answer)}, SIZE_MAX));
    if (steps.front().kind != CPI_STEP_SEND) return 0;
    EXPECT_EQ(steps.back().kind, CPI_STEP_FAILED) << describe(steps.back());
    return steps.back().error_class;
  };
  for_each_case([&](const OperationCase &what) {
    const auto expect = [&](Answer answer, std::initializer_list<cpi_class> allowed) {
      const auto said = class_for(what, std::move(answer));
      EXPECT_TRUE(said == 0 || std::ranges::count(allowed, said) == 1)
          << "status or transport answered with class " << said;
    };
    expect(response(401, "{}"), {CPI_CLASS_AUTH_EXPIRED, CPI_CLASS_NEEDS_REAUTH});
    expect(response(403, "{}"), {CPI_CLASS_FORBIDDEN});
    expect(response(429, "{}"), {CPI_CLASS_RATE_LIMITED, CPI_CLASS_QUOTA});
    expect(response(503, ""), {CPI_CLASS_UNAVAILABLE, CPI_CLASS_UNKNOWN_OUTCOME});
    expect(no_response(CPI_TRANSPORT_DNS), {CPI_CLASS_UNAVAILABLE});
    expect(no_response(CPI_TRANSPORT_NO_CREDENTIALS), {CPI_CLASS_NEEDS_REAUTH});
    expect(no_response(CPI_TRANSPORT_TOO_LARGE), {CPI_CLASS_TOO_LARGE});
  });
}

// A request that is not flagged repeatable may have taken effect when its answer is lost.
TEST_F(Answers, ALostAnswerToAnEffectIsAnUnknownOutcome) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto lost = no_response(CPI_TRANSPORT_RESET, CPI_ANSWER_MAYBE_SENT);
    const auto steps =
        converse(connector, what, with(BadAnswer{.name = "", .answer = lost}, SIZE_MAX));
    if (steps.front().kind != CPI_STEP_SEND) return;
    if ((steps.front().flags & CPI_REQUEST_REPEATABLE) != 0) {
      EXPECT_EQ(steps.back().kind, CPI_STEP_FAILED);
      return;
    }
    EXPECT_EQ(steps.back().error_class, CPI_CLASS_UNKNOWN_OUTCOME) << describe(steps.back());
    EXPECT_EQ(
        std::ranges::count_if(steps, [](const Step &step) { return step.kind == CPI_STEP_SEND; }),
        1)
        << "it was sent again";
  });
}

}  // namespace
}  // namespace contract
