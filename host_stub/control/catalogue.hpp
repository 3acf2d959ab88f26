// The installed plugins by name: finds a plugin or operation, or fails with the most similar names.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "plugins/discovery.hpp"
#include "plugins/plugin.hpp"
#include "run/plugin_set.hpp"

namespace host {

// [any thread]
class Catalogue {
 public:
  explicit Catalogue(std::shared_ptr<PluginSet> plugins) : plugins_(std::move(plugins)) {}

  const Discovery &found() const noexcept { return plugins_->found(); }

  // Throws Failure: unknown or unusable.
  std::shared_ptr<const PluginFiles> files(std::string_view plugin) const;
  // Loads it on first use; also throws PluginRefused.
  std::shared_ptr<const Plugin> plugin(std::string_view plugin) const;

 private:
  std::shared_ptr<PluginSet> plugins_;
};

// Throw Failure (unknown) if the manifest has none with this id.
const boost::json::object &find_action(const PluginFiles &files, std::string_view id);
const boost::json::object &find_trigger(const PluginFiles &files, std::string_view id);
const boost::json::object &find_lookup(const PluginFiles &files, std::string_view id);

// Validates against the operation's `input` schema; throws Failure with the problems.
void check_input(const PluginFiles &files, const boost::json::object &operation,
                 const boost::json::object &input);

}  // namespace host
