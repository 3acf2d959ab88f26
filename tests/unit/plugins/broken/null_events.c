/* One event at a null pointer. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_events(op, step);
  op->batch.events = NULL;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
