// The named conversions of request templates: `{$from: /body, $encode: base64}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace cpi {

struct Encoder {
  std::string_view name;
  // A value that it cannot take throws std::invalid_argument with a phrase that fits after the
  // field's name, e.g. "must be text". [any]
  boost::json::value (*encode)(const boost::json::value &) = nullptr;
  // Of a time it writes the wall clock and drops the offset: where that offset was not UTC or the
  // account's own, the service reads another moment.
  bool drops_offset = false;
};

// base64, comma, json, text, number, date, datetime, datetime_minute, unix (seconds; without a zone
// UTC is meant), utc_minute (likewise, as 2025-03-01 09:00), name_value, by_name (the way back: a
// list of {name, value} becomes an object), lower, bool01; null when unknown. [any]
const Encoder *find_encoder(std::string_view name) noexcept;
std::vector<std::string_view> encoder_names();

// Everything but RFC 3986 unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);

}  // namespace cpi
