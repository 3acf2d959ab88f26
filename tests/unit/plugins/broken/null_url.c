/* A URL of ten bytes at a null pointer. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_send(op, step);
  op->request.url.data = NULL;
  op->request.url.size = 10;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
