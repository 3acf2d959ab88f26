/* c_connector.c: a whole connector plugin in plain C, without the SDK. Copy it to start your own.
 *
 * Its service is a notebook: https://api.notebook.example has /me, /echo, /notebooks and /notes.
 * It shows one of everything: a connection test, an action, a lookup, and a trigger that polls a
 * list and remembers the ids it has seen. Every operation here asks one question, so its life is
 *
 *   BEGUN --START--> ASKED --RESPONSE--> (STORING --STORED-->)* OVER
 *
 * and where the key has expired, ASKED once more.
 *
 * The steps point into the operation, which is why everything a step shows lives in that struct.
 * There is no other state: no global, no cache, nothing to initialise, nothing to lock. */
#include <stdlib.h>
#include <string.h>

#include "cpi/plugin.h"
#include "id_set.h"
#include "json_scan.h"
#include "manifest_sha256.h"
#include "text.h"

#define BASE_URL "https://api.notebook.example"
#define LITERAL(text) \
  { (text), sizeof(text) - 1 }

enum {
  ECHO_CHARACTERS_MAX = 200,
  EVENTS_PER_BATCH = 100,
  SAMPLE_ROWS = 5,
  RESPONSE_BYTES_MAX = 4 << 20
};

struct cpi_connector {
  uint32_t host_minor; /* what is newer than it, a host does not know */
};

typedef struct note {
  uint64_t id;
  cpi_str row; /* in operation.body */
  bool passed; /* the cursor has passed it */
} note;

typedef struct note_event {
  cpi_event event;
  char subject[32]; /* "note/<id>"; the key is the end of it */
} note_event;

typedef struct route route;

typedef enum state { BEGUN, ASKED, STORING, OVER } state;

struct cpi_operation {
  const route *route;
  state state;
  bool may_renew; /* the host can renew the key, and was not asked yet */
  cpi_poll_mode mode;
  uint32_t max_events;
  uint64_t backfill_count;
  text input;
  text cursor; /* as last stored by the host */

  text url;
  text body; /* of the answer, copied: it is only lent to us */
  text output;
  text problems;

  note *notes; /* by rising id */
  size_t note_count;
  size_t note_capacity;
  id_set seen; /* by earlier polls */
  note_event *events;
  const cpi_event **event_list;
  text new_cursor;

  cpi_request request; /* what the last step shows */
  cpi_batch batch;
  cpi_result result;
  cpi_error error;
};

/* What an operation does: `ask` writes the URL, `understand` makes the next step of the answer.
 * Both return the step; the status says only whether memory lasted. */
struct route {
  cpi_operation_kind kind;
  cpi_str id;
  cpi_status (*ask)(cpi_operation *op, cpi_step *step);
  cpi_status (*understand)(cpi_operation *op, cpi_step *step);
};

/* ---- Steps ----------------------------------------------------------------------------------- */

static cpi_status failed_with(cpi_operation *op, cpi_step *step, const cpi_error *error) {
  op->error = *error;
  op->error.struct_size = CPI_THROUGH(cpi_error, details);
  op->state = OVER;
  step->kind = CPI_STEP_FAILED;
  step->error = &op->error;
  return CPI_OK;
}

static cpi_status done(cpi_operation *op, cpi_step *step) {
  if (op->output.failed) return CPI_ERR_MEMORY;
  op->result.struct_size = CPI_THROUGH(cpi_result, cursor);
  op->result.output = text_str(&op->output);
  op->state = OVER;
  step->kind = CPI_STEP_DONE;
  step->result = &op->result;
  return CPI_OK;
}

static cpi_status send_request(cpi_operation *op, cpi_step *step) {
  if (op->url.failed) return CPI_ERR_MEMORY;
  op->request = (cpi_request){
      .struct_size = CPI_THROUGH(cpi_request, max_response_bytes),
      .flags = CPI_REQUEST_REPEATABLE | CPI_REQUEST_CREDENTIALS | CPI_REQUEST_SHAREABLE,
      .method = LITERAL("GET"),
      .url = text_str(&op->url),
      .max_response_bytes = RESPONSE_BYTES_MAX,
  };
  op->state = ASKED;
  step->kind = CPI_STEP_SEND;
  step->request = &op->request;
  return CPI_OK;
}

