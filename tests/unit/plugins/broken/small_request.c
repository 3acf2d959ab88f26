/* A request that ends before its body. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  tiny_send(op, step);
  op->request.struct_size = CPI_THROUGH(cpi_request, header_count);
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
