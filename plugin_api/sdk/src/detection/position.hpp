// The stored cursor during a poll: decodes the head at once and the body on demand, and tracks
// whether the changed cursor has to be stored.
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
  // The body is damaged.
  struct Damaged {};

  explicit Position(const PollPlan &plan) noexcept : plan_(plan) {}

  // Decodes the head. The body stays in `bytes`, which must outlive this object.
  Opened open(std::string_view bytes);
  // Resets to an empty cursor: nothing is remembered.
  void start_over(std::string_view entropy, std::int64_t now);
  // Decodes the body, once. Throws Damaged.
  void need_body();
  bool has_body() const noexcept { return !unread_; }

  Cursor &cursor() noexcept { return cursor_; }
  const Cursor &cursor() const noexcept { return cursor_; }

  // Records a change that the next poll has to know.
  void touch() noexcept { touched_ = true; }
  bool touched() const noexcept { return touched_; }
  void stored() noexcept { touched_ = false; }
  // The next poll must read every row, even if the pages are unchanged.
  void distrust() noexcept { trusted_ = false; }
  bool trusted() const noexcept { return trusted_; }

  // The number of remembered rows in all lists. Callers report added and removed rows here.
  std::size_t rows() const noexcept { return rows_; }
  void count_row() noexcept { ++rows_; }
  void discount_rows(std::size_t rows) noexcept { rows_ -= rows < rows_ ? rows : rows_; }
  void forget(Shard &shard, const std::vector<std::uint64_t> &rows);

  std::string encode(std::int64_t now);
  // The cursor to store before the events of these lists: a poll that starts from it reads these
  // lists from their start and finds the events again.
  std::string encode_before(std::span<const std::uint64_t> shards, std::int64_t now);

 private:
  bool has_nothing_pending() const;

  const PollPlan &plan_;
  Cursor cursor_;
  std::optional<std::string_view> unread_;  // the body
  bool touched_ = false;
  bool trusted_ = true;
  std::size_t rows_ = 0;
};

}  // namespace cpi::detection
