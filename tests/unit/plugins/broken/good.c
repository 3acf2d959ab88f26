/* Nothing is wrong with this one. It counts what began and what ended, for the tests to look at. */
#include "tiny.h"

static unsigned began_and_ended[2];

static cpi_status begin(cpi_connector *connector, const cpi_begin *args, cpi_operation **out) {
  const cpi_status status = tiny_begin(connector, args, out);
  if (status == CPI_OK) ++began_and_ended[0];
  return status;
}

static void end(cpi_operation *operation) {
  if (operation != NULL) ++began_and_ended[1];
  tiny_end(operation);
}

static const void *extension(const cpi_str *id) {
  static const char name[] = "tiny.counts/1";
  if (id->size != sizeof name - 1 || memcmp(id->data, name, id->size) != 0) return NULL;
  return began_and_ended;
}

TINY_PLUGIN(.begin = begin, .end = end, .extension = extension, .build = TINY_STR("good"))
