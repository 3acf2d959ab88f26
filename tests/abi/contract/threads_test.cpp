// [any] and [serial op], as the header has them. The thread sanitizer's build runs these too.
#include <atomic>
#include <thread>

#include "contract_test.hpp"

namespace contract {
namespace {

using Threads = Contract;

TEST_F(Threads, EveryCallOnAnotherThread) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto expected = converse(connector, what, service);
    Operation operation(connector, what);
    Answer answer = start();
    for (const auto &step : expected) {
      std::optional<Step> shown;
      std::string problem;
      std::thread([&] {
        try {
          shown = operation.next(answer);
        } catch (const std::exception &e) {
          problem = e.what();
        }
      }).join();
      ASSERT_EQ(problem, "");
      EXPECT_EQ(shown, step);
      answer = answer_to(step, service);
    }
  });
}

TEST_F(Threads, EightAtOnceOnOneConnector) {
  constexpr int operations_each = 500;
  const Connector connector(table);
  std::vector<std::vector<Step>> expected;
  expected.reserve(plugin.cases.size());
  for (const auto &what : plugin.cases) expected.push_back(converse(connector, what, service));

  std::atomic<int> wrong = 0;
  std::atomic<int> run = 0;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < operations_each; ++i) {
        const auto which = (t + i) % plugin.cases.size();
        try {
          if (converse(connector, plugin.cases[which], service) != expected[which]) ++wrong;
        } catch (const std::exception &) {
          ++wrong;
        }
        ++run;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(run, 8 * operations_each);
}

TEST_F(Threads, ConnectorsComeAndGoAtOnce) {
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 50; ++i) {
        try {
          const Connector connector(*loaded_plugin().entry()());
          (void)converse(connector, plugin.cases[(t + i) % plugin.cases.size()], service);
        } catch (const std::exception &) {
          ++wrong;
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace contract
