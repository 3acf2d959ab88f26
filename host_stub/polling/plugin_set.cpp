#include "polling/plugin_set.hpp"

namespace host {

std::shared_ptr<const Plugin> PluginSet::get(std::string_view id) {
  const std::lock_guard lock(mutex_);
  if (const auto known = loaded_.find(id); known != loaded_.end()) return known->second;
  auto files = found_->find(id);
  if (!files) {
    PluginProblem problem;
    problem.code = "P001";
    problem.plugin = id;
    problem.found = "no such plugin in the plugin directories";
    problem.expected = "the plugin that this connection was made with";
    problem.advice = "Put it back, or name its folder with --plugin-dir.";
    throw PluginRefused(std::move(problem));
  }
  auto plugin = Plugin::load(std::move(files), options_);
  loaded_.emplace(id, plugin);
  return plugin;
}

}  // namespace host
