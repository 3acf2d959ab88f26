// The entry symbol of a plugin made with this SDK. In exactly one source file of the plugin:
//
//   CPI_PLUGIN_ENTRY_POINT([](cpi::Connector &connector) {
//     connector.on_action("add_many", add_many);
//   })
#pragma once

#include <algorithm>

#include "cpi/sdk/boundary.hpp"
#include "cpi/sdk/embedded_manifest.hpp"

namespace cpi {

template <Configure configure>
struct PluginTable {
  static cpi_status CPI_CALL create(const cpi_host *host, cpi_connector **out) noexcept {
    return create_connector(host, 0, configure, out);
  }
  static void CPI_CALL destroy(cpi_connector *connector) noexcept { destroy_connector(connector); }
  static cpi_status CPI_CALL begin(cpi_connector *connector, const cpi_begin *args,
                                   cpi_operation **out) noexcept {
    return begin_operation(connector, args, out);
  }
  static cpi_status CPI_CALL next(cpi_operation *operation, const cpi_answer *answer,
                                  cpi_step *step) noexcept {
    return next_step(operation, answer, step);
  }
  static void CPI_CALL end(cpi_operation *operation) noexcept { end_operation(operation); }
  static const void *CPI_CALL extension(const cpi_str *) noexcept { return nullptr; }

  static cpi_plugin make() noexcept {
    cpi_plugin table{.struct_size = sizeof(cpi_plugin),
                     .abi_minor = CPI_ABI_MINOR,
                     .needs_minor = 0,
                     .reserved = 0,
                     .id = borrow(embedded_manifest_id()),
                     .version = borrow(embedded_manifest_version()),
                     .build = borrow("cpi-sdk 1.0, " __VERSION__),
                     .manifest_sha256 = {},
                     .create = create,
                     .destroy = destroy,
                     .begin = begin,
                     .next = next,
                     .end = end,
                     .extension = extension};
    std::ranges::copy(embedded_manifest_sha256(), table.manifest_sha256);
    return table;
  }
};

}  // namespace cpi

#define CPI_PLUGIN_ENTRY_POINT(...)                                            \
  namespace {                                                                  \
  const cpi_plugin cpi_plugin_table = cpi::PluginTable<+__VA_ARGS__>::make();  \
  }                                                                            \
  extern "C" CPI_EXPORT const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void) { \
    return &cpi_plugin_table;                                                  \
  }