static cpi_status unintelligible(cpi_operation *op, cpi_step *step, const char *what) {
  return failed_with(op, step,
                     &(cpi_error){.error_class = CPI_CLASS_BAD_RESPONSE,
                                  .fault = CPI_FAULT_VENDOR,
                                  .http_status = 200,
                                  .message = {what, strlen(what)}});
}

static cpi_status bad_host(cpi_operation *op, cpi_step *step, const char *what) {
  return failed_with(op, step,
                     &(cpi_error){.error_class = CPI_CLASS_INVALID_INPUT,
                                  .fault = CPI_FAULT_HOST,
                                  .message = {what, strlen(what)}});
}

/* ---- Input: every problem at once, each with its JSON Pointer -------------------------------- */

static void add_problem(cpi_operation *op, cpi_str field, const char *message) {
  text *out = &op->problems;
  text_add_literal(out, out->size == 0 ? "[{\"pointer\":\"" : ",{\"pointer\":\"");
  if (field.size > 0) text_add_literal(out, "/");
  text_add(out, field);
  text_add_literal(out, "\",\"message\":\"");
  text_add_literal(out, message);
  text_add_literal(out, "\"}");
}

static void add_problem_at(cpi_operation *op, const char *field, const char *message) {
  add_problem(op, (cpi_str){field, strlen(field)}, message);
}

/* Inputs are closed: a field that is not `known` is most likely a slip of the pen. */
static void refuse_other_fields(cpi_operation *op, cpi_str object, const char *known) {
  size_t position = 0;
  cpi_str name;
  cpi_str value;
  while (json_each(object, &position, &name, &value)) {
    if (json_text_is(name, known)) continue;
    cpi_str field = {name.data + 1, name.size - 2};
    /* A name that needs escaping in a pointer is not worth the code: point at its parent. */
    for (size_t i = 0; i < field.size; ++i) {
      if (strchr("\\~/", field.data[i]) != NULL) field.size = 0;
    }
    add_problem(op, field, "is not a field of this operation");
  }
}

static bool read_object(cpi_operation *op, cpi_str source, cpi_str *object) {
  if (json_value(source, object) && json_is_object(*object)) return true;
  add_problem_at(op, "", "must be a JSON object");
  return false;
}

static cpi_status invalid_input(cpi_operation *op, cpi_step *step) {
  if (op->problems.failed) return CPI_ERR_MEMORY;
  text_add_literal(&op->problems, "]");
  if (op->problems.failed) return CPI_ERR_MEMORY;
  return failed_with(op, step,
                     &(cpi_error){.error_class = CPI_CLASS_INVALID_INPUT,
                                  .fault = CPI_FAULT_USER,
                                  .message = LITERAL("The input has problems."),
                                  .advice = LITERAL("Correct the fields that are listed."),
                                  .details = text_str(&op->problems)});
}

/* ---- Answers that are no success ------------------------------------------------------------- */

typedef struct meaning {
  int32_t code; /* an HTTP status, or a cpi_transport */
  cpi_class error_class;
  cpi_fault fault;
  cpi_str message;
  cpi_str advice;
} meaning;

/* Clang-format would put these two tables on five lines a row. */
/* clang-format off */
static const meaning statuses[] = {
    {400, CPI_CLASS_INVALID_INPUT, CPI_FAULT_USER, LITERAL("The notebook refused the input."), LITERAL("Check the fields.")},
    {401, CPI_CLASS_AUTH_EXPIRED, CPI_FAULT_USER, LITERAL("The notebook does not accept the key."), LITERAL("Connect again with a valid key.")},
    {403, CPI_CLASS_FORBIDDEN, CPI_FAULT_USER, LITERAL("The key may not do this."), LITERAL("Use a key with more rights.")},
    {404, CPI_CLASS_NOT_FOUND, CPI_FAULT_USER, LITERAL("The notebook did not find this item."), LITERAL("Choose another one.")},
    {409, CPI_CLASS_CONFLICT, CPI_FAULT_USER, LITERAL("Somebody else changed it meanwhile."), LITERAL("Try again.")},
    {422, CPI_CLASS_INVALID_INPUT, CPI_FAULT_USER, LITERAL("The notebook refused the input."), LITERAL("Check the fields.")},
    {429, CPI_CLASS_RATE_LIMITED, CPI_FAULT_USER, LITERAL("Too many requests."), LITERAL("Wait a little.")},
};

