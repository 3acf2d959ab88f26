/* A plugin that does what the answers to its requests say, so that a test decides in its own code
 * what each operation comes to. Each operation sends
 *
 *   https://api.sendpulse.com/KIND/ID?mode=M&count=N&cursor=C     KIND: test, action, poll, ...
 *
 * with its input as a header of a GET, or as the body of a POST, which may not be repeated: that is
 * what actions send whose id does not end with "get". The lines of an answer with HTTP 200 are then
 * carried out one after another, and when they are used up the request is sent again:
 *
 *   events C KEY...     these events with this cursor; the data is {"id": NUMBER}
 *   count C N           N events, C-1 to C-N, with this cursor
 *   wait MS
 *   fail CLASS MS TEXT  MS: retry_after_ms
 *   output JSON         the end, with this output
 *   done [C]            the end, with this cursor or with none
 *   more C              the end of a poll that has more
 *
 * Another status, or no answer, is the failure that it stands for. A cursor is a word. */
#define _POSIX_C_SOURCE 200809L /* strtok_r */

#include <stdio.h>

#include "tiny.h"

enum { most_events = 600, longest_key = 32 };

struct puppet {
  cpi_operation tiny; /* first: it is the same pointer */
  char url[512];
  char input[2048];
  char cursor[64];
  char commands[8192];
  char *rest; /* of the commands; null: none */
  int posts;
  char keys[most_events][longest_key];
  char data[most_events][32];
  cpi_event events[most_events];
  const cpi_event *list[most_events];
  cpi_batch batch;
};

static const char *const kinds[] = {"", "test", "action", "poll", "sample", "lookup"};

static const struct {
  const char *name;
  cpi_class number;
  cpi_fault fault;
} classes[] = {{"auth_expired", CPI_CLASS_AUTH_EXPIRED, CPI_FAULT_USER},
               {"needs_reauth", CPI_CLASS_NEEDS_REAUTH, CPI_FAULT_USER},
               {"app_misconfigured", CPI_CLASS_APP_MISCONFIGURED, CPI_FAULT_USER},
               {"not_found", CPI_CLASS_NOT_FOUND, CPI_FAULT_USER},
               {"rate_limited", CPI_CLASS_RATE_LIMITED, CPI_FAULT_VENDOR},
               {"unavailable", CPI_CLASS_UNAVAILABLE, CPI_FAULT_VENDOR},
               {"unknown_outcome", CPI_CLASS_UNKNOWN_OUTCOME, CPI_FAULT_VENDOR},
               {"limitation", CPI_CLASS_LIMITATION, CPI_FAULT_CONNECTOR}};

static cpi_status begin(cpi_connector *connector, const cpi_begin *args, cpi_operation **out) {
  (void)connector;
  struct puppet *op = calloc(1, sizeof *op);
  if (op == NULL) return CPI_ERR_MEMORY;
  op->tiny.kind = args->kind;
  const int id_size = (int)args->id.size;
  snprintf(op->input, sizeof op->input, "%.*s", (int)args->input.size, args->input.data);
  snprintf(op->url, sizeof op->url,
           "https://api.sendpulse.com/%s/%.*s?mode=%d&count=%llu&cursor=%.*s", kinds[args->kind],
           id_size, args->id.data, (int)args->mode, (unsigned long long)args->backfill_count,
           (int)args->cursor.size, (const char *)args->cursor.data);
  op->posts = args->kind == CPI_KIND_ACTION &&
              (id_size < 3 || memcmp(args->id.data + id_size - 3, "get", 3) != 0);
  *out = &op->tiny;
  return CPI_OK;
}

static cpi_status send(struct puppet *op, cpi_step *step) {
  const cpi_header type = {TINY_STR("content-type"), TINY_STR("application/json")};
  const cpi_header input = {TINY_STR("x-input"), {op->input, strlen(op->input)}};
  const cpi_request get = {.struct_size = CPI_THROUGH(cpi_request, max_response_bytes),
                           .flags = CPI_REQUEST_CREDENTIALS | CPI_REQUEST_REPEATABLE,
                           .method = TINY_STR("GET"),
                           .url = {op->url, strlen(op->url)},
                           .headers = &op->tiny.header,
                           .header_count = 1};
  op->tiny.header = op->posts ? type : input;
  op->tiny.request = get;
  if (op->posts) {
    const cpi_str post = TINY_STR("POST");
    op->tiny.request.method = post;
    op->tiny.request.flags = CPI_REQUEST_CREDENTIALS;
    op->tiny.request.body.data = (const uint8_t *)op->input;
    op->tiny.request.body.size = strlen(op->input);
  }
  step->kind = CPI_STEP_SEND;
  step->request = &op->tiny.request;
  return CPI_OK;
}

static cpi_status fail(struct puppet *op, cpi_step *step, const char *name, int status,
                       unsigned long long retry_ms, const char *text) {
  cpi_error error = {.struct_size = CPI_THROUGH(cpi_error, details),
                     .error_class = CPI_CLASS_BAD_RESPONSE,
                     .fault = CPI_FAULT_VENDOR,
                     .http_status = status,
                     .retry_after_ms = retry_ms,
                     .message = {text, strlen(text)}};
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; ++i) {
    if (strcmp(classes[i].name, name) != 0) continue;
    error.error_class = classes[i].number;
    error.fault = classes[i].fault;
  }
  op->tiny.error = error;
  step->kind = CPI_STEP_FAILED;
  step->error = &op->tiny.error;
  return CPI_OK;
}

