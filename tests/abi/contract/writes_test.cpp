// What comes of a change when the service answers it oddly: it took effect, or it was refused, or
// nobody knows. Success is never told for failure, and nobody is told to try again what may not be
// done twice. Every action of the manifest that changes something, with every answer.
#include <algorithm>
#include <vector>

#include "contract_test.hpp"

namespace contract {
namespace {

struct Odd {
  std::string name;
  Answer answer;
};

std::vector<Odd> with_bodies(std::initializer_list<const char *> bodies) {
  std::vector<Odd> all;
  for (const char *body : bodies) all.push_back({std::string("200 ") + body, response(200, body)});
  return all;
}

class Writes : public Contract {
 protected:
  void SetUp() override {
    // The rules are the SDK's; the connector in plain C shows the ABI and judges for itself.
    if (plugin.id != "sendpulse") GTEST_SKIP() << "not written with the SDK";
  }

  struct Ended {
    Step last;
    bool repeatable = false;
    std::size_t sent = 0;
    std::size_t once = 0;  // of these, what may not be repeated
  };

  // Every request of the operation is answered the same way.
  Ended end(const Connector &connector, const OperationCase &what, const Answer &answer) {
    const auto steps = converse(connector, what, [&](const Step &) { return answer; });
    Ended ended{.last = steps.back()};
    for (const Step &step : steps) {
      if (step.kind != CPI_STEP_SEND) continue;
      const bool repeatable = (step.flags & CPI_REQUEST_REPEATABLE) != 0;
      if (ended.sent++ == 0) ended.repeatable = repeatable;
      if (!repeatable) ++ended.once;
    }
    return ended;
  }

  void for_each_write(const std::vector<Odd> &odds,
                      const std::function<void(const OperationCase &, const Ended &)> &check) {
    const Connector connector(table);
    std::size_t writes = 0;
    for_each_case([&](const OperationCase &what) {
      // The custom call gives the answer as it is; its unit tests have its rules.
      if (!what.writes || what.handler == "custom_call") return;
      ++writes;
      for (const Odd &odd : odds) {
        SCOPED_TRACE(odd.name);
        const Ended ended = end(connector, what, odd.answer);
        ASSERT_GT(ended.sent, 0U);
        EXPECT_LE(ended.once, 1U) << "sent again";
        check(what, ended);
      }
    });
    EXPECT_GT(of_all(writes), 150U);
  }

  static void expect_no_success(const OperationCase &what, const Ended &ended) {
    if (what.handler == "add_many_subscribers" && ended.last.kind == CPI_STEP_DONE) {
      EXPECT_NE(ended.last.output.find("\"added\":0,"), std::string::npos) << ended.last.output;
      return;
    }
    EXPECT_EQ(ended.last.kind, CPI_STEP_FAILED) << describe(ended.last);
  }

