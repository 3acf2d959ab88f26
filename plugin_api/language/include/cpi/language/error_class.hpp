// The class of a failed operation and the party at fault, as the ABI numbers them.
#pragma once

#include "cpi/plugin.h"

namespace cpi {

enum class ErrorClass : cpi_class {
#define CPI_ERROR_CLASS(name, number) name = number,
#include "cpi/language/error_classes.inc"
};

enum class Fault : cpi_fault {
  user = CPI_FAULT_USER,
  vendor = CPI_FAULT_VENDOR,
  connector = CPI_FAULT_CONNECTOR,
  host = CPI_FAULT_HOST,
};

}  // namespace cpi
