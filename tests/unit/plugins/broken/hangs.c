/* Does not come back from a function that the input names with a number: 13 in `next`, 14 in
 * `begin`, 15 in `end`; until it is released, by whoever got hold of its extension. Otherwise each
 * of its polls ends, and has an event that there was not before. */
#include <stdatomic.h>
#include <stdio.h>
#include <threads.h>

#include "tiny.h"

static atomic_int released;
static atomic_uint events;

struct hanging {
  cpi_operation tiny; /* first: it is the same pointer */
  int next;
  int end;
  char key[16];
};

static int asks_for(const cpi_begin *args, const char *number) {
  for (size_t at = 0; at + 2 <= args->input.size; ++at)
    if (memcmp(args->input.data + at, number, 2) == 0) return 1;
  return 0;
}

static void hang(void) {
  const struct timespec moment = {.tv_nsec = 1000000};
  while (!atomic_load(&released)) thrd_sleep(&moment, NULL);
}

static cpi_status begin(cpi_connector *connector, const cpi_begin *args, cpi_operation **out) {
  (void)connector;
  if (asks_for(args, "14")) hang();
  struct hanging *operation = calloc(1, sizeof *operation);
  if (operation == NULL) return CPI_ERR_MEMORY;
  operation->tiny.kind = args->kind;
  operation->next = asks_for(args, "13");
  operation->end = asks_for(args, "15");
  *out = &operation->tiny;
  return CPI_OK;
}

static cpi_status next(cpi_operation *op, const cpi_answer *answer, cpi_step *step) {
  if (((struct hanging *)op)->next) hang();
  const cpi_status status = tiny_next(op, answer, step);
  if (status == CPI_OK && step->kind == CPI_STEP_EVENTS) {
    char *key = ((struct hanging *)op)->key;
    const int size = snprintf(key, sizeof((struct hanging *)op)->key, "%u", ++events);
    op->event.key.data = key;
    op->event.key.size = (size_t)size;
  }
  if (status == CPI_OK && step->kind == CPI_STEP_DONE && op->kind == CPI_KIND_POLL)
    op->result.flags = CPI_RESULT_CURSOR;
  return status;
}

static void end(cpi_operation *op) {
  if (op != NULL && ((struct hanging *)op)->end) hang();
  free(op);
}

static const void *extension(const cpi_str *id) {
  static const char name[] = "tiny.release/1";
  if (id->size != sizeof name - 1 || memcmp(id->data, name, id->size) != 0) return NULL;
  return &released;
}

TINY_PLUGIN(.begin = begin, .next = next, .end = end, .extension = extension)