static const meaning failures[] = {
    {CPI_TRANSPORT_TIMEOUT, CPI_CLASS_TIMEOUT, CPI_FAULT_VENDOR, LITERAL("The notebook took too long."), LITERAL("Try again later.")},
    {CPI_TRANSPORT_TOO_LARGE, CPI_CLASS_TOO_LARGE, CPI_FAULT_VENDOR, LITERAL("The answer was too large."), LITERAL("Choose a smaller notebook.")},
    {CPI_TRANSPORT_DENIED, CPI_CLASS_FORBIDDEN, CPI_FAULT_HOST, LITERAL("The host does not allow this request."), LITERAL("Ask who runs the host.")},
    {CPI_TRANSPORT_RATE_LIMITED, CPI_CLASS_RATE_LIMITED, CPI_FAULT_HOST, LITERAL("The request budget is used up."), LITERAL("Wait a little.")},
    {CPI_TRANSPORT_NO_CREDENTIALS, CPI_CLASS_NEEDS_REAUTH, CPI_FAULT_USER, LITERAL("There is no usable key."), LITERAL("Connect again.")},
};
/* clang-format on */

static const meaning unavailable = {0, CPI_CLASS_UNAVAILABLE, CPI_FAULT_VENDOR,
                                    LITERAL("The notebook is not available."),
                                    LITERAL("Try again later.")};
static const meaning unexpected = {0, CPI_CLASS_BAD_RESPONSE, CPI_FAULT_VENDOR,
                                   LITERAL("The notebook answered with an unexpected status."),
                                   LITERAL("Tell the author of this connector.")};

static const meaning *find_meaning(const meaning *table, size_t count, int32_t code,
                                   const meaning *otherwise) {
  for (size_t i = 0; i < count; ++i) {
    if (table[i].code == code) return &table[i];
  }
  return otherwise;
}

/* Retry-After in seconds (RFC 9110, section 10.2.3); its date form is left to the host's own
 * patience. */
static uint64_t retry_after_ms(const cpi_answer *answer) {
  for (size_t i = 0; i < answer->header_count; ++i) {
    const cpi_header *header = &answer->headers[i];
    static const char name[] = "retry-after";
    uint64_t seconds = 0;
    if (header->name.size == sizeof name - 1 &&
        memcmp(header->name.data, name, sizeof name - 1) == 0 && header->value.size > 0 &&
        json_uint64(header->value, &seconds) && seconds < 86400) {
      return seconds * 1000;
    }
  }
  return 0;
}

static cpi_status refused(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  const meaning *m =
      answer->kind == CPI_ANSWER_NO_RESPONSE
          ? find_meaning(failures, sizeof failures / sizeof *failures, answer->transport,
                         &unavailable)
          : find_meaning(statuses, sizeof statuses / sizeof *statuses, answer->http_status,
                         answer->http_status >= 500 ? &unavailable : &unexpected);
  return failed_with(
      op, step,
      &(cpi_error){
          .error_class = m->error_class,
          .fault = m->fault,
          .http_status = answer->kind == CPI_ANSWER_RESPONSE ? answer->http_status : 0,
          .retry_after_ms = answer->kind == CPI_ANSWER_RESPONSE ? retry_after_ms(answer) : 0,
          .message = m->message,
          .advice = m->advice});
}

