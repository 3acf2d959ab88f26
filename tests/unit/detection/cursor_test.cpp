#include "cpi/sdk/detection/cursor.hpp"

#include <random>

#include <gtest/gtest.h>

namespace cpi::detection {
namespace {

constexpr std::uint32_t plan = 0xfeedbeef;
constexpr MemoryShape everything = {.version = true, .values = true};

Cursor sample(std::size_t rows, MemoryShape shape) {
  Cursor cursor;
  cursor.key = {0x1122334455667788, 0x99aabbccddeeff00};
  cursor.generation = 1'740'819'600;
  cursor.written_at = 1'740'819'600'000;
  cursor.forced_at = -5;
  cursor.pace_ms = 300'000;
  cursor.complete = true;
  cursor.has_single_reads = true;
  cursor.pass_open = true;
  cursor.pass = "o:95";
  cursor.pass_tail = {1, 2, 3};
  cursor.pages = {{.digest = 0xffffffffffffffff, .rows = 100}, {.digest = 7, .rows = 0}};
  cursor.newest = {{.shard = 5, .key = 6, .sequence = 7, .rank = "2025-03-01 09:00:00"}};
  cursor.sequence = 8;
  cursor.filter = 0xfffffffe;
  std::mt19937_64 random(1);
  for (const std::uint64_t id : {0ULL, 77ULL, (1ULL << 56) - 1}) {
    Shard &shard = cursor.at(id);
    shard.gate = "counters";
    shard.ready = true;
    shard.again = id == 77;
    shard.quiet = id == 0;
    shard.missing = 1;
    shard.order = Order::violated;
    shard.watermark_day = 20'000;
    shard.single_reads_from = 123'456'789;
    shard.filter_changed = id == 77;
    shard.refusals = id == 77 ? 3 : 0;
    shard.rests_until = id == 77 ? 1'740'819'700'000 : 0;
    shard.missing_since = id == 77 ? -1 : 0;
    shard.held_day = id == 77 ? 20'001 : 0;
    if (id == 77) {
      shard.refused_name = "Bot 2 (2)";
      shard.refused = {
          {.id = 20'001, .refusals = 3, .rests_until = 1'740'819'600'001, .quiet = true},
          {.id = (1ULL << 56) - 1, .refusals = 20, .rests_until = 0, .quiet = false}};
    }
    if (id == 77) shard.ends = {{.day = 0, .rows = 37}, {.day = 20'001, .rows = 5}};
    shard.scan.running = id == 77;
    shard.scan.full = false;
    shard.scan.position = "o:195";
    shard.scan.tail = {9, 8, 7, 6, 5};
    shard.scan.last_rank = "17";
    shard.scan.gate = "before";
    for (std::size_t i = 0; i < rows; ++i) {
      Remembered row;
      row.key = random() >> 8;
      if (shape.version) row.version = static_cast<std::uint32_t>(random());
      if (shape.values) row.values = std::string(random() % 3, 'v');
      row.absent = static_cast<std::uint8_t>(random() % 4);
      row.seen = random() % 2 == 0;
      row.waits = random() % 2 == 0;
      row.held = random() % 2 == 0;
      shard.memory.put(std::move(row));
    }
  }
  return cursor;
}

Opened open_all(std::string_view bytes, Cursor &out, bool &body_good) {
  std::string_view body;
  const Opened opened = open_cursor(bytes, plan, out, body);
  body_good = opened == Opened::ok && open_body(body, everything, out);
  return opened;
}

TEST(Cursor, ComesBackWhole) {
  Cursor before = sample(50, everything);
  const std::string bytes = before.encode(plan, everything);
  Cursor after;
  bool good = false;
  ASSERT_EQ(open_all(bytes, after, good), Opened::ok);
  ASSERT_TRUE(good);
  // What is written again is the same: nothing was lost on the way.
  EXPECT_EQ(after.encode(plan, everything), bytes);
  EXPECT_EQ(after.generation, before.generation);
  EXPECT_EQ(after.forced_at, -5);
  EXPECT_EQ(after.pages, before.pages);
  EXPECT_EQ(after.shards.size(), 3u);
  const Shard *shard = after.find(77);
  ASSERT_NE(shard, nullptr);
  EXPECT_TRUE(shard->scan.running);
  EXPECT_FALSE(shard->scan.full);
  EXPECT_EQ(shard->scan.tail, (std::vector<std::uint64_t>{9, 8, 7, 6, 5}));
  EXPECT_EQ(shard->memory.size(), 50u);
  EXPECT_TRUE(shard->filter_changed);
  EXPECT_EQ(shard->refusals, 3);
  EXPECT_EQ(shard->rests_until, 1'740'819'700'000);
  EXPECT_EQ(shard->missing_since, -1);
  EXPECT_EQ(shard->held_day, 20'001u);
  EXPECT_EQ(shard->refused_name, "Bot 2 (2)");
  ASSERT_EQ(shard->refused.size(), 2u);
  EXPECT_EQ(shard->refused[0].id, 20'001u);
  EXPECT_EQ(shard->refused[0].refusals, 3);
  EXPECT_EQ(shard->refused[0].rests_until, 1'740'819'600'001);
  EXPECT_TRUE(shard->refused[0].quiet);
  EXPECT_EQ(shard->refused[1].id, (1ULL << 56) - 1);
  EXPECT_FALSE(shard->refused[1].quiet);
  EXPECT_EQ(shard->ends, (std::vector<End>{{.day = 0, .rows = 37}, {.day = 20'001, .rows = 5}}));
  EXPECT_EQ(after.filter, 0xfffffffe);
  after.find(0)->memory.each([&](const Remembered &row) {
    const Remembered *old = before.find(0)->memory.find(row.key);
    ASSERT_NE(old, nullptr);
    EXPECT_EQ(row.version, old->version);
    EXPECT_EQ(row.values, old->values);
    EXPECT_EQ(row.absent, old->absent);
    EXPECT_EQ(row.seen, old->seen);
    EXPECT_EQ(row.waits, old->waits);
    EXPECT_EQ(row.held, old->held);
  });
}

// As the first release wrote it: what came later is as if it had never been.
TEST(Cursor, OfTheFirstReleaseIsRead) {
  constexpr std::string_view digits =
      "63706401efbeedfe3201000000000000000200000000000000130090998bbe0680caf88eaa6580abaf8eaa"
      "65c0cf240000018877665544332211020cb01d8e00000205000000000000010001b49d0100000167030337"
      "0000000000003c0000000000004100000000000007000000070000000700000001760176017604044d0000"
      "00000000050001b49d010000016703034f0300000000009c030000000000e9030000000000070000000700"
      "00000700000001760176017604045a0d351c";
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  Cursor cursor;
  bool good = false;
  ASSERT_EQ(open_all(bytes, cursor, good), Opened::ok);
  ASSERT_TRUE(good);
  EXPECT_TRUE(cursor.complete);
  EXPECT_TRUE(cursor.nothing_pending);
  EXPECT_EQ(cursor.filter, 0u);
  EXPECT_EQ(cursor.pages, (std::vector<PageMark>{{.digest = 0x1122334455667788, .rows = 2}}));
  ASSERT_EQ(cursor.shards.size(), 2u);
  for (Shard &shard : cursor.shards) {
    EXPECT_TRUE(shard.ready);
    EXPECT_EQ(shard.quiet, shard.id == 77);
    EXPECT_EQ(shard.refusals, 0);
    EXPECT_TRUE(shard.refused_name.empty());
    EXPECT_TRUE(shard.refused.empty());
    EXPECT_TRUE(shard.ends.empty());
    EXPECT_EQ(shard.memory.size(), 3u);
    shard.memory.each([](const Remembered &row) { EXPECT_FALSE(row.waits || row.held); });
  }
  EXPECT_NE(cursor.find(5)->memory.find(60), nullptr);
  // And it is written as it was.
  EXPECT_EQ(cursor.encode(plan, everything), bytes);
}

TEST(Cursor, CutOffAtEveryByteIsDamaged) {
  const std::string bytes = sample(20, everything).encode(plan, everything);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Cursor cursor;
    bool good = false;
    const Opened opened = open_all(std::string_view(bytes).substr(0, size), cursor, good);
    EXPECT_FALSE(good) << size;
    EXPECT_EQ(opened == Opened::empty, size == 0);
  }
}

TEST(Cursor, ChangedBytesAreNeverBelieved) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string bytes = sample(20, everything).encode(plan, everything);
  for (int round = 0; round < 20'000; ++round) {
    std::string broken = bytes;
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      broken[random() % broken.size()] ^= static_cast<char>(1u << random() % 8);
    }
    if (broken == bytes) continue;
    Cursor cursor;
    bool good = false;
    open_all(broken, cursor, good);
    EXPECT_FALSE(good);
  }
}

TEST(Cursor, NoiseIsNoCursor) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    std::string noise = round % 2 == 0 ? "cpd\x01" : "";
    for (std::uint64_t size = random() % 200; size > 0; --size) {
      noise.push_back(static_cast<char>(random()));
    }
    Cursor cursor;
    bool good = false;
    open_all(noise, cursor, good);
    EXPECT_FALSE(good);
  }
}

TEST(Cursor, OfAnotherPlanOrReleaseIsTold) {
  const std::string bytes = sample(3, everything).encode(plan, everything);
  Cursor cursor;
  std::string_view body;
  EXPECT_EQ(open_cursor(bytes, plan + 1, cursor, body), Opened::other_plan);
  std::string newer = bytes;
  newer[3] = static_cast<char>(cursor_version + 1);
  EXPECT_EQ(open_cursor(newer, plan, cursor, body), Opened::other_version);
}

TEST(Cursor, ARowTakesUnderTwelveBytes) {
  constexpr std::size_t rows = 10'000;
  const auto bytes_per_row = [](MemoryShape shape, std::string values) {
    Cursor cursor;
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < rows; ++i) {
      Remembered row;
      row.key = random() >> 8;
      row.values = values;
      cursor.at(0).memory.put(std::move(row));
    }
    return static_cast<double>(cursor.encode(plan, shape).size()) / rows;
  };
  EXPECT_LT(bytes_per_row({}, ""), 7.1);
  EXPECT_LT(bytes_per_row({.version = true, .values = false}, ""), 11.1);
  EXPECT_LT(bytes_per_row({.version = false, .values = true}, "s"), 9.1);  // one small number
}

}  // namespace
}  // namespace cpi::detection
