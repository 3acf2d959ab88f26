/* An error that says nothing. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_failed(op, answer, step);
  op->error.message.size = 0;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
