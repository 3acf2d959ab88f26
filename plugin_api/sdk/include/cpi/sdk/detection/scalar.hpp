// A value taken from a row: what services spell in several ways, brought to one.
//
// 12 and "12" are the same integer; "007" and "1.50" are texts, because their spelling may matter.
// Integers keep all their digits, whatever their size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "cpi/sdk/detection/digest.hpp"

namespace cpi::detection {

enum class ScalarKind : std::uint8_t { absent, null, boolean, integer, number, text, tree };

struct Scalar {
  ScalarKind kind = ScalarKind::absent;
  std::string text;        // of an integer: its digits; of a number: as it was spelled
  std::uint64_t tree = 0;  // of a list or object: its digest, whatever the order of members

  void clear() noexcept {
    kind = ScalarKind::absent;
    text.clear();
    tree = 0;
  }
  // Something that can identify a row.
  bool identifies() const noexcept;
  bool operator==(const Scalar &other) const noexcept;
};

// Whether `text` is an integer in its only spelling: no plus, no leading zero, no "-0".
bool is_integer(std::string_view text) noexcept;

// From a document, with the same result as from the row scanner but for trees (absent then).
Scalar to_scalar(const boost::json::value &value);

// The number that a scalar or numeric text is; false when it is none.
bool to_number(const Scalar &value, double &out) noexcept;

// Negative, 0 or positive: integers by value with all their digits, numbers by value, all else as
// text. [any]
int compare(const Scalar &a, const Scalar &b) noexcept;

// Remembered values: a tag with the small integer in it, then what does not fit. An integer below
// 32 takes one byte. Texts above `longest` bytes become their digest under `key`: they compare, and
// are not given back.
constexpr std::size_t longest_packed_text = 64;
void pack(const Scalar &value, const DigestKey &key, std::string &out,
          std::size_t longest = longest_packed_text);
// Takes one value off `bytes`. False at the end or when damaged. A digested text comes back as
// null.
bool unpack(std::string_view &bytes, boost::json::value &out);

}  // namespace cpi::detection