/* The host knows 401 by itself. The notebook says it in words, too, under any status. */
static bool says_that_the_key_expired(const cpi_answer *answer) {
  cpi_str body = {(const char *)answer->body.data, answer->body.size};
  cpi_str object;
  cpi_str error;
  return answer->kind == CPI_ANSWER_RESPONSE && json_value(body, &object) &&
         json_is_object(object) && json_member(object, "error", &error) && json_is_string(error) &&
         json_text_is(error, "key expired");
}

/* The same request once more, with a new key; an older host has to begin anew. A refused key did
 * nothing, so this would be right for a change as well. */
static cpi_status send_with_another_key(cpi_operation *op, const cpi_answer *answer,
                                        cpi_step *step) {
  if (op->may_renew) {
    op->may_renew = false;
    op->request.flags |= CPI_REQUEST_RENEW_CREDENTIALS;
    step->kind = CPI_STEP_SEND;
    step->request = &op->request;
    return CPI_OK;
  }
  const meaning *m = find_meaning(statuses, sizeof statuses / sizeof *statuses, 401, &unexpected);
  return failed_with(op, step,
                     &(cpi_error){.error_class = m->error_class,
                                  .fault = m->fault,
                                  .http_status = answer->http_status,
                                  .message = m->message,
                                  .advice = m->advice});
}

/* ---- TEST: whose connection is it? ----------------------------------------------------------- */

static cpi_status ask_me(cpi_operation *op, cpi_step *step) {
  text_add_literal(&op->url, BASE_URL "/me");
  return send_request(op, step);
}

static cpi_status understand_me(cpi_operation *op, cpi_step *step) {
  cpi_str me;
  cpi_str name;
  if (!json_value(text_str(&op->body), &me) || !json_is_object(me) ||
      !json_member(me, "name", &name) || !json_is_string(name)) {
    return unintelligible(op, step, "The notebook did not say whose key this is.");
  }
  text_add(&op->output, me);
  return done(op, step);
}

/* ---- ACTION echo.get ------------------------------------------------------------------------- */

static size_t count_characters(cpi_str utf8) {
  size_t count = 0;
  for (size_t i = 0; i < utf8.size; ++i) count += ((unsigned char)utf8.data[i] & 0xC0) != 0x80;
  return count;
}

static cpi_status ask_echo(cpi_operation *op, cpi_step *step) {
  cpi_str input;
  cpi_str field = {NULL, 0};
  if (read_object(op, text_str(&op->input), &input)) {
    refuse_other_fields(op, input, "text");
    if (!json_member(input, "text", &field)) {
      add_problem_at(op, "text", "is required");
    } else if (!json_is_string(field)) {
      add_problem_at(op, "text", "must be a text");
    } else {
      char *decoded = malloc(field.size);
      if (decoded == NULL) return CPI_ERR_MEMORY;
      cpi_str said = {decoded, 0};
      if (!json_text(field, decoded, &said.size)) {
        add_problem_at(op, "text", "has half a surrogate pair");
      } else if (said.size == 0) {
        add_problem_at(op, "text", "must not be empty");
      } else if (count_characters(said) > ECHO_CHARACTERS_MAX) {
        add_problem_at(op, "text", "must have at most 200 characters");
      }
      text_add_literal(&op->url, BASE_URL "/echo?text=");
      text_add_percent_encoded(&op->url, said);
      free(decoded);
    }
  }
  if (op->problems.size > 0 || op->problems.failed) return invalid_input(op, step);
  return send_request(op, step);
}

static cpi_status understand_echo(cpi_operation *op, cpi_step *step) {
  cpi_str answer;
  cpi_str said;
  if (!json_value(text_str(&op->body), &answer) || !json_is_object(answer) ||
      !json_member(answer, "text", &said) || !json_is_string(said)) {
    return unintelligible(op, step, "The echo came back without its text.");
  }
  text_add_literal(&op->output, "{\"text\":");
  text_add(&op->output, said);
  text_add_literal(&op->output, "}");
  return done(op, step);
}

/* ---- LOOKUP notebooks ------------------------------------------------------------------------ */

