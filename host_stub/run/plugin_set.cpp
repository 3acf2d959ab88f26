#include "run/plugin_set.hpp"

#include "plugins/plugin_calls.hpp"

namespace host {

std::shared_ptr<const Plugin> PluginSet::known(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  const auto place = loaded_.find(id);
  return place == loaded_.end() ? nullptr : place->second;
}

std::shared_ptr<const Plugin> PluginSet::get(std::string_view id) {
  if (auto plugin = known(id)) return plugin;
  auto files = found_->find(id);
  if (!files) {
    PluginProblem problem;
    problem.code = "P001";
    problem.plugin = id;
    problem.found = "no plugin with this id in the plugin directories";
    problem.expected = "the plugin of this connection";
    problem.advice = "Install it again, or set its folder with --plugin-dir.";
    throw PluginRefused(std::move(problem));
  }
  // A caller that waits for a plugin whose loading hangs will hang, too.
  const InsidePlugin inside(files->id(), {}, {}, "load");
  std::mutex *turn = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    turn = &loading_[std::string(id)];
  }
  const std::scoped_lock mine(*turn);
  if (auto plugin = known(id)) return plugin;
  auto plugin = Plugin::load(files, options_);
  const std::scoped_lock lock(mutex_);
  loaded_.emplace(id, plugin);
  return plugin;
}

std::vector<std::shared_ptr<const Plugin>> PluginSet::loaded() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<const Plugin>> all;
  for (const auto &[id, plugin] : loaded_) all.push_back(plugin);
  return all;
}

}  // namespace host
