// The class of a failed operation and the party at fault: the ABI's numbers, the names in logs and
// output, and one additional class that only a host uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cpi/language/error_class.hpp"

namespace host {

enum class ErrorClass : std::int32_t {
  host_fault = -1,  // a failure of the host: disk full, database missing; not in the ABI
#define CPI_ERROR_CLASS(name, number) name = number,
#include "cpi/language/error_classes.inc"
};

using Fault = cpi::Fault;

// A class newer than this host becomes plugin_fault, as plugin.h requires; an unknown fault becomes
// the connector's.
ErrorClass error_class_of(cpi_class number) noexcept;
Fault fault_of(cpi_fault number) noexcept;

// snake_case, as in the manifest's `errors` and in all output of the host.
std::string_view name(ErrorClass error_class) noexcept;
std::string_view name(Fault fault) noexcept;
std::optional<ErrorClass> error_class_named(std::string_view name) noexcept;

}  // namespace host
