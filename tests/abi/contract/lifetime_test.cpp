// Operations end at any moment, and connectors come and go.
#include <memory>
#include <thread>

#include "contract_test.hpp"

namespace contract {
namespace {

using Lifetime = Contract;

TEST_F(Lifetime, OperationsEndAtEveryStep) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto script = converse(connector, what, service);
    for (std::size_t calls = 0; calls <= script.size(); ++calls) {
      Operation operation(connector, what);
      Answer answer = start();
      for (std::size_t i = 0; i < calls; ++i) {
        const auto step = operation.next(answer);
        EXPECT_EQ(step, script[i]);
        answer = answer_to(step, service);
      }
    }
  });
}

TEST_F(Lifetime, TheSameQuestionsGetTheSameSteps) {
  const Connector one(table);
  const Connector other(table);
  for_each_case([&](const OperationCase &what) {
    EXPECT_EQ(converse(one, what, service), converse(other, what, service));
  });
}

TEST_F(Lifetime, OperationsOfAConnectorDoNotDisturbEachOther) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto expected = converse(connector, what, service);
    Operation first(connector, what);
    Operation second(connector, what);
    Answer first_answer = start();
    Answer second_answer = start();
    for (const auto &step : expected) {
      EXPECT_EQ(first.next(first_answer), step);
      EXPECT_EQ(second.next(second_answer), step);
      first_answer = second_answer = answer_to(step, service);
    }
  });
}

TEST_F(Lifetime, ManyConnectors) {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::size_t many = 30;
#else
  constexpr std::size_t many = 120;
#endif
  std::vector<std::unique_ptr<Connector>> open;
  for (std::size_t i = 0; i < many; ++i) {
    open.push_back(std::make_unique<Connector>(table));
    // From all of the catalogue; making a connector compiles the whole of it.
    const auto &what = plugin.cases[i * plugin.cases.size() / many];
    (void)converse(*open.back(), what, service);
    // Out of order: two come, the older goes.
    if (i % 2 == 1) open.erase(open.begin());
    if (open.size() > 8) open.clear();
  }
}

}  // namespace
}  // namespace contract
