/* text.c: doubling growth, sticky failure. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static bool reserve(text *t, size_t more) {
  if (t->failed || more > SIZE_MAX / 2 - t->size) {
    t->failed = true;
    return false;
  }
  const size_t needed = t->size + more;
  if (needed <= t->capacity) return true;
  size_t capacity = t->capacity < 64 ? 64 : t->capacity * 2;
  if (capacity < needed) capacity = needed;
  char *data = realloc(t->data, capacity);
  if (data == NULL) {
    t->failed = true;
    return false;
  }
  t->data = data;
  t->capacity = capacity;
  return true;
}

void text_add(text *t, cpi_str piece) {
  if (piece.size == 0 || !reserve(t, piece.size)) return;
  memcpy(t->data + t->size, piece.data, piece.size);
  t->size += piece.size;
}

void text_add_literal(text *t, const char *literal) {
  text_add(t, (cpi_str){literal, strlen(literal)});
}

void text_add_number(text *t, uint64_t number) {
  char digits[20];
  size_t first = sizeof digits;
  do {
    digits[--first] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  text_add(t, (cpi_str){digits + first, sizeof digits - first});
}

void text_add_percent_encoded(text *t, cpi_str piece) {
  static const char unreserved[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < piece.size; ++i) {
    const unsigned char c = (unsigned char)piece.data[i];
    if (memchr(unreserved, c, sizeof unreserved - 1) != NULL) {
      text_add(t, (cpi_str){piece.data + i, 1});
    } else {
      const char encoded[3] = {'%', hex[c >> 4], hex[c & 0xF]};
      text_add(t, (cpi_str){encoded, sizeof encoded});
    }
  }
}

void text_clear(text *t) {
  t->size = 0;
  t->failed = false;
}

void text_free(text *t) {
  free(t->data);
  *t = (text){NULL, 0, 0, false};
}

cpi_str text_str(const text *t) {
  return (cpi_str){t->data, t->size};
}

cpi_bytes text_bytes(const text *t) {
  return (cpi_bytes){(const uint8_t *)t->data, t->size};
}
