/* As plugins of 1.0 tell that the service refused the credentials: the operation fails, and the
 * host begins it again. Built with the released header of 1.0. Nothing is wrong with it. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  static const char expired[] = "expired";
  cpi_status status = CPI_OK;
  if (answer->kind == CPI_ANSWER_RESPONSE && answer->body.size == sizeof expired - 1 &&
      memcmp(answer->body.data, expired, sizeof expired - 1) == 0) {
    status = tiny_failed(op, answer, step);
    op->error.error_class = CPI_CLASS_AUTH_EXPIRED;
    op->error.fault = CPI_FAULT_USER;
    return status;
  }
  status = tiny_next(op, answer, step);
  if (answer->kind == CPI_ANSWER_START) {
    const cpi_str url = TINY_STR("https://api.sendpulse.com/things");
    op->request.url = url;
  }
  return status;
}

TINY_PLUGIN(.next = next)
