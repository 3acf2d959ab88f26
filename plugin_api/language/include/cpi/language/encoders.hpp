// The named conversions of request templates: `{$from: /body, $encode: base64}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace cpi {

struct Encoder {
  std::string_view name;
  // Throws std::invalid_argument for a value that it cannot convert, with a phrase that follows the
  // field's name, such as "must be text". [any]
  boost::json::value (*encode)(const boost::json::value &) = nullptr;
  // It writes the local time without the offset: unless that offset was the account's own or UTC,
  // the service reads another moment.
  bool drops_offset = false;
};

// base64, comma, json, text, number, date, datetime, datetime_minute, unix (seconds; a time without
// a zone is UTC), utc_minute (likewise, as 2025-03-01 09:00), name_value, by_name (the reverse: a
// list of {name, value} becomes an object), lower, bool01, digits (of a phone number or of each in
// a list: +380 (50) 123-45-67 becomes "380501234567"), unique (a list without what it has already).
// Null if the name is unknown. [any]
const Encoder *find_encoder(std::string_view name) noexcept;
std::vector<std::string_view> encoder_names();

// Every character that is not unreserved (RFC 3986, section 2.3) becomes %XX.
std::string percent_encode(std::string_view text);

}  // namespace cpi
