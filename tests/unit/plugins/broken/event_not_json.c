/* Event data cut short. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_events(op, step);
  op->event.data.size -= 1;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
