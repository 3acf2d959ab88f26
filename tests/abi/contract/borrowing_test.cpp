// Who owns what: arguments are gone when a call returns, and what a step shows stays until the next
// call that names its operation.
#include "contract_test.hpp"
#include "guarded_memory.hpp"

namespace contract {
namespace {

class Borrowing : public Contract {
 protected:
  // Every argument ends at a page border, without a terminator, and is unmapped after the call.
  std::vector<Step> converse_on_guarded_pages(const Connector &connector, const OperationCase &what,
                                              const Service &answers, std::string_view cursor) {
    GuardedMemory memory;
    auto args = begin_struct(what);
    args.id = memory.str(what.id);
    args.input = memory.str(what.input);
    args.cursor = memory.bytes(cursor);
    args.entropy = memory.bytes("0123456789abcdef0123456789abcdef");
    cpi_operation *operation = nullptr;
    EXPECT_EQ(table.begin(connector.get(), memory.copy(args), &operation), CPI_OK);
    memory.take_back();

    std::vector<Step> steps;
    Answer next = start();
    do {
      cpi_step step = {};
      step.struct_size = CPI_THROUGH(cpi_step, error);
      cpi_status status = CPI_ERR_INTERNAL;
      with_answer(next, [&](cpi_answer answer) {
        answer.headers = memory.headers(answer.headers, answer.header_count);
        answer.body = memory.bytes(next.body);
        answer.detail = memory.str(next.detail);
        auto *lent_step = memory.copy(step);
        status = table.next(operation, memory.copy(answer), lent_step);
        step = *lent_step;
      });
      memory.take_back();
      EXPECT_EQ(status, CPI_OK);
      if (status != CPI_OK) break;
      steps.push_back(copy_step(step));
      next = answer_to(steps.back(), answers);
    } while (!steps.back().is_final() && steps.size() < steps_max);
    table.end(operation);
    return steps;
  }
};

TEST_F(Borrowing, ArgumentsAreGoneAfterTheCall) {
  auto refusal = response(429, R"({"message": "slow down"})");
  refusal.headers = {{"r", "1"}, {"retry-after", "7"}, {"x-empty", ""}};
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    for (const auto &answers :
         {service, Service([&](const Step &) { return refusal; }),
          Service([](const Step &) { return no_response(CPI_TRANSPORT_TLS); })}) {
      EXPECT_EQ(converse_on_guarded_pages(connector, what, answers, ""),
                converse(connector, what, answers));
    }
  });
}

TEST_F(Borrowing, TheCursorIsGoneAfterBegin) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    if (what.kind != CPI_KIND_POLL) return;
    const auto cursor = converse(connector, what, service).back().cursor;
    EXPECT_EQ(converse_on_guarded_pages(connector, what, service, cursor),
              converse(connector, what, service, cursor));
  });
}

// While the host transfers, other operations come, run and go.
TEST_F(Borrowing, StepsStayUntilTheNextCall) {
  const Connector connector(table);
  // Not every other one, which would be the square of a large catalogue: the next few in turn.
  std::size_t turn = 0;
  const auto run_others = [&] {
    for (int i = 0; i < 8; ++i)
      (void)converse(connector, plugin.cases[turn++ % plugin.cases.size()], service);
  };
  for_each_case([&](const OperationCase &what) {
    Operation operation(connector, what);
    Answer next = start();
    for (int shown = 0; shown < steps_max; ++shown) {
      cpi_step step = {};
      step.struct_size = CPI_THROUGH(cpi_step, error);
      ASSERT_EQ(operation.next(next, step), CPI_OK);
      const auto before = copy_step(step);
      run_others();
      EXPECT_EQ(copy_step(step), before);
      if (before.is_final()) return;
      next = answer_to(before, service);
    }
    FAIL() << "the operation does not come to an end";
  });
}

}  // namespace
}  // namespace contract