  // Whoever may not send it again is not told to.
  static void expect_unknown(const OperationCase &what, const Ended &ended) {
    expect_no_success(what, ended);
    if (ended.repeatable) {
      EXPECT_NE(ended.last.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << describe(ended.last);
      return;
    }
    EXPECT_EQ(ended.last.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << describe(ended.last);
    EXPECT_NE(ended.last.advice.find("Check in the service"), std::string::npos)
        << ended.last.advice;
    EXPECT_NE(ended.last.message.find("unknown"), std::string::npos) << ended.last.message;
    EXPECT_EQ(ended.last.details.find("duplicate_check") != std::string::npos, what.checked);
  }
};

TEST_F(Writes, ARefusalIsNoSuccess) {
  const auto odds = with_bodies({
      R"({"result":false})",
      R"({"result":"false"})",
      R"({"result":"False"})",
      R"({"result":0})",
      R"({"result":"0"})",
      R"({"success":false,"data":{"id":1}})",
      R"({"success":"false"})",
      R"({"is_error":1})",
      R"({"error":"Something failed"})",
      R"({"error":{"message":"Something failed"}})",
      R"({"errors":["Something failed"]})",
      R"({"errors":{"name":"is empty"},"data":{"id":1}})",
      R"({"error_code":"422"})",
      "\xEF\xBB\xBF{\"result\":false}",
  });
  for_each_write(odds, [](const OperationCase &what, const Ended &ended) {
    expect_no_success(what, ended);
    if (ended.repeatable) return;
    EXPECT_EQ(ended.last.error_class, CPI_CLASS_INVALID_INPUT) << describe(ended.last);
  });
}

TEST_F(Writes, WhatCannotBeReadIsUnknown) {
  auto odds = with_bodies({
      "<html><body>Please sign in</body></html>",
      R"({"result":tru)",
      R"({"data":{"id":"1)",
      R"({"result":true} and more)",
      R"({"result":true,"id":1e400})",
      R"({"result":null})",
      R"({"success":"perhaps"})",
      R"("text")",
      "5",
      R"([1])",
      R"({"result":true,"error":"Something failed"})",
  });
  odds.push_back({"201 HTML", response(201, "<html></html>")});
  odds.push_back({"302", response(302, "")});
  odds.push_back({"408", response(408, "")});
  for (const int status : {500, 501, 502, 503, 504, 520}) {
    odds.push_back({"HTTP " + std::to_string(status), response(status, "<html>oops</html>")});
  }
  for_each_write(odds, expect_unknown);
}

// Nothing is said: that will do where no output is promised.
TEST_F(Writes, AnEmptyAnswerIsSuccessWhereNothingIsPromised) {
  auto odds = with_bodies({"", " \n", "[]", "{}", "null"});
  odds.push_back({"204", response(204, "")});
  for_each_write(odds, [](const OperationCase &what, const Ended &ended) {
    if (what.promises) {
      expect_unknown(what, ended);
    } else {
      EXPECT_EQ(ended.last.kind, CPI_STEP_DONE) << describe(ended.last);
      EXPECT_EQ(ended.last.output, "{}");
    }
  });
}

TEST_F(Writes, WhatIsConfirmedTookEffect) {
  const auto odds =
      with_bodies({R"({"success":true})", R"({"result":true})", R"({"result":"true"})",
                   R"({"result":1})", R"({"success":true,"error":null,"errors":[]})",
                   "\xEF\xBB\xBF {\"success\":true,\"data\":null}"});
  for_each_write(odds, [](const OperationCase &what, const Ended &ended) {
    if (what.accepts) {
      expect_unknown(what, ended);
    } else {
      EXPECT_EQ(ended.last.kind, CPI_STEP_DONE) << describe(ended.last);
    }
  });
}

TEST_F(Writes, A4xxIsARefusalWhateverItsBody) {
  std::vector<Odd> odds;
  for (const int status : {400, 402, 403, 404, 405, 409, 410, 413, 415, 422, 423, 451}) {
    for (const char *body : {"", "<html></html>", R"({"result":tru)", R"({"result":true})"}) {
      odds.push_back({"HTTP " + std::to_string(status) + " " + body, response(status, body)});
    }
  }
  for_each_write(odds, [](const OperationCase &what, const Ended &ended) {
    expect_no_success(what, ended);
    EXPECT_NE(ended.last.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << describe(ended.last);
  });
}

// The host sent it twice, for the first answer was lost: then it is the first that removed it.
TEST_F(Writes, ARepeatedRemovalThatFindsNothingIsDone) {
  auto gone = response(404, R"({"message":"Not found"})");
  const auto fresh = gone;
  gone.flags = CPI_ANSWER_MAYBE_SENT;
  const Connector connector(table);
  std::size_t removals = 0;
  for_each_case([&](const OperationCase &what) {
    if (!what.writes) return;
    // A removal by another method says in the manifest which refusals mean that.
    const bool declared = std::ranges::count(what.done_if_repeated, gone.http_status) > 0;
    bool removes = declared;
    const auto steps = converse(connector, what, [&](const Step &step) {
      removes = declared || step.method == "DELETE";
      return gone;
    });
    if (!removes) {
      if (steps.back().kind == CPI_STEP_DONE) expect_no_success(what, {.last = steps.back()});
      return;
    }
    ++removals;
    EXPECT_EQ(steps.back().kind, CPI_STEP_DONE) << describe(steps.back());
    EXPECT_EQ(end(connector, what, fresh).last.error_class, CPI_CLASS_NOT_FOUND);
  });
  EXPECT_GT(of_all(removals), 20U);
}

}  // namespace
}  // namespace contract