static cpi_status ask_notebooks(cpi_operation *op, cpi_step *step) {
  cpi_str input; /* {"input": {}, "page": ..., "search": ...}: this list depends on none of it */
  if (!read_object(op, text_str(&op->input), &input)) return invalid_input(op, step);
  text_add_literal(&op->url, BASE_URL "/notebooks");
  return send_request(op, step);
}

static cpi_status understand_notebooks(cpi_operation *op, cpi_step *step) {
  cpi_str list;
  if (!json_value(text_str(&op->body), &list) || !json_is_array(list)) {
    return unintelligible(op, step, "The notebooks came back as something else than a list.");
  }
  text_add_literal(&op->output, "{\"items\":[");
  size_t position = 0;
  cpi_str unused;
  cpi_str row;
  for (bool first = true; json_each(list, &position, &unused, &row); first = false) {
    uint64_t number = 0;
    cpi_str id;
    cpi_str name;
    if (!json_is_object(row) || !json_member(row, "id", &id) || !json_uint64(id, &number) ||
        !json_member(row, "name", &name) || !json_is_string(name)) {
      return unintelligible(op, step, "A notebook came back without its id or name.");
    }
    text_add_literal(&op->output, first ? "{\"value\":" : ",{\"value\":");
    text_add(&op->output, id);
    text_add_literal(&op->output, ",\"label\":");
    text_add(&op->output, name);
    text_add_literal(&op->output, "}");
  }
  text_add_literal(&op->output, "]}");
  return done(op, step);
}

/* ---- POLL and SAMPLE of note.created --------------------------------------------------------- */

/* The C library's qsort takes memory and asks the system how much there is; this does neither. */
static void sink(note *notes, size_t root, size_t count) {
  for (;;) {
    size_t child = 2 * root + 1;
    if (child >= count) return;
    if (child + 1 < count && notes[child].id < notes[child + 1].id) ++child;
    if (notes[child].id <= notes[root].id) return;
    const note lower = notes[root];
    notes[root] = notes[child];
    notes[child] = lower;
    root = child;
  }
}

static void sort_notes(note *notes, size_t count) {
  for (size_t root = count / 2; root > 0; --root) sink(notes, root - 1, count);
  for (size_t last = count; last > 1; --last) {
    const note greatest = notes[0];
    notes[0] = notes[last - 1];
    notes[last - 1] = greatest;
    sink(notes, 0, last - 1);
  }
}

static bool add_note(cpi_operation *op, uint64_t id, cpi_str row) {
  if (op->note_count == op->note_capacity) {
    const size_t capacity = op->note_capacity == 0 ? 64 : op->note_capacity * 2;
    note *notes = realloc(op->notes, capacity * sizeof *notes);
    if (notes == NULL) return false;
    op->notes = notes;
    op->note_capacity = capacity;
  }
  op->notes[op->note_count++] = (note){id, row, false};
  return true;
}

/* Fills op->notes from the body. False with a step or a status that says why. */
static bool read_notes(cpi_operation *op, cpi_step *step, cpi_status *status) {
  cpi_str list;
  if (!json_value(text_str(&op->body), &list) || !json_is_array(list)) {
    *status = unintelligible(op, step, "The notes came back as something else than a list.");
    return false;
  }
  size_t position = 0;
  cpi_str unused;
  cpi_str row;
  while (json_each(list, &position, &unused, &row)) {
    uint64_t id = 0;
    cpi_str field;
    if (!json_is_object(row) || !json_member(row, "id", &field) || !json_uint64(field, &id) ||
        !json_member(row, "text", &field) || !json_is_string(field)) {
      *status = unintelligible(op, step, "A note came back without its id or text.");
      return false;
    }
    if (!add_note(op, id, row)) {
      *status = CPI_ERR_MEMORY;
      return false;
    }
  }
  sort_notes(op->notes, op->note_count);
  size_t kept = 0; /* a row that moved while the service listed can be there twice */
  for (size_t i = 0; i < op->note_count; ++i) {
    if (kept > 0 && op->notes[kept - 1].id == op->notes[i].id) continue;
    op->notes[kept++] = op->notes[i];
  }
  op->note_count = kept;
  return true;
}

