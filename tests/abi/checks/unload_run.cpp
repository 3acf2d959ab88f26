// unload_run LIBRARY ANSWERS_FOLDER: loads, uses and closes a plugin, again and again, once for
// every kind of operation, and looks into /proc/self/maps whether it is gone each time.
#include <array>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "conversation.hpp"

namespace {

constexpr int rounds = 10;

bool is_mapped(const std::filesystem::path &library) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with(library.string())) return true;
  }
  return false;
}

void use(const contract::PluginUnderTest &plugin, const cpi_plugin &table,
         cpi_operation_kind kind) {
  const contract::Connector connector(table);
  for (const auto &what : plugin.cases) {
    if (what.kind != kind) continue;
    (void)converse(connector, what, contract::canned(plugin));
    (void)converse(connector, what,
                   [](const contract::Step &) { return contract::response(200, "no JSON"); });
    const contract::Operation cancelled(connector, what);
  }
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::cerr << "unload_run LIBRARY ANSWERS_FOLDER\n";
    return 64;
  }
  try {
    const auto plugin = contract::read_plugin(argv[1], argv[2]);
    for (cpi_operation_kind kind = CPI_KIND_TEST; kind <= CPI_KIND_LOOKUP; ++kind) {
      for (int round = 0; round < rounds; ++round) {
        {
          const contract::LoadedPlugin loaded(plugin.library);
          if (!is_mapped(plugin.library))
            throw std::runtime_error("it is not mapped while it runs");
          use(plugin, loaded.table(), kind);
        }
        if (is_mapped(plugin.library)) {
          std::cerr << plugin.library << " is still in memory after dlclose, operation kind "
                    << kind << ", round " << round
                    << ": a GNU_UNIQUE symbol, NODELETE, or a thread_local with a destructor\n";
          return 1;
        }
      }
    }
  } catch (const std::exception &e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  return 0;
}
