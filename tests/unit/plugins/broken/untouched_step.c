/* Says it is fine and writes nothing. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  (void)op, (void)step;
  return CPI_OK;
}

TINY_PLUGIN(.next = next)
