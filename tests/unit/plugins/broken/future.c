/* A release from the future: every struct has grown, and unknown flags and classes are set. A host
 * of today must get along with it. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  const cpi_status status = tiny_next(op, answer, step);
  op->request.struct_size += 64;
  op->request.flags |= 1u << 30;
  op->event.struct_size += 64;
  op->batch.struct_size += 64;
  op->result.struct_size += 64;
  op->result.flags |= 1u << 30;
  op->error.struct_size += 64;
  op->error.error_class = 4711;
  op->error.fault = 4711;
  return status;
}

TINY_PLUGIN(.struct_size = CPI_THROUGH(cpi_plugin, extension) + 64, .abi_minor = CPI_ABI_MINOR + 7,
            .next = next)
