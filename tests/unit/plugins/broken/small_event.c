/* An event that ends before its data. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_events(op, step);
  op->event.struct_size = CPI_THROUGH(cpi_event, subject);
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
