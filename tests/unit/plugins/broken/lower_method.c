/* A method in lower case. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  static const cpi_str method = TINY_STR("get");
  tiny_send(op, step);
  op->request.method = method;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
