/* Waits for ever in small portions. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  (void)op;
  step->kind = CPI_STEP_WAIT;
  step->wait_ms = 50u * 60 * 1000;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
