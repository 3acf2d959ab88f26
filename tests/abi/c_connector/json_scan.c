/* json_scan.c: one pass over the text with a cursor; containers are remembered as bits. */
#include "json_scan.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

typedef struct scan {
  const char *at;
  const char *end;
} scan;

static scan scan_of(cpi_str text) {
  const char *start = text.size == 0 ? "" : text.data;
  return (scan){start, start + text.size};
}

/* The next byte, or -1 at the end. */
static int peek(const scan *s) {
  return s->at == s->end ? -1 : (unsigned char)*s->at;
}

static bool take(scan *s, int wanted) {
  if (peek(s) != wanted) return false;
  ++s->at;
  return true;
}

static void skip_space(scan *s) {
  while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\n' || peek(s) == '\r') ++s->at;
}

static bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

static int hex_digit(int c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static bool scan_digits(scan *s) {
  if (!is_digit(peek(s))) return false;
  while (is_digit(peek(s))) ++s->at;
  return true;
}

static bool scan_number(scan *s) {
  (void)take(s, '-');
  if (!take(s, '0') && !scan_digits(s)) return false;
  if (take(s, '.') && !scan_digits(s)) return false;
  if (take(s, 'e') || take(s, 'E')) {
    if (!take(s, '+')) (void)take(s, '-');
    return scan_digits(s);
  }
  return true;
}

static bool scan_word(scan *s, const char *word) {
  for (; *word != '\0'; ++word) {
    if (!take(s, *word)) return false;
  }
  return true;
}

/* One UTF-8 sequence of more than one byte: no overlong form, no surrogate, at most U+10FFFF. */
static bool scan_utf8(scan *s) {
  const int lead = peek(s);
  int more = 0;
  int low = 0x80;
  int high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    more = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    more = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    more = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return false;
  }
  ++s->at;
  for (; more > 0; --more) {
    if (peek(s) < low || peek(s) > high) return false;
    ++s->at;
    low = 0x80;
    high = 0xBF;
  }
  return true;
}

static bool scan_string(scan *s) {
  if (!take(s, '"')) return false;
  for (;;) {
    const int c = peek(s);
    if (c < 0x20) return false;
    if (c == '"') {
      ++s->at;
      return true;
    }
    if (c >= 0x80) {
      if (!scan_utf8(s)) return false;
      continue;
    }
    ++s->at;
    if (c != '\\') continue;
    const int escape = peek(s);
    if (escape < 0 || strchr("\"\\/bfnrtu", escape) == NULL || escape == 0) return false;
    ++s->at;
    for (int i = 0; escape == 'u' && i < 4; ++i) {
      if (hex_digit(peek(s)) < 0) return false;
      ++s->at;
    }
  }
}

static bool scan_scalar(scan *s) {
  switch (peek(s)) {
    case '"':
      return scan_string(s);
    case 't':
      return scan_word(s, "true");
    case 'f':
      return scan_word(s, "false");
    case 'n':
      return scan_word(s, "null");
    default:
      return scan_number(s);
  }
}

static bool scan_name(scan *s) {
  skip_space(s);
  if (!scan_string(s)) return false;
  skip_space(s);
  return take(s, ':');
}

static bool scan_value(scan *s) {
  uint64_t objects = 0; /* a bit per open container, the innermost lowest: is it an object? */
  int depth = 0;
  for (;;) {
    skip_space(s);
    const int c = peek(s);
    if (c == '{' || c == '[') {
      const bool object = c == '{';
      ++s->at;
      skip_space(s);
      if (!take(s, object ? '}' : ']')) {
        if (depth == DEPTH_MAX) return false;
        ++depth;
        objects = objects << 1 | (object ? 1u : 0u);
        if (object && !scan_name(s)) return false;
        continue;
      }
    } else if (!scan_scalar(s)) {
      return false;
    }
    for (;;) { /* a value has ended: what goes on behind it? */
      if (depth == 0) return true;
      const bool object = (objects & 1) != 0;
      skip_space(s);
      if (take(s, ',')) {
        if (object && !scan_name(s)) return false;
        break;
      }
      if (!take(s, object ? '}' : ']')) return false;
      objects >>= 1;
      --depth;
    }
  }
}

