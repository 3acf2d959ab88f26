/* A request in the clear. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  static const cpi_str url = TINY_STR("http://api.tiny.example/");
  tiny_send(op, step);
  op->request.url = url;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
