#include "plugins/error_class.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace host {
namespace {

struct ClassName {
  ErrorClass error_class;
  std::string_view name;
};

constexpr std::array class_names{
    ClassName{ErrorClass::host_fault, "host_fault"},
#define CPI_ERROR_CLASS(name, number) ClassName{ErrorClass::name, #name},
#include "cpi/language/error_classes.inc"
};

}  // namespace

ErrorClass error_class_of(cpi_class number) noexcept {
  const bool known = number >= CPI_CLASS_PLUGIN_FAULT && number <= CPI_CLASS_LIMITATION;
  return known ? static_cast<ErrorClass>(number) : ErrorClass::plugin_fault;
}

Fault fault_of(cpi_fault number) noexcept {
  const bool known = number >= CPI_FAULT_USER && number <= CPI_FAULT_HOST;
  return known ? static_cast<Fault>(number) : Fault::connector;
}

std::string_view name(ErrorClass error_class) noexcept {
  const auto *found = std::ranges::find(class_names, error_class, &ClassName::error_class);
  return found == class_names.end() ? name(ErrorClass::plugin_fault) : found->name;
}

std::string_view name(Fault fault) noexcept {
  switch (fault) {
    case Fault::user:
      return "user";
    case Fault::vendor:
      return "vendor";
    case Fault::connector:
      return "connector";
    case Fault::host:
      return "host";
  }
  return "connector";
}

std::optional<ErrorClass> error_class_named(std::string_view name) noexcept {
  const auto *found = std::ranges::find(class_names, name, &ClassName::name);
  if (found == class_names.end()) return std::nullopt;
  return found->error_class;
}

}  // namespace host
