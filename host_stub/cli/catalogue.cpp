#include "cli/catalogue.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/failure.hpp"
#include "cpi/manifest/json_schema.hpp"

namespace host::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const json::object &found_or_refused(const json::object *found, const PluginFiles &files,
                                     std::string_view kind, std::string_view id,
                                     std::span<const json::value> operations) {
  if (found != nullptr) return *found;
  std::vector<std::string> known;
  for (const json::value &operation : operations)
    known.emplace_back(operation.as_object().at("id").as_string());
  throw unknown_name(kind, id, known, "describe " + std::string(files.id()));
}

}  // namespace

std::shared_ptr<const Discovery> find_plugins(const Settings &settings) {
  std::vector<fs::path> flags;
  for (const std::string &folder : settings.list("plugin-dir")) flags.emplace_back(folder);
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  const fs::path current = fs::current_path(error);
  // The environment's folders are among the setting's already, in their place.
  const auto folders = plugin_directories(flags, {}, executable, current);
  return std::make_shared<const Discovery>(discover(folders));
}

std::shared_ptr<const PluginFiles> Catalogue::files(std::string_view plugin) const {
  if (auto found = found_->find(plugin)) return found;
  for (const PluginProblem &problem : found_->problems) {
    if (problem.plugin != plugin) continue;
    OperationError error;
    error.error_class = ErrorClass::plugin_fault;
    error.fault = Fault::connector;
    error.message = problem.sentence();
    throw CommandFailure(ExitCode::bad_data, std::move(error));
  }
  std::vector<std::string> known;
  for (const auto &files : found_->plugins) known.emplace_back(files->id());
  throw unknown_name("plugin", plugin, known, "plugins");
}

std::shared_ptr<const Plugin> Catalogue::plugin(std::string_view plugin) {
  if (const auto known = loaded_.find(plugin); known != loaded_.end()) return known->second;
  auto loaded = Plugin::load(files(plugin));
  loaded_.emplace(plugin, loaded);
  return loaded;
}

const json::object &find_action(const PluginFiles &files, std::string_view id) {
  return found_or_refused(files.manifest.find_action(id), files, "action", id,
                          files.manifest.actions());
}

const json::object &find_trigger(const PluginFiles &files, std::string_view id) {
  return found_or_refused(files.manifest.find_trigger(id), files, "trigger", id,
                          files.manifest.triggers());
}

const json::object &find_lookup(const PluginFiles &files, std::string_view id) {
  return found_or_refused(files.manifest.find_lookup(id), files, "lookup", id,
                          files.manifest.lookups());
}

void check_input(const PluginFiles &files, const json::object &operation,
                 const json::object &input) {
  const cpi::manifest::JsonSchema schema(files.manifest.schema_of(operation, "input"));
  const auto violations = schema.validate(input);
  if (violations.empty()) return;
  throw violations_failure("The input of " + std::string(operation.at("id").as_string()),
                           violations);
}

}  // namespace host::cli
