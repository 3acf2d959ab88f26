/* Waits for ever at once. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  (void)op;
  step->kind = CPI_STEP_WAIT;
  step->wait_ms = UINT64_MAX;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