static cpi_str between(const char *start, const char *end) {
  return (cpi_str){start, (size_t)(end - start)};
}

bool json_value(cpi_str text, cpi_str *value) {
  scan s = scan_of(text);
  skip_space(&s);
  const char *start = s.at;
  if (!scan_value(&s)) return false;
  const char *end = s.at;
  skip_space(&s);
  if (s.at != s.end) return false;
  *value = between(start, end);
  return true;
}

bool json_is_object(cpi_str value) {
  return value.data[0] == '{';
}
bool json_is_array(cpi_str value) {
  return value.data[0] == '[';
}
bool json_is_string(cpi_str value) {
  return value.data[0] == '"';
}

bool json_each(cpi_str container, size_t *position, cpi_str *name, cpi_str *value) {
  scan s = scan_of(container);
  s.at += *position == 0 ? 1 : *position;
  skip_space(&s);
  (void)take(&s, ',');
  skip_space(&s);
  if (peek(&s) == ']' || peek(&s) == '}') return false;
  const char *start = s.at;
  if (json_is_object(container)) {
    (void)scan_string(&s);
    *name = between(start, s.at);
    skip_space(&s);
    (void)take(&s, ':');
    skip_space(&s);
    start = s.at;
  }
  (void)scan_value(&s);
  *value = between(start, s.at);
  *position = (size_t)(s.at - container.data);
  return true;
}

bool json_member(cpi_str object, const char *name, cpi_str *value) {
  bool found = false;
  size_t position = 0;
  cpi_str member;
  cpi_str candidate;
  while (json_each(object, &position, &member, &candidate)) {
    if (!json_text_is(member, name)) continue;
    *value = candidate;
    found = true;
  }
  return found;
}

bool json_uint64(cpi_str value, uint64_t *number) {
  uint64_t result = 0;
  for (size_t i = 0; i < value.size; ++i) {
    if (!is_digit(value.data[i])) return false;
    const uint64_t digit = (uint64_t)(value.data[i] - '0');
    if (result > (UINT64_MAX - digit) / 10) return false;
    result = result * 10 + digit;
  }
  *number = result;
  return true;
}

static uint32_t take_hex4(scan *s) {
  uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) unit = unit << 4 | (uint32_t)hex_digit((unsigned char)*s->at++);
  return unit;
}

static size_t put_utf8(char *out, uint32_t c) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  const size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; --i) {
    out[i] = (char)(0x80 | (c & 0x3F));
    c >>= 6;
  }
  out[0] = (char)((0xF00 >> size & 0xFF) | c);
  return size;
}

bool json_text(cpi_str string, char *out, size_t *size) {
  scan s = {string.data + 1, string.data + string.size - 1};
  size_t used = 0;
  while (s.at != s.end) {
    char c = *s.at++;
    if (c != '\\') {
      out[used++] = c;
      continue;
    }
    c = *s.at++;
    if (c != 'u') {
      static const char names[] = "bfnrt";
      static const char meanings[] = "\b\f\n\r\t";
      const char *name = strchr(names, c);
      out[used++] = name == NULL ? c : meanings[name - names];
      continue;
    }
    uint32_t unit = take_hex4(&s);
    if (unit >= 0xD800 && unit <= 0xDFFF) {
      if (unit >= 0xDC00 || !take(&s, '\\') || !take(&s, 'u')) return false;
      const uint32_t low = take_hex4(&s);
      if (low < 0xDC00 || low > 0xDFFF) return false;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    used += put_utf8(out + used, unit);
  }
  *size = used;
  return true;
}

bool json_text_is(cpi_str string, const char *text) {
  char decoded[256];
  size_t size = 0;
  if (string.size > sizeof decoded) return false; /* no name of ours is that long, even escaped */
  return json_text(string, decoded, &size) && size == strlen(text) &&
         memcmp(decoded, text, size) == 0;
}
