/* json_scan.h: finds its way in JSON text (RFC 8259) without building a tree.
 *
 * Values are slices of the text they were found in: nothing is allocated, nothing recurses. Only
 * json_value takes unchecked text; what it returned, and slices of that, are what the rest takes.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>

#include "cpi/plugin.h"

/* Is `text` one whole JSON value, nested at most 64 deep, its strings in proper UTF-8? Then `value`
 * is it without the white space around it. */
bool json_value(cpi_str text, cpi_str *value);

bool json_is_object(cpi_str value);
bool json_is_array(cpi_str value);
bool json_is_string(cpi_str value);

/* Steps through an object or array; `position` begins at 0. `name` is the member's name as a JSON
 * string, quotes included; untouched for an array. False at the end. */
bool json_each(cpi_str container, size_t *position, cpi_str *name, cpi_str *value);

/* The member of that name; the last one when there are several. */
bool json_member(cpi_str object, const char *name, cpi_str *value);

/* A number without sign, fraction and exponent that fits. */
bool json_uint64(cpi_str value, uint64_t *number);

/* The text of a JSON string, in UTF-8, into `out`, which has room for string.size bytes. False for
 * half a surrogate pair, which no UTF-8 can say. */
bool json_text(cpi_str string, char *out, size_t *size);

/* Whether a JSON string says exactly `text`, however it is escaped. */
bool json_text_is(cpi_str string, const char *text);

#endif