static cpi_status ask_notes(cpi_operation *op, cpi_step *step) {
  text_add_literal(&op->url, BASE_URL "/notes");
  cpi_str input;
  cpi_str field;
  if (read_object(op, text_str(&op->input), &input)) {
    refuse_other_fields(op, input, "notebook_id");
    uint64_t id = 0;
    if (json_member(input, "notebook_id", &field)) {
      if (!json_uint64(field, &id) || id == 0) {
        add_problem_at(op, "notebook_id", "must be a whole number above zero");
      }
      text_add_literal(&op->url, "?notebook_id=");
      text_add_number(&op->url, id);
    }
  }
  if (op->problems.size > 0 || op->problems.failed) return invalid_input(op, step);
  return send_request(op, step);
}

static cpi_status ask_poll(cpi_operation *op, cpi_step *step) {
  if (op->mode < CPI_POLL_BASELINE || op->mode > CPI_POLL_BACKFILL) {
    return bad_host(op, step, "The host asked for a poll mode that does not exist.");
  }
  switch (id_set_unpack(text_bytes(&op->cursor), &op->seen)) {
    case ID_SET_NO_MEMORY:
      return CPI_ERR_MEMORY;
    case ID_SET_FOREIGN:
      return bad_host(op, step, "The cursor is damaged, or was written by another connector.");
    case ID_SET_READ:
      break;
  }
  return ask_notes(op, step);
}

/* Decides which notes are passed without an event. A backfill that was interrupted comes with a
 * cursor, which holds what its first run left out: from there it goes on like any other poll. */
static void pass_old_notes(cpi_operation *op) {
  const bool first_backfill = op->mode == CPI_POLL_BACKFILL && op->cursor.size == 0;
  for (size_t i = 0; i < op->note_count; ++i) {
    note *n = &op->notes[i];
    if (op->mode == CPI_POLL_BASELINE) {
      n->passed = true;
    } else if (first_backfill) {
      n->passed = op->note_count - i > op->backfill_count;
    } else {
      n->passed = id_set_has(&op->seen, n->id);
    }
  }
}

/* Notes that are gone from the list are not remembered: the cursor is as long as the list. */
static bool pack_cursor(cpi_operation *op) {
  text_clear(&op->new_cursor);
  text_add(&op->new_cursor, (cpi_str){"\x01", 1});
  uint64_t previous = 0;
  for (size_t i = 0; i < op->note_count; ++i) {
    if (!op->notes[i].passed) continue;
    uint8_t packed[ID_PACKED_MAX];
    const size_t size = id_pack(packed, previous, op->notes[i].id);
    text_add(&op->new_cursor, (cpi_str){(const char *)packed, size});
    previous = op->notes[i].id;
  }
  return !op->new_cursor.failed;
}

