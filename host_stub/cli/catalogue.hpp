// The installed plugins as commands use them: what is asked for by name is found, or refused with
// the names that there are.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cli/options.hpp"
#include "plugins/discovery.hpp"
#include "plugins/plugin.hpp"

namespace host::cli {

std::shared_ptr<const Discovery> find_plugins(const Settings &settings);

class Catalogue {
 public:
  explicit Catalogue(std::shared_ptr<const Discovery> found) : found_(std::move(found)) {}

  const Discovery &found() const noexcept { return *found_; }

  // Throws CommandFailure: unknown (no input), or found but broken (bad data).
  std::shared_ptr<const PluginFiles> files(std::string_view plugin) const;
  // Loads it on first use; throws PluginRefused besides.
  std::shared_ptr<const Plugin> plugin(std::string_view plugin);

 private:
  std::shared_ptr<const Discovery> found_;
  std::map<std::string, std::shared_ptr<const Plugin>, std::less<>> loaded_;
};

// Throw CommandFailure (no input) when the manifest has none of that id.
const boost::json::object &find_action(const PluginFiles &files, std::string_view id);
const boost::json::object &find_trigger(const PluginFiles &files, std::string_view id);
const boost::json::object &find_lookup(const PluginFiles &files, std::string_view id);

// Validates against the operation's `input` schema; throws CommandFailure with every problem.
void check_input(const PluginFiles &files, const boost::json::object &operation,
                 const boost::json::object &input);

}  // namespace host::cli
