/* A plugin that is built with each released header, with today's, and with that of a later minor,
 * where every struct has one more field, `added`. It shows the rule for a newer field: write it in
 * your own structs, read it in the other side's only when its size says that it is there. */
#include <stdlib.h>
#include <string.h>

#include "cpi/plugin.h"

#define LITERAL(text) \
  { (text), sizeof(text) - 1 }

#if defined(CPI_LATER)
#  define SIZE_OF(type, last_of_1_0) CPI_THROUGH(type, added)
#  define READ(pointer, type) (CPI_HAS(pointer, type, added) ? (pointer)->added : 0)
#  define WRITE(target, value) ((target)->added = (value))
#else
#  define SIZE_OF(type, last_of_1_0) CPI_THROUGH(type, last_of_1_0)
#  define READ(pointer, type) ((uint64_t)(pointer)->struct_size * 0)
#  define WRITE(target, value) ((void)(value))
#endif

struct cpi_connector {
  uint64_t added;
};

struct cpi_operation {
  uint64_t added;
  int calls;
  cpi_request request;
  cpi_event event;
  const cpi_event *events[1];
  cpi_batch batch;
  cpi_result result;
  cpi_error error;
};

static cpi_status CPI_CALL create(const cpi_host *host, cpi_connector **out) {
  if (host->struct_size < CPI_THROUGH(cpi_host, version)) return CPI_ERR_ARGUMENT;
  cpi_connector *connector = malloc(sizeof *connector);
  if (connector == NULL) return CPI_ERR_MEMORY;
  connector->added = READ(host, cpi_host);
  *out = connector;
  return CPI_OK;
}

static void CPI_CALL destroy(cpi_connector *connector) {
  free(connector);
}

static cpi_status CPI_CALL begin(cpi_connector *connector, const cpi_begin *args,
                                 cpi_operation **out) {
  if (args->struct_size < CPI_THROUGH(cpi_begin, entropy)) return CPI_ERR_ARGUMENT;
  cpi_operation *op = calloc(1, sizeof *op);
  if (op == NULL) return CPI_ERR_MEMORY;
  op->added = connector->added + READ(args, cpi_begin);
  *out = op;
  return CPI_OK;
}

static cpi_status CPI_CALL next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  if (answer->struct_size < CPI_THROUGH(cpi_answer, detail) ||
      step->struct_size < CPI_THROUGH(cpi_step, error)) {
    return CPI_ERR_ARGUMENT;
  }
  op->added += READ(answer, cpi_answer);
#if defined(CARELESS) /* what a plugin must not do; the test expects to see it fail */
  step->added = op->added;
#elif defined(CPI_LATER)
  if (CPI_HAS(step, cpi_step, added)) step->added = op->added;
#endif
  step->request = NULL;
  step->batch = NULL;
  step->result = NULL;
  step->error = NULL;
  switch (op->calls++) {
    case 0:
      op->request.struct_size = SIZE_OF(cpi_request, max_response_bytes);
      op->request.method = (cpi_str)LITERAL("GET");
      op->request.url = (cpi_str)LITERAL("https://api.notebook.example/");
      WRITE(&op->request, op->added);
      step->kind = CPI_STEP_SEND;
      step->request = &op->request;
      return CPI_OK;
    case 1:
      op->event.struct_size = SIZE_OF(cpi_event, data);
      op->event.key = (cpi_str)LITERAL("1");
      op->event.data = (cpi_str)LITERAL("{}");
      WRITE(&op->event, op->added);
      op->events[0] = &op->event;
      op->batch.struct_size = SIZE_OF(cpi_batch, cursor);
      op->batch.events = op->events;
      op->batch.event_count = 1;
      WRITE(&op->batch, op->added);
      step->kind = CPI_STEP_EVENTS;
      step->batch = &op->batch;
      return CPI_OK;
    default:
      op->result.struct_size = SIZE_OF(cpi_result, cursor);
      WRITE(&op->result, op->added);
      step->kind = CPI_STEP_DONE;
      step->result = &op->result;
      return CPI_OK;
  }
}

static void CPI_CALL end(cpi_operation *op) {
  free(op);
}

static const void *CPI_CALL extension(const cpi_str *id) {
  (void)id;
  return NULL;
}

static const cpi_plugin plugin = {
    .struct_size = SIZE_OF(cpi_plugin, extension),
    .abi_minor = CPI_ABI_MINOR,
    .id = LITERAL("versions"),
    .version = LITERAL("1.0.0"),
    .build = LITERAL("plain C"),
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .next = next,
    .end = end,
    .extension = extension,
#if defined(CPI_LATER)
    .added = 7,
#endif
};

const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void) {
  return &plugin;
}
