// The class of a failed operation and the party at fault: the ABI's numbers, the names in logs and
// output, and one additional class that only a host uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cpi/plugin.h"

namespace host {

enum class ErrorClass : std::int32_t {
  host_fault = -1,  // a failure of the host: disk full, database missing; not in the ABI
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

// A class newer than this host becomes plugin_fault, as plugin.h requires; an unknown fault becomes
// the connector's.
ErrorClass error_class_of(cpi_class number) noexcept;
Fault fault_of(cpi_fault number) noexcept;

// snake_case, as in the manifest's `errors` and in all output of the host.
std::string_view name(ErrorClass error_class) noexcept;
std::string_view name(Fault fault) noexcept;
std::optional<ErrorClass> error_class_named(std::string_view name) noexcept;

}  // namespace host
