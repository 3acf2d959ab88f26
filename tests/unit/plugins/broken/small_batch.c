/* A batch that ends before its cursor. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_events(op, step);
  op->batch.struct_size = CPI_THROUGH(cpi_batch, event_count);
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
