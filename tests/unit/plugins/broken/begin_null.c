/* An operation that is not there, said to be fine. */
#include "tiny.h"

static cpi_status begin(cpi_connector *connector, const cpi_begin *args, cpi_operation **out) {
  (void)connector, (void)args, (void)out;
  return CPI_OK;
}

TINY_PLUGIN(.begin = begin)
