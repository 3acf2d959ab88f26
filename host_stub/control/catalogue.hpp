// The installed plugins as people use them: what is asked for by name is found, or refused with
// the nearest names that there are.
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

  // Throws Failure: unknown, or found but unusable.
  std::shared_ptr<const PluginFiles> files(std::string_view plugin) const;
  // Loads it on first use; throws PluginRefused besides.
  std::shared_ptr<const Plugin> plugin(std::string_view plugin) const;

 private:
  std::shared_ptr<PluginSet> plugins_;
};

// Throw Failure (unknown) when the manifest has none of that id.
const boost::json::object &find_action(const PluginFiles &files, std::string_view id);
const boost::json::object &find_trigger(const PluginFiles &files, std::string_view id);
const boost::json::object &find_lookup(const PluginFiles &files, std::string_view id);

// Validates against the operation's `input` schema; throws Failure with every problem.
void check_input(const PluginFiles &files, const boost::json::object &operation,
                 const boost::json::object &input);

}  // namespace host
