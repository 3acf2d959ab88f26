/* Does not come back from `create`. */
#include <stdatomic.h>
#include <threads.h>

#include "tiny.h"

static atomic_int released; /* by nobody */

static cpi_status create(const cpi_host *host, cpi_connector **out) {
  const struct timespec moment = {.tv_sec = 1};
  (void)host;
  *out = NULL;
  while (!atomic_load(&released)) thrd_sleep(&moment, NULL);
  return CPI_ERR_INTERNAL;
}

TINY_PLUGIN(.create = create)
