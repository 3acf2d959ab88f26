// An exception leaves `next`, which no plugin may let happen.
#include <stdexcept>

#include "cpi/plugin.h"
#include "tiny_sha256.h"

namespace {

char something = 0;

cpi_status create(const cpi_host *, cpi_connector **out) {
  *out = reinterpret_cast<cpi_connector *>(&something);
  return CPI_OK;
}
void destroy(cpi_connector *) {}
cpi_status begin(cpi_connector *, const cpi_begin *, cpi_operation **out) {
  *out = reinterpret_cast<cpi_operation *>(&something);
  return CPI_OK;
}
cpi_status next(cpi_operation *, const cpi_answer *, cpi_step *) {
  throw std::runtime_error("thrown across the ABI");
}
void end(cpi_operation *) {}
const void *extension(const cpi_str *) {
  return nullptr;
}

constexpr cpi_plugin table{CPI_THROUGH(cpi_plugin, extension),
                           CPI_ABI_MINOR,
                           0,
                           0,
                           {"tiny", 4},
                           {"1.2.3", 5},
                           {"throws", 6},
                           TINY_SHA256,
                           create,
                           destroy,
                           begin,
                           next,
                           end,
                           extension};

}  // namespace

const cpi_plugin *cpi_plugin_entry_v1(void) {
  return &table;
}
