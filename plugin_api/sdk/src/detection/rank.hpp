// The rank of a row: what its list's `order` points at, in a form that compares.
//
// 1. Stamps with an offset compare as instants: 03:10+02:00 comes after 03:40+03:00. Stamps without
//    one compare as what the clock showed, numbers by their value, all else as text.
// 2. Ranks of different kinds say nothing about each other. Services write null, "", 0 or
//    "0000-00-00 00:00:00" where a stamp is missing; such a row is passed over, and the rows around
//    it still show the order.
// 3. A clock that is set back shows an hour twice. The first pass through that hour is older,
//    although its clock may be up to an hour ahead: that is no proof of another order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/scalar.hpp"

namespace cpi::detection {

class Rank {
 public:
  // Of two kinds, the later one is more likely to be the kind of the whole list.
  enum class Kind : std::uint8_t { none, plain, clock, instant };

  Rank() = default;
  // `text`: Scalar::text of a value that identifies, or empty.
  explicit Rank(std::string_view text);

  Kind kind() const noexcept { return kind_; }
  // Negative, 0 or positive: a total order, in which kinds come one after another. [any]
  static int compare(const Rank &a, const Rank &b) noexcept;
  // True if `a` is surely older than `b`: both are of one kind, and not of an hour that comes
  // twice. [any]
  static bool is_surely_older(const Rank &a, const Rank &b);
  // Rule 3: both are clocks of an hour that comes twice in some zone. [any]
  static bool may_be_one_hour(const Rank &a, const Rank &b);

 private:
  Kind kind_ = Kind::none;
  std::int64_t ms_ = 0;
  int nanosecond_ = 0;  // of the second
  Scalar plain_;
};

// Records whether the row is newer or older than the row before it, whose rank is `last`.
void observe_order(Scan &scan, Rank &last, const Scalar &stamp);
// The order after a full scan. Once violated, always violated.
Order judge_order(Order before, const Scan &scan) noexcept;

}  // namespace cpi::detection
