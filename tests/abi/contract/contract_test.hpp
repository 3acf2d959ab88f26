// What all contract tests share: the plugin named by CPI_PLUGIN, read and loaded once.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "conversation.hpp"
#include "plugin_under_test.hpp"

namespace contract {

// Set by main before the tests run.
const PluginUnderTest &plugin_under_test();
const LoadedPlugin &loaded_plugin();

class Contract : public testing::Test {
 protected:
  const PluginUnderTest &plugin = plugin_under_test();
  const cpi_plugin &table = loaded_plugin().table();
  Service service = canned(plugin);

  // Runs `check` for every operation of the manifest; what throws is reported with its name.
  void for_each_case(const std::function<void(const OperationCase &)> &check) {
    ASSERT_FALSE(plugin.cases.empty());
    for (const auto &what : plugin.cases) {
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
