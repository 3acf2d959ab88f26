#include "cpi/sdk/detection/scalar.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "cpi/json/document.hpp"
#include "cpi/json/number.hpp"
#include "varint.hpp"

namespace cpi::detection {

namespace {

// Tags of packed values, in the low two bits of a varint.
enum Tag : std::uint64_t { natural = 0, negative = 1, text = 2, special = 3 };
enum Special : std::uint64_t { null = 0, no = 1, yes = 2, digest = 3, number = 4 };

void put_special(Special what, std::string &out) {
  put_varint(what << 2 | Tag::special, out);
}

bool parse_unsigned(std::string_view digits, std::uint64_t &out) noexcept {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return error == std::errc{} && end == digits.data() + digits.size();
}

int sign(int value) noexcept {
  return (value > 0) - (value < 0);
}

int compare_integers(std::string_view a, std::string_view b) noexcept {
  const bool a_negative = a.starts_with('-');
  const bool b_negative = b.starts_with('-');
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const int by_size = (a.size() > b.size()) - (a.size() < b.size());
  const int magnitude = by_size != 0 ? by_size : sign(a.compare(b));
  return a_negative ? -magnitude : magnitude;
}

}  // namespace

bool Scalar::identifies() const noexcept {
  switch (kind) {
    case ScalarKind::boolean:
    case ScalarKind::integer:
    case ScalarKind::number:
      return true;
    case ScalarKind::text:
      return !text.empty();
    default:
      return false;
  }
}

bool Scalar::operator==(const Scalar &other) const noexcept {
  return kind == other.kind && text == other.text && tree == other.tree;
}

bool is_integer(std::string_view text) noexcept {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    if (text == "0") return false;
  }
  if (text.empty() || (text.front() == '0' && text.size() > 1)) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

namespace {

// A number with digits that a double does not hold. As the row scanner reads it.
Scalar written_scalar(std::string_view written) {
  Scalar scalar;
  if (is_integer(written)) {
    scalar.kind = ScalarKind::integer;
    scalar.text = written;
  } else if (const auto number = parse_number(written)) {
    scalar = to_scalar(*number);
  }
  return scalar;
}

}  // namespace

Scalar to_scalar(const boost::json::value &value) {
  Scalar scalar;
  switch (value.kind()) {
    case boost::json::kind::null:
      scalar.kind = ScalarKind::null;
      break;
    case boost::json::kind::bool_:
      scalar.kind = ScalarKind::boolean;
      scalar.text = value.get_bool() ? "true" : "false";
      break;
    case boost::json::kind::int64:
      scalar.kind = ScalarKind::integer;
      scalar.text = std::to_string(value.get_int64());
      break;
    case boost::json::kind::uint64:
      scalar.kind = ScalarKind::integer;
      scalar.text = std::to_string(value.get_uint64());
      break;
    case boost::json::kind::double_: {
      char digits[32];
      const auto end = std::to_chars(digits, digits + sizeof digits, value.get_double()).ptr;
      scalar.text.assign(digits, end);
      scalar.kind = is_integer(scalar.text) ? ScalarKind::integer : ScalarKind::number;
      break;
    }
    case boost::json::kind::string:
      if (is_written_number(value)) return written_scalar(number_as_written(value));
      scalar.text = std::string_view(value.get_string().data(), value.get_string().size());
      scalar.kind = is_integer(scalar.text) ? ScalarKind::integer : ScalarKind::text;
      break;
    default:
      break;
  }
  return scalar;
}

bool to_number(const Scalar &value, double &out) noexcept {
  if (value.text.empty() || value.kind == ScalarKind::boolean) return false;
  const char *end = value.text.data() + value.text.size();
  const auto result = std::from_chars(value.text.data(), end, out);
  return result.ec == std::errc{} && result.ptr == end && std::isfinite(out);
}

int compare(const Scalar &a, const Scalar &b) noexcept {
  if (a.kind == ScalarKind::integer && b.kind == ScalarKind::integer) {
    return compare_integers(a.text, b.text);
  }
  double left = 0;
  double right = 0;
  if (to_number(a, left) && to_number(b, right)) return (left > right) - (left < right);
  return sign(a.text.compare(b.text));
}

void pack(const Scalar &value, const DigestKey &key, std::string &out, std::size_t longest) {
  std::uint64_t magnitude = 0;
  switch (value.kind) {
    case ScalarKind::absent:
    case ScalarKind::null:
      put_special(Special::null, out);
      return;
    case ScalarKind::boolean:
      put_special(value.text == "true" ? Special::yes : Special::no, out);
      return;
    case ScalarKind::integer: {
      const bool below = value.text.starts_with('-');
      const std::string_view digits = std::string_view(value.text).substr(below ? 1 : 0);
      if (parse_unsigned(digits, magnitude) && magnitude < 1ULL << 61) {
        put_varint(magnitude << 2 | (below ? Tag::negative : Tag::natural), out);
        return;
      }
      break;  // as text, with all its digits
    }
    case ScalarKind::number: {
      double number = 0;
      if (to_number(value, number)) {
        put_special(Special::number, out);
        put_fixed(std::bit_cast<std::uint64_t>(number), 8, out);
        return;
      }
      break;
    }
    case ScalarKind::text:
      break;
    case ScalarKind::tree:
      put_special(Special::digest, out);
      put_fixed(value.tree, 8, out);
      return;
  }
  if (value.text.size() > longest) {
    put_special(Special::digest, out);
    put_fixed(siphash(key, value.text), 8, out);
  } else {
    put_varint(static_cast<std::uint64_t>(value.text.size()) << 2 | Tag::text, out);
    out += value.text;
  }
}

bool unpack(std::string_view &bytes, boost::json::value &out) {
  std::uint64_t head = 0;
  if (!take_varint(bytes, head)) return false;
  const std::uint64_t rest = head >> 2;
  switch (head & 3) {
    case Tag::natural:
      out = static_cast<std::int64_t>(rest);
      return true;
    case Tag::negative:
      out = -static_cast<std::int64_t>(rest);
      return true;
    case Tag::text:
      if (rest > bytes.size()) return false;
      out = boost::json::string_view(bytes.data(), rest);
      bytes.remove_prefix(rest);
      return true;
    default:
      break;
  }
  std::uint64_t raw = 0;
  switch (rest) {
    case Special::null:
      out = nullptr;
      return true;
    case Special::no:
    case Special::yes:
      out = rest == Special::yes;
      return true;
    case Special::digest:
      out = nullptr;
      return take_fixed(bytes, 8, raw);
    case Special::number:
      if (!take_fixed(bytes, 8, raw)) return false;
      out = std::bit_cast<double>(raw);
      return true;
    default:
      return false;
  }
}

}  // namespace cpi::detection
