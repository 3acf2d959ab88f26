#include "equality.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/json/serialize.hpp>

namespace cpi {

namespace json = boost::json;

namespace {

std::uint64_t magnitude_of(const json::value &whole) {
  if (whole.is_uint64()) return whole.get_uint64();
  const auto number = whole.get_int64();
  return number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
}

void write_canonical(const json::value &value, std::string &out) {
  if (value.is_double() && is_whole_number(value) && std::abs(value.get_double()) < 0x1p64) {
    const double number = value.get_double();
    if (number < 0 && number >= -0x1p63) {
      out += std::to_string(static_cast<std::int64_t>(number));
    } else if (number >= 0) {
      out += std::to_string(static_cast<std::uint64_t>(number));
    } else {
      out += json::serialize(value);
    }
  } else if (const auto *list = value.if_array()) {
    out.push_back('[');
    for (const auto &each : *list) {
      write_canonical(each, out);
      out.push_back(',');
    }
    out.push_back(']');
  } else if (const auto *object = value.if_object()) {
    std::vector<const json::key_value_pair *> members;
    members.reserve(object->size());
    for (const auto &member : *object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto *a, const auto *b) { return a->key() < b->key(); });
    out.push_back('{');
    for (const auto *member : members) {
      out += json::serialize(member->key());
      out.push_back(':');
      write_canonical(member->value(), out);
      out.push_back(',');
    }
    out.push_back('}');
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

int compare_numbers(const json::value &a, const json::value &b) {
  const auto order = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (a.is_double() || b.is_double()) {
    // long double holds every 64-bit integer.
    const auto wide = [](const json::value &v) -> long double {
      if (v.is_int64()) return static_cast<long double>(v.get_int64());
      if (v.is_uint64()) return static_cast<long double>(v.get_uint64());
      return v.get_double();
    };
    return order(wide(a), wide(b));
  }
  if (a.is_int64() && b.is_int64()) return order(a.get_int64(), b.get_int64());
  if (a.is_uint64() && b.is_uint64()) return order(a.get_uint64(), b.get_uint64());
  if (a.is_int64()) {
    return a.get_int64() < 0 ? -1
                             : order(static_cast<std::uint64_t>(a.get_int64()), b.get_uint64());
  }
  return b.get_int64() < 0 ? 1 : order(a.get_uint64(), static_cast<std::uint64_t>(b.get_int64()));
}

bool same_json(const json::value &a, const json::value &b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  if (const auto *list = a.if_array()) {
    const auto &other = b.get_array();
    return std::equal(list->begin(), list->end(), other.begin(), other.end(), same_json);
  }
  if (const auto *object = a.if_object()) {
    const auto &other = b.get_object();
    if (object->size() != other.size()) return false;
    return std::all_of(object->begin(), object->end(), [&](const auto &member) {
      const auto *found = other.if_contains(member.key());
      return found != nullptr && same_json(member.value(), *found);
    });
  }
  return a == b;
}

std::string canonical_json(const json::value &value) {
  std::string out;
  write_canonical(value, out);
  return out;
}

bool is_whole_number(const json::value &value) {
  if (value.is_int64() || value.is_uint64()) return true;
  return value.is_double() && std::isfinite(value.get_double()) &&
         std::trunc(value.get_double()) == value.get_double();
}

bool is_multiple_of(const json::value &value, const json::value &step) {
  if (!value.is_double() && !step.is_double()) {
    return magnitude_of(value) % magnitude_of(step) == 0;
  }
  const auto number = value.to_number<double>();
  const auto unit = step.to_number<double>();
  const double quotient = number / unit;
  if (!std::isfinite(quotient)) return std::fmod(number, unit) == 0;
  // 0.3 is a multiple of 0.1 for a person, though not for a binary fraction.
  return std::abs(quotient - std::round(quotient)) <= 1e-9 * std::max(1.0, std::abs(quotient));
}

}  // namespace cpi
