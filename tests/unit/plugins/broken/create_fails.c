/* No connector. */
#include "tiny.h"

static cpi_status create(const cpi_host *host, cpi_connector **out) {
  (void)host, (void)out;
  return CPI_ERR_INTERNAL;
}

TINY_PLUGIN(.create = create)
