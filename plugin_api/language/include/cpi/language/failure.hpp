// The failure of an operation: thrown anywhere inside it, and converted to a FAILED step at the C
// ABI.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "cpi/json/schema.hpp"
#include "cpi/plugin.h"

namespace cpi {

enum class ErrorClass : cpi_class {
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

enum class Fault : cpi_fault {
  user = CPI_FAULT_USER,
  vendor = CPI_FAULT_VENDOR,
  connector = CPI_FAULT_CONNECTOR,
  host = CPI_FAULT_HOST,
};

class Failure : public std::exception {
 public:
  Failure(ErrorClass of_class, Fault of, std::string sentence, std::string what_to_do = {})
      : error_class(of_class),
        fault(of),
        message(std::move(sentence)),
        advice(std::move(what_to_do)) {}

  const char *what() const noexcept override { return message.c_str(); }

  ErrorClass error_class;
  Fault fault;
  int http_status = 0;
  std::int64_t vendor_code = 0;
  std::uint64_t retry_after_ms = 0;
  std::string message;  // one sentence for the user; never a secret
  std::string advice;
  std::string details;  // JSON, or empty
};

// The Failure invalid_input that lists the violations, at least one. [any]
Failure input_failure(const Violations &violations);

}  // namespace cpi