static cpi_status done(struct puppet *op, cpi_step *step, const char *output, const char *cursor,
                       uint32_t flags) {
  const cpi_result result = {.struct_size = CPI_THROUGH(cpi_result, cursor),
                             .flags = flags,
                             .output = {output, strlen(output)},
                             .cursor = {(const uint8_t *)cursor, strlen(cursor)}};
  op->tiny.result = result;
  step->kind = CPI_STEP_DONE;
  step->result = &op->tiny.result;
  return CPI_OK;
}

static void add_event(struct puppet *op, const char *key) {
  const size_t at = op->batch.event_count;
  if (at == most_events) return;
  const int key_size = snprintf(op->keys[at], longest_key, "%s", key);
  const int data_size = snprintf(op->data[at], sizeof op->data[at], "{\"id\":%zu}", at + 1);
  const cpi_event event = {.struct_size = CPI_THROUGH(cpi_event, data),
                           .key = {op->keys[at], (size_t)key_size},
                           .subject = {op->keys[at], (size_t)key_size},
                           .data = {op->data[at], (size_t)data_size}};
  op->events[at] = event;
  op->list[at] = &op->events[at];
  ++op->batch.event_count;
}

static cpi_status events(struct puppet *op, cpi_step *step, char *words, int counted) {
  const cpi_batch none = {.struct_size = CPI_THROUGH(cpi_batch, cursor), .events = op->list};
  op->batch = none;
  char *place = NULL;
  snprintf(op->cursor, sizeof op->cursor, "%s", strtok_r(words, " ", &place));
  op->batch.cursor.data = (const uint8_t *)op->cursor;
  op->batch.cursor.size = strlen(op->cursor);
  for (const char *word = strtok_r(NULL, " ", &place); word != NULL;
       word = strtok_r(NULL, " ", &place)) {
    if (!counted) {
      add_event(op, word);
      continue;
    }
    for (int i = 1, last = atoi(word); i <= last; ++i) {
      char key[longest_key];
      snprintf(key, sizeof key, "%.20s-%d", op->cursor, i);
      add_event(op, key);
    }
  }
  step->kind = CPI_STEP_EVENTS;
  step->batch = &op->batch;
  return CPI_OK;
}

static cpi_status carry_out(struct puppet *op, cpi_step *step) {
  if (op->rest == NULL || *op->rest == '\0') return send(op, step);
  char *line = op->rest;
  char *end = strchr(line, '\n');
  op->rest = end == NULL ? NULL : end + 1;
  if (end != NULL) *end = '\0';
  char *words = strchr(line, ' ');
  if (words != NULL) *words++ = '\0';
  if (words == NULL) words = line + strlen(line);

  if (strcmp(line, "events") == 0) return events(op, step, words, 0);
  if (strcmp(line, "count") == 0) return events(op, step, words, 1);
  if (strcmp(line, "output") == 0) return done(op, step, words, "", 0);
  if (strcmp(line, "more") == 0)
    return done(op, step, "", words, CPI_RESULT_CURSOR | CPI_RESULT_MORE);
  if (strcmp(line, "done") == 0)
    return done(op, step, "", words, *words == '\0' ? 0 : CPI_RESULT_CURSOR);
  if (strcmp(line, "wait") == 0) {
    step->kind = CPI_STEP_WAIT;
    step->wait_ms = strtoull(words, NULL, 10);
    return CPI_OK;
  }
  if (strcmp(line, "fail") == 0) {
    char *place = NULL;
    const char *name = strtok_r(words, " ", &place);
    const char *retry = strtok_r(NULL, " ", &place);
    return fail(op, step, name, 0, strtoull(retry, NULL, 10), place);
  }
  return CPI_ERR_INTERNAL;
}

static cpi_status next(cpi_operation *operation, const cpi_answer *answer, cpi_step *step) {
  struct puppet *op = (struct puppet *)operation;
  const int unclear = op->posts && (answer->flags & CPI_ANSWER_MAYBE_SENT) != 0;
  switch (answer->kind) {
    case CPI_ANSWER_START:
      return send(op, step);
    case CPI_ANSWER_NO_RESPONSE:
      if (answer->transport == CPI_TRANSPORT_NO_CREDENTIALS)
        return fail(op, step, "needs_reauth", 0, 0, "No credentials.");
      return fail(op, step, unclear ? "unknown_outcome" : "unavailable", 0, 0, "No answer.");
    case CPI_ANSWER_RESPONSE:
      if (answer->http_status == 401)
        return fail(op, step, "auth_expired", 401, 0, "The key is refused.");
      if (answer->http_status != 200)
        return fail(op, step, op->posts ? "unknown_outcome" : "unavailable", answer->http_status, 0,
                    "Out of order.");
      snprintf(op->commands, sizeof op->commands, "%.*s", (int)answer->body.size,
               (const char *)answer->body.data);
      op->rest = op->commands;
      return carry_out(op, step);
    case CPI_ANSWER_TIMER:
    case CPI_ANSWER_STORED:
      return carry_out(op, step);
    default:
      return CPI_ERR_STATE;
  }
}

TINY_PLUGIN(.begin = begin, .next = next, .id = TINY_STR("puppet"), .build = TINY_STR("puppet"))
