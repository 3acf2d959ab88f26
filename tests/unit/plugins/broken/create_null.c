/* A connector that is not there, said to be fine. */
#include "tiny.h"

static cpi_status create(const cpi_host *host, cpi_connector **out) {
  (void)host, (void)out;
  return CPI_OK;
}

TINY_PLUGIN(.create = create)
