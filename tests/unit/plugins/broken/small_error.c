/* An error that ends before its texts. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_failed(op, answer, step);
  op->error.struct_size = CPI_THROUGH(cpi_error, retry_after_ms);
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
