// The n-th allocation fails, for every n: an error, never a crash, never a leak.
#include "contract_test.hpp"
#include "failing_malloc.hpp"

namespace contract {
namespace {

struct Outcome {
  cpi_status status = CPI_OK;
  Step last;
  bool has_failed = false;  // whether an allocation was refused
  std::size_t asked = 0;
  long balance = 0;
};

class Memory : public Contract {
 protected:
  // One operation's life, on a connector that is there already, or (null) from create to destroy.
  // Only the plugin's own calls are counted.
  Outcome live(cpi_connector *ready, const OperationCase &what, const std::vector<Answer> &script,
               Failing failing, std::size_t nth) const {
    Outcome outcome;
    const auto host = host_struct();
    const auto args = begin_struct(what);
    cpi_connector *connector = ready;
    cpi_operation *operation = nullptr;
    Allocations allocations(failing, nth);
    if (ready == nullptr) outcome.status = table.create(&host, &connector);
    if (outcome.status == CPI_OK) outcome.status = table.begin(connector, &args, &operation);
    if (outcome.status == CPI_OK) {
      for (const auto &answer : script) {
        cpi_step step = {};
        step.struct_size = CPI_THROUGH(cpi_step, error);
        allocations.pause();
        with_answer(answer, [&](const cpi_answer &lent) {
          allocations.resume();
          outcome.status = table.next(operation, &lent, &step);
          allocations.pause();
        });
        if (outcome.status == CPI_OK) outcome.last = copy_step(step);
        allocations.resume();
        if (outcome.status != CPI_OK || outcome.last.is_final()) break;
      }
    }
    table.end(operation);
    if (ready == nullptr) table.destroy(connector);
    outcome.has_failed = allocations.has_failed();
    outcome.asked = allocations.asked();
    outcome.balance = allocations.balance();
    return outcome;
  }

  std::vector<Answer> script_of(const OperationCase &what, const Service &answers) const {
    const Connector connector(table);
    std::vector<Answer> script = {start()};
    for (const auto &step : converse(connector, what, answers)) {
      if (!step.is_final()) script.push_back(answer_to(step, answers));
    }
    return script;
  }

  // Every allocation, while they are few; of thousands, as of a large manifest, ever fewer.
  void fail_each(cpi_connector *ready, const OperationCase &what,
                 const std::vector<Answer> &script) const {
    for (const auto failing : {Failing::one, Failing::all_from}) {
      for (std::size_t nth = 1;; nth += 1 + nth / 200) {
        const auto outcome = live(ready, what, script, failing, nth);
        SCOPED_TRACE("allocation " + std::to_string(nth) +
                     (failing == Failing::one ? " fails" : " and all later ones fail"));
        // A runtime library may keep something from its very first exception, once a process.
        const bool is_warm = failing != Failing::one || nth > 1;
        if (is_warm) {
          ASSERT_EQ(outcome.balance, 0) << "blocks were leaked";
        }
        if (!outcome.has_failed) {
          EXPECT_EQ(outcome.status, CPI_OK);
          break;
        }
        if (outcome.status == CPI_OK) {
          // It may get by with less, but must not end as if the input or the service were wrong.
          if (outcome.last.kind == CPI_STEP_FAILED) {
            EXPECT_EQ(outcome.last.error_class, CPI_CLASS_PLUGIN_FAULT) << describe(outcome.last);
          }
        } else {
          EXPECT_EQ(outcome.status, CPI_ERR_MEMORY);
        }
      }
    }
  }
};

TEST_F(Memory, TheHookIsSeenByThePlugin) {
  const auto &what = plugin.cases.front();
  const auto outcome = live(nullptr, what, script_of(what, service), Failing::none, 0);
  EXPECT_GT(outcome.asked, 0U);
  EXPECT_EQ(live(nullptr, what, script_of(what, service), Failing::one, 1).status, CPI_ERR_MEMORY);
}

TEST_F(Memory, EachAllocationOfAWholeLifeFailsInTurn) {
  const auto &what = plugin.cases.front();
  fail_each(nullptr, what, script_of(what, service));
}

TEST_F(Memory, EachAllocationOfEachOperationFailsInTurn) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    fail_each(connector.get(), what, script_of(what, service));
  });
}

TEST_F(Memory, ItIsFlatOverTenThousandOperations) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto script = script_of(what, service);
    (void)live(connector.get(), what, script, Failing::none, 0);
    const auto rounds = 10'000 / plugin.cases.size() + 1;
    for (std::size_t i = 0; i < rounds; ++i) {
      ASSERT_EQ(live(connector.get(), what, script, Failing::none, 0).balance, 0);
    }
  });
}

}  // namespace
}  // namespace contract
