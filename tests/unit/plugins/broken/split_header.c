/* A header that smuggles another one. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  static const cpi_str value = TINY_STR("a\r\nx-evil: 1");
  tiny_send(op, step);
  op->header.value = value;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
