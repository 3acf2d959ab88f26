/* Credentials of its own beside the connection's. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  static const cpi_str name = TINY_STR("Authorization");
  tiny_send(op, step);
  op->header.name = name;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
