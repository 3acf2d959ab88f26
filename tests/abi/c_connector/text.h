/* text.h: text or bytes that grow at the end.
 *
 * Once memory ran out, `failed` stays set and additions do nothing, so that the caller looks once,
 * at the end. Growing moves the data: take slices of it when it is complete. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>

#include "cpi/plugin.h"

typedef struct text { /* all zero is empty */
  char *data;
  size_t size;
  size_t capacity;
  bool failed;
} text;

void text_add(text *t, cpi_str piece);
void text_add_literal(text *t, const char *literal);
void text_add_number(text *t, uint64_t number);
void text_add_percent_encoded(text *t, cpi_str piece); /* RFC 3986: all but the unreserved */

void text_clear(text *t); /* keeps the memory, forgets a failure */
void text_free(text *t);

cpi_str text_str(const text *t);
cpi_bytes text_bytes(const text *t);

#endif
