#include "control/catalogue.hpp"

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "control/failure.hpp"
#include "cpi/json/schema.hpp"

namespace host {

namespace {

namespace json = boost::json;

const json::object &found_or_refused(const json::object *found, const PluginFiles &files,
                                     std::string_view kind, std::string_view id,
                                     std::span<const json::value> operations) {
  if (found != nullptr) return *found;
  std::vector<std::string> known;
  for (const json::value &operation : operations)
    known.emplace_back(operation.as_object().at("id").as_string());
  throw unknown_name(kind, id, known, files.id());
}

}  // namespace

std::shared_ptr<const PluginFiles> Catalogue::files(std::string_view plugin) const {
  if (auto installed = found().find(plugin)) return installed;
  for (const PluginProblem &problem : found().problems) {
    if (problem.plugin != plugin) continue;
    OperationError error;
    error.error_class = ErrorClass::plugin_fault;
    error.fault = Fault::connector;
    error.message = problem.sentence();
    throw Failure(std::move(error), Failure::Kind::unusable);
  }
  std::vector<std::string> known;
  for (const auto &files : found().plugins) known.emplace_back(files->id());
  throw unknown_name("plugin", plugin, known);
}

std::shared_ptr<const Plugin> Catalogue::plugin(std::string_view plugin) const {
  files(plugin);
  return plugins_->get(plugin);
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
  const auto schema = cpi::Schema::compile_document(files.manifest.schema_of(operation, "input"));
  const auto violations = schema.validate(input);
  if (!violations.empty()) throw violations_failure(violations);
}

}  // namespace host
