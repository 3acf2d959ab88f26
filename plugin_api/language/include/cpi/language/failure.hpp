// The failure of an operation: thrown anywhere inside it, and converted to a FAILED step at the C
// ABI.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "cpi/json/schema.hpp"
#include "cpi/language/error_class.hpp"

namespace cpi {

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
