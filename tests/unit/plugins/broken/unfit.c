/* Outputs, items, choices and events that do not fit the schemas of its manifest. */
#include "tiny.h"

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  static const char data[] = "{\"name\":7}";
  if (op->kind == CPI_KIND_POLL && answer->kind == CPI_ANSWER_START) {
    tiny_events(op, step);
    op->event.data.data = data;
    op->event.data.size = sizeof data - 1;
    return CPI_OK;
  }
  if (op->kind == CPI_KIND_POLL) {
    tiny_done(op, step, "{\"seen\":1}");
    op->result.flags = CPI_RESULT_CURSOR;
    return CPI_OK;
  }
  if (op->kind == CPI_KIND_TEST) return tiny_done(op, step, "{\"name\":\"Unfit\"}");
  if (op->kind == CPI_KIND_ACTION) {
    static const cpi_str notes = TINY_STR("[\"/name was left out.\"]");
    tiny_done(op, step, "{\"id\":\"7\"}");
    op->result.struct_size = CPI_THROUGH(cpi_result, notes);
    op->result.notes = notes;
    return CPI_OK;
  }
  if (op->kind == CPI_KIND_SAMPLE)
    return tiny_done(op, step, "{\"items\":[{\"id\":1},{\"id\":\"2\"}]}");
  return tiny_done(op, step, "{\"items\":[{\"value\":1,\"label\":2}]}");
}

TINY_PLUGIN(.next = next)
