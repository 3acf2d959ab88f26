/* Answers a status that does not exist. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  (void)answer;
  (void)op, (void)step;
  return -77;
}

TINY_PLUGIN(.next = next)
