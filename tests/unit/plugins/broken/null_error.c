/* FAILED for no reason. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  (void)op;
  step->kind = CPI_STEP_FAILED;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