static void fill_event(note_event *e, const note *n) {
  char *end = e->subject + sizeof e->subject;
  char *key = end;
  uint64_t rest = n->id;
  do {
    *--key = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  char *subject = key - 5;
  memcpy(subject, "note/", 5);
  e->event = (cpi_event){.struct_size = CPI_THROUGH(cpi_event, data),
                         .key = {key, (size_t)(end - key)},
                         .subject = {subject, (size_t)(end - subject)},
                         .data = n->row};
}

/* The next batch of notes that are not passed, oldest first, or DONE when there is none. */
static cpi_status emit(cpi_operation *op, cpi_step *step) {
  const size_t limit = op->max_events == 0 ? EVENTS_PER_BATCH : op->max_events;
  size_t fresh = 0;
  for (size_t i = 0; i < op->note_count; ++i) fresh += !op->notes[i].passed;
  if (fresh == 0) {
    if (!pack_cursor(op)) return CPI_ERR_MEMORY;
    const bool changed = op->new_cursor.size != op->cursor.size ||
                         memcmp(op->new_cursor.data, op->cursor.data, op->new_cursor.size) != 0;
    if (changed) {
      op->result.flags = CPI_RESULT_CURSOR;
      op->result.cursor = text_bytes(&op->new_cursor);
    }
    text_add_literal(&op->output, "{\"seen\":");
    text_add_number(&op->output, op->note_count);
    text_add_literal(&op->output, ",\"requests\":1}");
    return done(op, step);
  }

  const size_t count = fresh < limit ? fresh : limit;
  free(op->events); /* those of the batch before, which the host has stored */
  free(op->event_list);
  op->events = malloc(count * sizeof *op->events);
  op->event_list = malloc(count * sizeof *op->event_list);
  if (op->events == NULL || op->event_list == NULL) return CPI_ERR_MEMORY;
  size_t used = 0;
  for (size_t i = 0; used < count; ++i) {
    if (op->notes[i].passed) continue;
    op->notes[i].passed = true;
    fill_event(&op->events[used], &op->notes[i]);
    op->event_list[used] = &op->events[used].event;
    ++used;
  }
  if (!pack_cursor(op)) return CPI_ERR_MEMORY;
  op->batch = (cpi_batch){.struct_size = CPI_THROUGH(cpi_batch, cursor),
                          .events = op->event_list,
                          .event_count = count,
                          .cursor = text_bytes(&op->new_cursor)};
  op->state = STORING;
  step->kind = CPI_STEP_EVENTS;
  step->batch = &op->batch;
  return CPI_OK;
}

static cpi_status understand_poll(cpi_operation *op, cpi_step *step) {
  cpi_status status = CPI_OK;
  if (!read_notes(op, step, &status)) return status;
  pass_old_notes(op);
  return emit(op, step);
}

static cpi_status stored(cpi_operation *op, cpi_step *step) {
  const text before = op->cursor;
  op->cursor = op->new_cursor;
  op->new_cursor = before;
  return emit(op, step);
}

static cpi_status understand_sample(cpi_operation *op, cpi_step *step) {
  cpi_status status = CPI_OK;
  if (!read_notes(op, step, &status)) return status;
  text_add_literal(&op->output, "{\"items\":[");
  for (size_t shown = 0; shown < SAMPLE_ROWS && shown < op->note_count; ++shown) {
    if (shown > 0) text_add_literal(&op->output, ",");
    text_add(&op->output, op->notes[op->note_count - 1 - shown].row);
  }
  text_add_literal(&op->output, "]}");
  return done(op, step);
}

/* ---- The table's functions ------------------------------------------------------------------- */

static const route routes[] = {
    {CPI_KIND_TEST, LITERAL(""), ask_me, understand_me},
    {CPI_KIND_ACTION, LITERAL("echo.get"), ask_echo, understand_echo},
    {CPI_KIND_POLL, LITERAL("note.created"), ask_poll, understand_poll},
    {CPI_KIND_SAMPLE, LITERAL("note.created"), ask_notes, understand_sample},
    {CPI_KIND_LOOKUP, LITERAL("notebooks"), ask_notebooks, understand_notebooks},
};

static bool is_readable(const void *data, size_t size) {
  return data != NULL || size == 0;
}

static const route *find_route(cpi_operation_kind kind, cpi_str id) {
  for (size_t i = 0; i < sizeof routes / sizeof *routes; ++i) {
    const route *r = &routes[i];
    if (r->kind == kind && r->id.size == id.size &&
        (id.size == 0 || memcmp(r->id.data, id.data, id.size) == 0)) {
      return r;
    }
  }
  return NULL;
}

static cpi_status CPI_CALL create(const cpi_host *host, cpi_connector **out) {
  if (host == NULL || out == NULL || host->struct_size < CPI_THROUGH(cpi_host, version)) {
    return CPI_ERR_ARGUMENT;
  }
  cpi_connector *connector = malloc(sizeof *connector);
  if (connector == NULL) return CPI_ERR_MEMORY;
  connector->host_minor = host->abi_minor;
  *out = connector;
  return CPI_OK;
}

static void CPI_CALL destroy(cpi_connector *connector) {
  free(connector);
}

static void CPI_CALL end(cpi_operation *op) {
  if (op == NULL) return;
  text_free(&op->input);
  text_free(&op->cursor);
  text_free(&op->url);
  text_free(&op->body);
  text_free(&op->output);
  text_free(&op->problems);
  text_free(&op->new_cursor);
  id_set_free(&op->seen);
  free(op->notes);
  free(op->events);
  free(op->event_list);
  free(op);
}

static cpi_status CPI_CALL begin(cpi_connector *connector, const cpi_begin *args,
                                 cpi_operation **out) {
  if (connector == NULL || args == NULL || out == NULL ||
      args->struct_size < CPI_THROUGH(cpi_begin, entropy) ||
      !is_readable(args->id.data, args->id.size) ||
      !is_readable(args->input.data, args->input.size) ||
      !is_readable(args->cursor.data, args->cursor.size)) {
    return CPI_ERR_ARGUMENT;
  }
  const route *found = find_route(args->kind, args->id);
  if (found == NULL) return CPI_ERR_UNKNOWN;
  cpi_operation *op = calloc(1, sizeof *op);
  if (op == NULL) return CPI_ERR_MEMORY;
  op->route = found;
  op->may_renew = connector->host_minor >= 1;
  op->mode = args->mode;
  op->max_events = args->max_events;
  op->backfill_count = args->backfill_count;
  text_add(&op->input, args->input);
  text_add(&op->cursor, (cpi_str){(const char *)args->cursor.data, args->cursor.size});
  if (op->input.failed || op->cursor.failed) {
    end(op);
    return CPI_ERR_MEMORY;
  }
  *out = op;
  return CPI_OK;
}

static cpi_status understand(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  if (says_that_the_key_expired(answer)) return send_with_another_key(op, answer, step);
  if (answer->kind == CPI_ANSWER_NO_RESPONSE || answer->http_status != 200) {
    return refused(op, answer, step);
  }
  text_add(&op->body, (cpi_str){(const char *)answer->body.data, answer->body.size});
  if (op->body.failed) return CPI_ERR_MEMORY;
  return op->route->understand(op, step);
}

static cpi_status advance(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  switch (op->state) {
    case BEGUN:
      if (answer->kind == CPI_ANSWER_START) return op->route->ask(op, step);
      break;
    case ASKED:
      if (answer->kind == CPI_ANSWER_RESPONSE || answer->kind == CPI_ANSWER_NO_RESPONSE) {
        return understand(op, answer, step);
      }
      break;
    case STORING:
      if (answer->kind == CPI_ANSWER_STORED) return stored(op, step);
      break;
    case OVER:
      break;
  }
  return CPI_ERR_STATE;
}

static cpi_status CPI_CALL next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  if (op == NULL) return CPI_ERR_ARGUMENT;
  cpi_status status = CPI_ERR_ARGUMENT;
  cpi_step made = {0};
  if (answer != NULL && step != NULL && answer->struct_size >= CPI_THROUGH(cpi_answer, detail) &&
      step->struct_size >= CPI_THROUGH(cpi_step, error) &&
      is_readable(answer->headers, answer->header_count) &&
      is_readable(answer->body.data, answer->body.size)) {
    status = advance(op, answer, &made);
  }
  if (status != CPI_OK) {
    op->state = OVER;
    return status;
  }
  /* Field by field: with a newer header, a whole struct could be longer than the host's. */
  step->kind = made.kind;
  step->wait_ms = made.wait_ms;
  step->request = made.request;
  step->batch = made.batch;
  step->result = made.result;
  step->error = made.error;
  return CPI_OK;
}

static const void *CPI_CALL extension(const cpi_str *id) {
  (void)id; /* there are none yet */
  return NULL;
}

static const cpi_plugin plugin = {
    .struct_size = CPI_THROUGH(cpi_plugin, extension),
    .abi_minor = CPI_ABI_MINOR,
    .needs_minor = 0,
    .id = LITERAL("c-connector"),
    .version = LITERAL("1.0.0"),
    .build = LITERAL("plain C"),
    .manifest_sha256 = MANIFEST_SHA256,
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .next = next,
    .end = end,
    .extension = extension,
};

const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void) {
  return &plugin;
}
