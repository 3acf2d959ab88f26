// The stored cursor as one poll uses it: its head at once, its body when something needs it, and
// whether what became of it is worth storing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/plan.hpp"

namespace cpi::detection {

class Position {
 public:
  // The body is not what was stored.
  struct Damaged {};

  explicit Position(const PollPlan &plan) noexcept : plan_(plan) {}

  // Reads the head. The body stays in `bytes`, which outlive this.
  Opened open(std::string_view bytes);
  // As if there had been no cursor: nothing is remembered.
  void start_over(std::string_view entropy, std::int64_t now);
  // Decodes the body, once. Throws Damaged.
  void need_body();
  bool has_body() const noexcept { return !unread_; }

  Cursor &cursor() noexcept { return cursor_; }
  const Cursor &cursor() const noexcept { return cursor_; }

  // Something changed that the next poll has to know.
  void touch() noexcept { touched_ = true; }
  bool touched() const noexcept { return touched_; }
  void stored() noexcept { touched_ = false; }
  // The next poll must read every row, though the pages may be as they are now.
  void distrust() noexcept { trusted_ = false; }
  bool trusted() const noexcept { return trusted_; }

  // Rows remembered, of all lists. Whoever adds or drops some says so here.
  std::size_t rows() const noexcept { return rows_; }
  void count_row() noexcept { ++rows_; }
  void discount_rows(std::size_t rows) noexcept { rows_ -= rows < rows_ ? rows : rows_; }
  void forget(Shard &shard, const std::vector<std::uint64_t> &rows);

  std::string encode(std::int64_t now);
  // The cursor as it is before the events of these lists are stored: whoever finds it reads them
  // from their start, and finds the events again.
  std::string encode_before(std::span<const std::uint64_t> shards, std::int64_t now);

 private:
  bool is_settled() const;

  const PollPlan &plan_;
  Cursor cursor_;
  std::optional<std::string_view> unread_;  // the body
  bool touched_ = false;
  bool trusted_ = true;
  std::size_t rows_ = 0;
};

}  // namespace cpi::detection
