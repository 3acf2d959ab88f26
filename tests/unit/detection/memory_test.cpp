#include "cpi/sdk/detection/memory.hpp"

#include <random>

#include <gtest/gtest.h>

namespace cpi::detection {
namespace {

Remembered row_of(std::uint64_t key, std::uint32_t version) {
  Remembered row;
  row.key = key;
  row.version = version;
  return row;
}

TEST(Memory, FindsWhatWasPut) {
  Memory memory;
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back(random() >> 8);
    memory.put(row_of(keys.back(), static_cast<std::uint32_t>(i)));
    if (i % 100 == 0) memory.each([](Remembered &) {});
  }
  memory.put(row_of(keys[5], 77));
  EXPECT_EQ(memory.size(), 1000u);
  EXPECT_EQ(memory.find(keys[5])->version, 77u);
  EXPECT_EQ(memory.find(keys[999])->version, 999u);
  EXPECT_EQ(memory.find(1), nullptr);
  memory.erase(keys[999]);
  memory.erase_if([&](const Remembered &row) { return row.key == keys[3]; });
  EXPECT_EQ(memory.find(keys[999]), nullptr);
  EXPECT_EQ(memory.find(keys[3]), nullptr);
  EXPECT_EQ(memory.size(), 998u);
}

}  // namespace
}  // namespace cpi::detection
