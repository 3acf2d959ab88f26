// The routes of /api/plugins: installed plugins, and the forms generated from the manifests.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include "control/connecting.hpp"
#include "control/operation_form.hpp"
#include "server/api.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

std::int64_t connections_with(Call &call, std::string_view plugin) {
  std::int64_t count = 0;
  for (const ConnectionRecord &connection : call.session.store().connections())
    if (connection.plugin == plugin) ++count;
  return count;
}

HttpAnswer list_plugins(Call &call) {
  const Discovery &found = call.session.catalogue().found();
  std::map<std::string, std::int64_t> connections;
  for (const ConnectionRecord &connection : call.session.store().connections())
    ++connections[connection.plugin];
  json::array plugins;
  for (const auto &files : found.plugins)
    plugins.push_back(plugin_row(*files, connections[std::string(files->id())]));
  json::array problems;
  for (const PluginProblem &problem : found.problems)
    problems.push_back({{"code", problem.code},
                        {"plugin", problem.plugin},
                        {"path", problem.path.string()},
                        {"found", problem.found},
                        {"expected", problem.expected},
                        {"advice", problem.advice}});
  json::array searched;
  for (const auto &folder : found.searched) searched.emplace_back(folder.string());
  return json_answer(200, {{"plugins", std::move(plugins)},
                           {"problems", std::move(problems)},
                           {"searched", std::move(searched)}});
}

HttpAnswer show_plugin(Call &call) {
  const auto files = call.session.catalogue().files(call.value("plugin"));
  return json_answer(200, plugin_detail(*files, connections_with(call, files->id())));
}

// The file with this name in the plugin's folder; empty if a link leads outside of it. The
// manifest's checks only check the name, not links.
std::optional<std::filesystem::path> inside(const std::filesystem::path &folder,
                                            const std::string &name) {
  std::error_code error;
  const auto whole = std::filesystem::canonical(folder, error);
  if (error) return std::nullopt;
  auto file = std::filesystem::canonical(whole / name, error);
  if (error || std::ranges::mismatch(whole, file).in1 != whole.end()) return std::nullopt;
  return file;
}

HttpAnswer icon(Call &call) {
  constexpr std::uintmax_t largest = 1u << 20;
  const auto files = call.session.catalogue().files(call.value("plugin"));
  const std::string_view theme = call.request.parameter("theme");
  const json::value *declared = files->manifest.json().if_contains("icon");
  const json::object *icons = declared == nullptr ? nullptr : declared->if_object();
  const json::value *picture = icons == nullptr ? nullptr : icons->if_contains(theme);
  if (picture == nullptr && icons != nullptr) picture = icons->if_contains("light");
  if (picture == nullptr) throw unknown_name("icon", theme, {});
  const auto path = inside(files->manifest_path.parent_path(), std::string(picture->as_string()));
  if (!path) throw unknown_name("icon", theme, {});
  std::error_code error;
  const auto size = std::filesystem::file_size(*path, error);
  if (error || size > largest) throw unknown_name("icon", theme, {});
  std::ifstream file(*path, std::ios::binary);
  HttpAnswer answer;
  answer.type = path->extension() == ".png" ? "image/png" : "image/svg+xml";
  answer.body.assign(std::istreambuf_iterator<char>(file), {});
  // The picture comes from the plugin's author: opened as a page it can neither run nor load
  // anything.
  answer.headers.emplace_back("Content-Security-Policy",
                              "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  answer.headers.emplace_back("Cache-Control", "private, max-age=3600");
  return answer;
}

HttpAnswer operation_form(Call &call) {
  const auto files = call.session.catalogue().files(call.value("plugin"));
  const std::string_view id = call.value("operation");
  const std::string_view kind = call.request.parameter("kind");
  if (!kind.empty() && kind != "trigger" && kind != "action")
    throw wrong_call("\"kind\" must be trigger or action.");
  const auto &manifest = files->manifest;
  const json::object *trigger = kind == "action" ? nullptr : manifest.find_trigger(id);
  const json::object *action = kind == "trigger" ? nullptr : manifest.find_action(id);
  if (trigger != nullptr && action != nullptr)
    throw wrong_call("A trigger and an action have the id " + std::string(id) + '.',
                     "Choose one with kind=trigger or kind=action.");
  if (trigger != nullptr) return json_answer(200, trigger_form(manifest, *trigger));
  if (action != nullptr) return json_answer(200, action_form(manifest, *action));
  if (kind == "trigger") find_trigger(*files, id);  // throws, with the most similar names
  return json_answer(200, action_form(manifest, find_action(*files, id)));
}

HttpAnswer way_to_connect(Call &call) {
  const auto files = call.session.catalogue().files(call.value("plugin"));
  const auto &method = find_method(files->manifest, call.value("method"));
  return json_answer(
      200, method_form(files->manifest, method, call.api.parts().origin.text() + "/callback"));
}

}  // namespace

void add_plugin_routes(Router<Api::Route> &router) {
  router.add("GET", "/api/plugins", {TokenScope::read, list_plugins});
  router.add("GET", "/api/plugins/{plugin}", {TokenScope::read, show_plugin});
  router.add("GET", "/api/plugins/{plugin}/icon", {TokenScope::read, icon});
  router.add("GET", "/api/plugins/{plugin}/operations/{operation}/form",
             {TokenScope::read, operation_form});
  router.add("GET", "/api/plugins/{plugin}/methods/{method}/form",
             {TokenScope::read, way_to_connect});
}

}  // namespace host::server
