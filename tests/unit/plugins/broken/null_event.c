/* A null pointer among the events. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_events(op, step);
  op->events[0] = NULL;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
