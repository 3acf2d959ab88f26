#include "store/records.hpp"

#include <gtest/gtest.h>

#include <array>

namespace host {
namespace {

template <typename Enum, std::size_t count>
void expect_round_trip(const std::array<Enum, count> &values) {
  for (const Enum value : values) EXPECT_EQ(from_string<Enum>(to_string(value)), value);
  EXPECT_EQ(from_string<Enum>("?"), std::nullopt);
  EXPECT_EQ(from_string<Enum>(""), std::nullopt);
}

TEST(Records, EveryStateHasItsOwnName) {
  expect_round_trip(std::array{ConnectionState::ok, ConnectionState::refresh_delayed,
                               ConnectionState::needs_sign_in, ConnectionState::app_misconfigured});
  expect_round_trip(std::array{TriggerState::initialising, TriggerState::active,
                               TriggerState::paused, TriggerState::needs_sign_in,
                               TriggerState::failing, TriggerState::stopped});
  expect_round_trip(std::array{StartMode::now, StartMode::last_n, StartMode::all});
  expect_round_trip(std::array{EventState::pending, EventState::held, EventState::delivered,
                               EventState::dead, EventState::discarded});
  expect_round_trip(std::array{IdempotencyState::running, IdempotencyState::done,
                               IdempotencyState::failed, IdempotencyState::unknown});
  expect_round_trip(
      std::array{DeliveryState::pending, DeliveryState::delivered, DeliveryState::dead});
}

}  // namespace
}  // namespace host
