// Answers that do not fit the last step. They are refused, the step stays as it was, and from then
// on the operation may only be ended.
#include <array>
#include <cstring>

#include "contract_test.hpp"

namespace contract {
namespace {

constexpr std::array<cpi_answer_kind, 9> all_kinds = {CPI_ANSWER_START,
                                                      CPI_ANSWER_RESPONSE,
                                                      CPI_ANSWER_NO_RESPONSE,
                                                      CPI_ANSWER_TIMER,
                                                      CPI_ANSWER_STORED,
                                                      0,
                                                      6,
                                                      -1,
                                                      INT32_MAX};

bool fits(cpi_answer_kind answer, cpi_step_kind step) {
  switch (step) {
    case CPI_STEP_SEND:
      return answer == CPI_ANSWER_RESPONSE || answer == CPI_ANSWER_NO_RESPONSE;
    case CPI_STEP_WAIT:
      return answer == CPI_ANSWER_TIMER;
    case CPI_STEP_EVENTS:
      return answer == CPI_ANSWER_STORED;
    default:
      return false;
  }
}

class States : public Contract {
 protected:
  // Ends `operation` for good: refused now, and refused ever after, whatever is said.
  static void expect_refused(Operation &operation, cpi_answer_kind kind) {
    SCOPED_TRACE("answer kind " + std::to_string(kind));
    auto answer = response(200, "{}");
    answer.kind = kind;
    for (const auto again :
         {kind, cpi_answer_kind{CPI_ANSWER_START}, cpi_answer_kind{CPI_ANSWER_RESPONSE},
          cpi_answer_kind{CPI_ANSWER_STORED}}) {
      answer.kind = again;
      cpi_step step;
      std::memset(&step, 0xA5, sizeof step);
      step.struct_size = CPI_THROUGH(cpi_step, error);
      const cpi_step before = step;
      EXPECT_EQ(operation.next(answer, step), CPI_ERR_STATE);
      EXPECT_EQ(std::memcmp(&before, &step, sizeof step), 0) << "the step was written to";
    }
  }
};

TEST_F(States, OnlyStartComesFirst) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    for (const auto kind : all_kinds) {
      if (kind == CPI_ANSWER_START) continue;
      Operation operation(connector, what);
      expect_refused(operation, kind);
    }
  });
}

TEST_F(States, OnlyTheAskedForAnswerComesNext) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto script = converse(connector, what, service);
    for (std::size_t shown = 1; shown <= script.size(); ++shown) {
      for (const auto kind : all_kinds) {
        if (fits(kind, script[shown - 1].kind)) continue;
        SCOPED_TRACE("after " + describe(script[shown - 1]));
        Operation operation(connector, what);
        auto step = operation.next(start());
        for (std::size_t i = 1; i < shown; ++i) step = operation.next(answer_to(step, service));
        expect_refused(operation, kind);
      }
    }
  });
}

}  // namespace

std::string describe(const Step &step) {
  switch (step.kind) {
    case CPI_STEP_SEND:
      return "SEND " + step.method + " " + step.url;
    case CPI_STEP_WAIT:
      return "WAIT " + std::to_string(step.wait_ms);
    case CPI_STEP_EVENTS:
      return "EVENTS " + std::to_string(step.events.size());
    case CPI_STEP_DONE:
      return "DONE " + step.output;
    default:
      return "FAILED " + std::to_string(step.error_class) + " " + step.message + " " + step.details;
  }
}

}  // namespace contract
