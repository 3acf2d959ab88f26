/* A step of the future. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  (void)op;
  step->kind = 99;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
