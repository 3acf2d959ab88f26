// A value from a row, normalised: services write the same value in several ways.
//
// 12 and "12" are the same integer; "007" and "1.50" are texts, because their spelling may matter.
// Integers of any size keep all their digits.
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
  std::string text;        // of an integer: its digits; of a number: as written
  std::uint64_t tree = 0;  // of a list or object: its digest, independent of member order

  void clear() noexcept {
    kind = ScalarKind::absent;
    text.clear();
    tree = 0;
  }
  // True if the value can identify a row.
  bool identifies() const noexcept;
  bool operator==(const Scalar &other) const noexcept;
};

// True if `text` is an integer in canonical form: no plus, no leading zero, no "-0".
bool is_integer(std::string_view text) noexcept;

// Converts a value of a document, with the same result as the row scanner, except that trees are
// absent.
Scalar to_scalar(const boost::json::value &value);

// Converts a scalar or numeric text to a number. Returns false if it is not a number.
bool to_number(const Scalar &value, double &out) noexcept;

// Negative, 0 or positive. Compares integers exactly, numbers by value, all else as text. [any]
int compare(const Scalar &a, const Scalar &b) noexcept;

// Encodes a remembered value: a tag that includes a small integer, then the rest. An integer below
// 32 takes one byte. A text above `longest` bytes is replaced by its digest under `key`: it can be
// compared, but not restored.
constexpr std::size_t longest_packed_text = 64;
void pack(const Scalar &value, const DigestKey &key, std::string &out,
          std::size_t longest = longest_packed_text);
// Decodes one value from the front of `bytes` and removes it. Returns false at the end or if
// damaged. A digested text becomes null.
bool unpack(std::string_view &bytes, boost::json::value &out);

}  // namespace cpi::detection
