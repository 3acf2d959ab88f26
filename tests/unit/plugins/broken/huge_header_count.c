/* More headers than memory. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_send(op, step);
  op->request.header_count = SIZE_MAX / 2;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
