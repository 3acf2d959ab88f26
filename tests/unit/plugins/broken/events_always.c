/* Events, whatever the operation. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  return tiny_events(op, step);
}

TINY_PLUGIN(.next = next)
