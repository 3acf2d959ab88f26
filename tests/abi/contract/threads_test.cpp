// [any] and [serial op], as the header has them. The thread sanitizer's build runs these too.
#include <algorithm>
#include <atomic>
#include <barrier>
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
#ifdef __SANITIZE_ADDRESS__
  constexpr int operations_each = 100;
#else
  constexpr int operations_each = 500;
#endif
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

// In lockstep, so that it does not hang on the scheduler: eight calls, and only then is it looked
// at what the eight steps show. State that operations share without saying so has been overwritten.
TEST_F(Threads, EightStepsAtOnceStayApart) {
  constexpr std::size_t threads_count = 8;
  constexpr std::size_t rounds = 20;
  const Connector connector(table);
  std::vector<std::vector<Step>> expected;
  std::size_t longest = 0;
  for (const auto &what : plugin.cases) {
    expected.push_back(converse(connector, what, service));
    longest = std::max(longest, expected.back().size());
  }

  std::atomic<int> wrong = 0;
  std::barrier together(threads_count);
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < threads_count; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t round = 0; round < rounds; ++round) {
        const auto which = (t + round) % plugin.cases.size();
        Operation operation(connector, plugin.cases[which]);
        Answer answer = start();
        for (std::size_t i = 0; i < longest; ++i) {
          const bool goes_on = i < expected[which].size();
          cpi_step step = {};
          step.struct_size = CPI_THROUGH(cpi_step, error);
          const bool good = goes_on && operation.next(answer, step) == CPI_OK;
          together.arrive_and_wait();
          if (goes_on && (!good || copy_step(step) != expected[which][i])) ++wrong;
          if (goes_on) answer = answer_to(expected[which][i], service);
          together.arrive_and_wait();
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
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
