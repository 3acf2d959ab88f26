// Cursors: a baseline emits nothing, nothing is emitted twice, and foreign bytes do no harm.
#include <random>
#include <set>

#include "contract_test.hpp"

namespace contract {
namespace {

class Polling : public Contract {
 protected:
  void for_each_poll(cpi_poll_mode mode, const std::function<void(const OperationCase &)> &check) {
    for_each_case([&](const OperationCase &what) {
      if (what.kind == CPI_KIND_POLL && what.mode == mode) check(what);
    });
  }

  static std::vector<std::string> keys(const std::vector<Step> &steps) {
    std::vector<std::string> keys;
    for (const auto &step : steps) {
      for (const auto &event : step.events) keys.push_back(event.key);
    }
    return keys;
  }

  static std::vector<std::string> news(const std::vector<Step> &steps) {
    std::vector<std::string> news;
    for (const auto &step : steps) {
      for (const auto &event : step.events) news.push_back(event.subject + " " + event.data);
    }
    return news;
  }

  // What the host has stored when these steps are over.
  static std::string stored(std::string cursor, const std::vector<Step> &steps) {
    for (const auto &step : steps) {
      if (step.kind == CPI_STEP_EVENTS ||
          (step.kind == CPI_STEP_DONE && (step.flags & CPI_RESULT_CURSOR) != 0)) {
        cursor = step.cursor;
      }
    }
    return cursor;
  }

  std::vector<Step> poll(const Connector &connector, OperationCase what, cpi_poll_mode mode,
                         const std::string &cursor, std::uint32_t max_events = 0) {
    what.mode = mode;
    auto args = begin_struct(what, cursor);
    args.max_events = max_events;
    cpi_operation *operation = nullptr;
    EXPECT_EQ(table.begin(connector.get(), &args, &operation), CPI_OK);
    std::vector<Step> steps;
    Answer next = start();
    do {
      cpi_step step = {};
      step.struct_size = CPI_THROUGH(cpi_step, error);
      cpi_status status = CPI_OK;
      with_answer(
          next, [&](const cpi_answer &answer) { status = table.next(operation, &answer, &step); });
      EXPECT_EQ(status, CPI_OK);
      if (status != CPI_OK) break;
      steps.push_back(copy_step(step));
      next = answer_to(steps.back(), service);
    } while (!steps.back().is_final() && steps.size() < steps_max);
    table.end(operation);
    return steps;
  }
};

TEST_F(Polling, ABaselineEmitsNothingAndHidesWhatIsThere) {
  const Connector connector(table);
  for_each_poll(CPI_POLL_BASELINE, [&](const OperationCase &what) {
    const auto baseline = converse(connector, what, service);
    EXPECT_TRUE(keys(baseline).empty());
    if (baseline.back().kind != CPI_STEP_DONE) return;
    const auto cursor = stored("", baseline);
    EXPECT_FALSE(cursor.empty()) << "a baseline without a cursor is forgotten";
    const auto after = poll(connector, what, CPI_POLL_NORMAL, cursor);
    EXPECT_TRUE(keys(after).empty()) << "the same list again is no news";
    EXPECT_EQ(after.back().kind, CPI_STEP_DONE) << describe(after.back());
    EXPECT_EQ(after.back().flags & CPI_RESULT_CURSOR, 0U) << "an idle poll writes nothing";
  });
}

TEST_F(Polling, NothingIsEmittedTwiceHoweverSmallTheBatches) {
  const Connector connector(table);
  for_each_poll(CPI_POLL_BACKFILL, [&](const OperationCase &what) {
    const auto whole = poll(connector, what, CPI_POLL_BACKFILL, "");
    const auto expected = keys(whole);
    EXPECT_EQ(std::set(expected.begin(), expected.end()).size(), expected.size())
        << "keys are not unique";
    const auto single = poll(connector, what, CPI_POLL_BACKFILL, "", 1);
    // A key may name the batch it came with; what happened may not depend on it.
    EXPECT_EQ(news(single), news(whole));
    for (const auto &step : single) EXPECT_LE(step.events.size(), 1U);
    const auto after = poll(connector, what, CPI_POLL_NORMAL, stored("", whole));
    EXPECT_TRUE(keys(after).empty());
  });
}

// The host died after storing some batches: what it begins again emits the rest, and only that.
TEST_F(Polling, AnInterruptedPollGoesOnWhereItWasStored) {
  const Connector connector(table);
  for_each_poll(CPI_POLL_BACKFILL, [&](const OperationCase &what) {
    const auto whole = poll(connector, what, CPI_POLL_BACKFILL, "", 1);
    const auto expected = keys(whole);
    std::vector<std::string> before;
    for (const auto &step : whole) {
      if (step.kind != CPI_STEP_EVENTS) continue;
      before.push_back(step.events.front().key);
      for (const cpi_poll_mode mode : {CPI_POLL_BACKFILL, CPI_POLL_NORMAL}) {
        auto all = before;
        const auto rest = keys(poll(connector, what, mode, step.cursor, 1));
        all.insert(all.end(), rest.begin(), rest.end());
        EXPECT_EQ(all, expected);
      }
    }
  });
}

TEST_F(Polling, DamagedCursorsDoNoHarm) {
  const Connector connector(table);
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for_each_poll(CPI_POLL_NORMAL, [&](const OperationCase &what) {
    const auto good = stored("", poll(connector, what, CPI_POLL_BASELINE, ""));
    std::vector<std::string> cursors = {
        "x", "{}", std::string(1, '\0'), std::string(4096, '\xFF'), good + "x", good + good};
    for (std::size_t size = 1; size < good.size(); ++size) cursors.push_back(good.substr(0, size));
    for (int i = 0; i < 200 && !good.empty(); ++i) {
      auto flipped = good;
      flipped[random() % flipped.size()] ^= static_cast<char>(1U << (random() % 8));
      cursors.push_back(flipped);
      std::string noise(1 + random() % 64, '\0');
      for (auto &c : noise) c = static_cast<char>(random());
      cursors.push_back(noise);
    }
    for (const auto &cursor : cursors) {
      for (const auto mode : {CPI_POLL_BASELINE, CPI_POLL_NORMAL, CPI_POLL_BACKFILL}) {
        const auto steps = poll(connector, what, mode, cursor);
        ASSERT_FALSE(steps.empty());
        EXPECT_TRUE(steps.back().is_final());
        EXPECT_TRUE(mode != CPI_POLL_BASELINE || keys(steps).empty());
      }
    }
  });
}

TEST_F(Polling, AnUnknownModeFails) {
  const Connector connector(table);
  for_each_poll(CPI_POLL_NORMAL, [&](const OperationCase &what) {
    for (const cpi_poll_mode mode : {0, 4, -1}) {
      const auto steps = poll(connector, what, mode, "");
      ASSERT_FALSE(steps.empty());
      EXPECT_EQ(steps.back().kind, CPI_STEP_FAILED) << describe(steps.back());
      EXPECT_TRUE(keys(steps).empty());
    }
  });
}

}  // namespace
}  // namespace contract
