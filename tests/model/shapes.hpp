// The ways in which a service's answers differ from what it documents: its lies. A life has some of
// them (life.hpp), and every trigger must keep its promises under each, alone and together.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace model {

// In the order of the names in shapes.cpp.
enum class Shape : std::uint8_t {
  page_cap,         // fewer rows at once than were asked for, of the gate's list too
  one_short,        // 99 rows of 100, and more on the next page
  number_as_text,   // "5" for 5 and 5 for "5", changing from answer to answer
  numbered_list,    // {"0": .., "2": ..} in place of [..]
  empty_otherwise,  // null, {} or an empty list higher up, in place of []
  few_rows,         // most rows are out of sight for several polls
  cut_letter,       // half of an emoji, or of a UTF-8 letter, at the end of a text
  double_member,    // a member's name twice in one object: the last one counts
  twin_rows,        // two rows with one key that differ in letter case and in values
  no_key,           // rows whose key is missing, null or ""
  odd_date,         // null, "", 0 or 0000-00-00 00:00:00 in place of a date
  hidden_total,     // totals and counters count rows that are never shown
  odd_member,       // null, [] or a text in members that say something else
  odd_error,        // errors under other statuses, codes as text, refusals in other words
  byte_order_mark,  // U+FEFF or a line break before the JSON
};
constexpr std::size_t shape_count = 15;

class Shapes {
 public:
  Shapes() = default;  // an honest service

  // Those of a seed: one after another in turn (none, too), and others at random.
  static Shapes of_seed(std::uint64_t seed);
  // "none", or names with commas between them; nothing when one of them is unknown.
  static std::optional<Shapes> named(std::string_view names);

  bool has(Shape shape) const noexcept { return on_[static_cast<std::size_t>(shape)]; }
  bool any() const noexcept;
  void drop(Shape shape) noexcept { on_[static_cast<std::size_t>(shape)] = false; }
  // With commas between them, or "none".
  std::string names() const;

 private:
  std::array<bool, shape_count> on_{};
};

}  // namespace model
