/* A whole plugin in a page: what the broken ones share, so that each shows one fault and nothing
 * else. An operation answers: SEND, DONE with what the service said; a poll: SEND, WAIT, EVENTS,
 * DONE.
 *
 * A file includes this, writes the function that is broken, and ends with TINY_PLUGIN(.next = ...):
 * members named there replace the good ones. Not an example to copy; that is tests/abi/c_connector.
 */
#ifndef TINY_H
#define TINY_H

#include <stdlib.h>
#include <string.h>

#include "cpi/plugin.h"
#include "tiny_sha256.h"

#define TINY_STR(literal) \
  { literal, sizeof(literal) - 1 }

struct cpi_connector {
  int unused;
};

struct cpi_operation {
  cpi_operation_kind kind;
  unsigned steps;
  cpi_request request;
  cpi_header header;
  cpi_event event;
  const cpi_event *events[1];
  cpi_batch batch;
  cpi_result result;
  cpi_error error;
  char body[256];
};

static cpi_status tiny_create(const cpi_host *host, cpi_connector **out) {
  static cpi_connector connector;
  (void)host;
  *out = &connector;
  return CPI_OK;
}

static void tiny_destroy(cpi_connector *connector) {
  (void)connector;
}

static cpi_status tiny_begin(cpi_connector *connector, const cpi_begin *args, cpi_operation **out) {
  (void)connector;
  cpi_operation *operation = calloc(1, sizeof *operation);
  if (operation == NULL) return CPI_ERR_MEMORY;
  operation->kind = args->kind;
  *out = operation;
  return CPI_OK;
}

static void tiny_end(cpi_operation *operation) {
  free(operation);
}

static cpi_status tiny_send(cpi_operation *op, cpi_step *step) {
  const cpi_header header = {TINY_STR("accept"), TINY_STR("application/json")};
  const cpi_request request = {.struct_size = CPI_THROUGH(cpi_request, max_response_bytes),
                               .flags = CPI_REQUEST_CREDENTIALS | CPI_REQUEST_REPEATABLE,
                               .method = TINY_STR("GET"),
                               .url = TINY_STR("https://api.tiny.example/things?token=abc&limit=5"),
                               .headers = &op->header,
                               .header_count = 1,
                               .timeout_ms = 2500};
  op->header = header;
  op->request = request;
  step->kind = CPI_STEP_SEND;
  step->request = &op->request;
  return CPI_OK;
}

static cpi_status tiny_events(cpi_operation *op, cpi_step *step) {
  const cpi_event event = {.struct_size = CPI_THROUGH(cpi_event, data),
                           .key = TINY_STR("7"),
                           .subject = TINY_STR("thing/7"),
                           .data = TINY_STR("{\"id\":7}")};
  const cpi_batch batch = {.struct_size = CPI_THROUGH(cpi_batch, cursor),
                           .events = op->events,
                           .event_count = 1,
                           .cursor = {(const uint8_t *)"c7", 2}};
  op->event = event;
  op->events[0] = &op->event;
  op->batch = batch;
  step->kind = CPI_STEP_EVENTS;
  step->batch = &op->batch;
  return CPI_OK;
}

static cpi_status tiny_done(cpi_operation *op, cpi_step *step, const char *output) {
  const cpi_result result = {.struct_size = CPI_THROUGH(cpi_result, cursor),
                             .output = {output, strlen(output)}};
  op->result = result;
  if (op->kind == CPI_KIND_POLL) {
    op->result.flags = CPI_RESULT_CURSOR | CPI_RESULT_MORE;
    op->result.cursor.data = (const uint8_t *)"c8";
    op->result.cursor.size = 2;
  }
  step->kind = CPI_STEP_DONE;
  step->result = &op->result;
  return CPI_OK;
}

static cpi_status tiny_failed(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  const cpi_error error = {.struct_size = CPI_THROUGH(cpi_error, details),
                           .error_class = CPI_CLASS_UNAVAILABLE,
                           .fault = CPI_FAULT_VENDOR,
                           .http_status = answer->http_status,
                           .vendor_code = (int64_t)answer->transport * 10 + (int64_t)answer->flags,
                           .retry_after_ms = 1500,
                           .message = TINY_STR("Tiny is away."),
                           .advice = TINY_STR("Wait."),
                           .details = TINY_STR("{\"tried\":1}")};
  op->error = error;
  step->kind = CPI_STEP_FAILED;
  step->error = &op->error;
  return CPI_OK;
}

static cpi_status tiny_next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  switch (answer->kind) {
    case CPI_ANSWER_START:
      return tiny_send(op, step);
    case CPI_ANSWER_NO_RESPONSE:
      return tiny_failed(op, answer, step);
    case CPI_ANSWER_RESPONSE:
      if (answer->http_status != 200) return tiny_failed(op, answer, step);
      if (op->kind != CPI_KIND_POLL) {
        if (answer->body.size >= sizeof op->body) return CPI_ERR_INTERNAL;
        memcpy(op->body, answer->body.data, answer->body.size);
        return tiny_done(op, step, op->body);
      }
      step->kind = CPI_STEP_WAIT;
      step->wait_ms = 20;
      return CPI_OK;
    case CPI_ANSWER_TIMER:
      return tiny_events(op, step);
    case CPI_ANSWER_STORED:
      return tiny_done(op, step, "{\"seen\":1}");
    default:
      return CPI_ERR_STATE;
  }
}

static const void *tiny_extension(const cpi_str *id) {
  (void)id;
  return NULL;
}

/* Functions that a file does not use are no mistake here. */
static inline void tiny_use(void) {
  (void)tiny_create, (void)tiny_destroy, (void)tiny_begin, (void)tiny_next, (void)tiny_end;
  (void)tiny_extension;
}

#define TINY_PLUGIN(...)                                                                   \
  static const cpi_plugin tiny_table = {.struct_size = CPI_THROUGH(cpi_plugin, extension), \
                                        .abi_minor = CPI_ABI_MINOR,                        \
                                        .id = TINY_STR("tiny"),                            \
                                        .version = TINY_STR("1.2.3"),                      \
                                        .build = TINY_STR("tiny"),                         \
                                        .manifest_sha256 = TINY_SHA256,                    \
                                        .create = tiny_create,                             \
                                        .destroy = tiny_destroy,                           \
                                        .begin = tiny_begin,                               \
                                        .next = tiny_next,                                 \
                                        .end = tiny_end,                                   \
                                        .extension = tiny_extension,                       \
                                        __VA_ARGS__};                                      \
  const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void) {                                   \
    return &tiny_table;                                                                    \
  }

#endif
