// What kind of failure an operation ended with, and whose fault it is: the ABI's numbers, the names
// people and logs see, and one class more that only a host can have.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cpi/plugin.h"

namespace host {

enum class ErrorClass : std::int32_t {
  host_fault =
      -1,  // the host's own failure: its disk is full, its database is gone; not in the ABI
  plugin_fault = CPI_CLASS_PLUGIN_FAULT,
  invalid_input = CPI_CLASS_INVALID_INPUT,
  auth_expired = CPI_CLASS_AUTH_EXPIRED,
  needs_reauth = CPI_CLASS_NEEDS_REAUTH,
  app_misconfigured = CPI_CLASS_APP_MISCONFIGURED,
  forbidden = CPI_CLASS_FORBIDDEN,
  not_found = CPI_CLASS_NOT_FOUND,
  conflict = CPI_CLASS_CONFLICT,
  rate_limited = CPI_CLASS_RATE_LIMITED,
  quota = CPI_CLASS_QUOTA,
  too_large = CPI_CLASS_TOO_LARGE,
  unavailable = CPI_CLASS_UNAVAILABLE,
  timeout = CPI_CLASS_TIMEOUT,
  unknown_outcome = CPI_CLASS_UNKNOWN_OUTCOME,
  bad_response = CPI_CLASS_BAD_RESPONSE,
  limitation = CPI_CLASS_LIMITATION,
};

enum class Fault : std::int32_t {
  user = CPI_FAULT_USER,
  vendor = CPI_FAULT_VENDOR,
  connector = CPI_FAULT_CONNECTOR,
  host = CPI_FAULT_HOST,
};

// A class newer than this host is treated as plugin_fault, as plugin.h says; a fault out of range
// as the connector's.
ErrorClass error_class_of(cpi_class number) noexcept;
Fault fault_of(cpi_fault number) noexcept;

// snake_case, as in the manifest's `errors` and in everything the host prints.
std::string_view name(ErrorClass error_class) noexcept;
std::string_view name(Fault fault) noexcept;
std::optional<ErrorClass> error_class_named(std::string_view name) noexcept;

}  // namespace host
