// The `format` names of JSON Schema. They are validated, not treated as annotations.
#pragma once

#include <string_view>

namespace cpi {

struct Format {
  std::string_view name;
  bool (*fits)(std::string_view text);
  std::string_view example_phrase;  // after "must be ", for a person
};

// email, date-time, date-time-local, date, time, uri, hostname, ipv4, ipv6, uuid; null if unknown.
// [any]
const Format *find_format(std::string_view name) noexcept;

}  // namespace cpi
