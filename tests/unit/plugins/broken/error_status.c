/* Breaks in the middle. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  (void)op, (void)step;
  return CPI_ERR_INTERNAL;
}

TINY_PLUGIN(.next = next)
