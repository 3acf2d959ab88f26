// What all contract tests share: the plugin named by CPI_PLUGIN, read and loaded once.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>

#include "conversation.hpp"
#include "plugin_under_test.hpp"

namespace contract {

// Set by main before the tests run.
const PluginUnderTest &plugin_under_test();
const LoadedPlugin &loaded_plugin();
// With sanitizers, a run takes the share of the operations that CONNECTOR_SHARE names, as "2/4":
// all of them run the same code, and the run without sanitizers has had every one.
bool in_this_run(std::size_t index);

class Contract : public testing::Test {
 protected:
  const PluginUnderTest &plugin = plugin_under_test();
  const cpi_plugin &table = loaded_plugin().table();
  Service service = canned(plugin);
  std::size_t taken = 0;  // operations that the last for_each_case has checked

  // How many there would be of all operations, if there were `count` of those that were taken.
  std::size_t of_all(std::size_t count) const {
    return taken == 0 ? 0 : count * plugin.cases.size() / taken;
  }

  // Runs `check` for every operation of the manifest; what throws is reported with its name.
  void for_each_case(const std::function<void(const OperationCase &)> &check) {
    ASSERT_FALSE(plugin.cases.empty());
    taken = 0;
    for (std::size_t i = 0; i < plugin.cases.size(); ++i) {
      if (plugin.cases.size() > 50 && !in_this_run(i)) continue;
      const OperationCase &what = plugin.cases[i];
      ++taken;
      SCOPED_TRACE(what.label());
      try {
        check(what);
      } catch (const std::exception &e) {
        ADD_FAILURE() << e.what();
      }
    }
  }
};

// One word per step: "SEND GET https://...", "DONE {...}".
std::string describe(const Step &step);

}  // namespace contract
