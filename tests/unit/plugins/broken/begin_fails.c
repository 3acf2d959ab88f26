/* Knows no operation. */
#include "tiny.h"

static cpi_status begin(cpi_connector *connector, const cpi_begin *args, cpi_operation **out) {
  (void)connector, (void)args, (void)out;
  return CPI_ERR_UNKNOWN;
}

TINY_PLUGIN(.begin = begin)
