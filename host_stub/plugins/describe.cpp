#include "plugins/describe.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "cpi/manifest/assumptions.hpp"
#include "cpi/manifest/cost.hpp"
#include "cpi/manifest/time_zones.hpp"
#include "cpi/manifest/trigger_limit.hpp"

namespace host {
namespace {

namespace json = boost::json;
using cpi::manifest::AuthMethod;

// All texts come from the plugin's author, so they are cleaned.
std::string clean(std::string_view text) {
  std::string out(text);
  for (char &c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return out;
}

std::string_view text_of(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  if (value == nullptr) return {};
  const json::string *text = value->if_string();
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

bool flag_of(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object *object_of(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

std::string plain(const json::value &value) {
  if (const json::string *text = value.if_string()) return clean(*text);
  return clean(json::serialize(value));
}

// "list_id*, email*, variables": the input fields of an operation, required ones with a star.
std::string fields_of(const json::value &schema) {
  const json::object *object = schema.if_object();
  if (object == nullptr) return {};
  const json::object *properties = object_of(*object, "properties");
  if (properties == nullptr) return {};
  const json::value *required = object->if_contains("required");
  std::string out;
  for (const auto &property : *properties) {
    if (!out.empty()) out += ", ";
    out += clean(property.key());
    const bool needed = required != nullptr && required->is_array() &&
                        std::ranges::any_of(required->get_array(), [&](const json::value &name) {
                          return name.is_string() && name.get_string() == property.key();
                        });
    if (needed) out += '*';
  }
  return out;
}

// Lines of two columns, the second one aligned.
class Table {
 public:
  void row(std::string left, std::string right) {
    width_ = std::max(width_, left.size());
    rows_.emplace_back(std::move(left), std::move(right));
  }
  void under(std::string text) { rows_.emplace_back("", std::move(text)); }
  std::string text() const {
    std::string out;
    for (const auto &[left, right] : rows_)
      out += "  " + left + std::string(width_ - left.size() + 2, ' ') + right + '\n';
    return out;
  }

 private:
  std::size_t width_ = 0;
  std::vector<std::pair<std::string, std::string>> rows_;
};

std::string section(std::string_view title, const Table &table) {
  const std::string rows = table.text();
  return rows.empty() ? std::string() : '\n' + std::string(title) + '\n' + rows;
}

std::string group_and_title(const json::object &operation) {
  std::string out = clean(text_of(operation, "title"));
  if (const std::string_view group = text_of(operation, "group"); !group.empty())
    out += " [" + clean(group) + ']';
  if (operation.contains("deprecated")) out += " (deprecated)";
  return out;
}

// Empty where it is not deprecated.
std::string deprecation_text(const json::object &operation) {
  const json::object *deprecated = object_of(operation, "deprecated");
  if (deprecated == nullptr) return {};
  std::string out = "deprecated since " + clean(text_of(*deprecated, "since"));
  if (const std::string_view until = text_of(*deprecated, "remove_after"); !until.empty())
    out += "; may be removed after " + clean(until);
  if (const std::string_view use = text_of(*deprecated, "use"); !use.empty())
    out += "; use " + clean(use) + " instead";
  return out;
}

std::string cost_text(const json::object &trigger) {
  const cpi::manifest::StatedCost cost = cpi::manifest::stated_cost(trigger);
  std::string out;
  const auto add = [&out](const std::string &when, const std::string &words) {
    if (!words.empty()) out += (out.empty() ? "" : "; ") + when + clean(words);
  };
  add("cost of a poll when nothing changed: ", cost.idle ? cpi::manifest::text_of(*cost.idle) : "");
  if (cost.idle && cost.shared) out += " (shared with the account's other triggers)";
  add("when something changed: ", cpi::manifest::change_text(cost));
  add(cpi::manifest::full_every_text(cost) + ", when everything is read: ",
      cost.full ? cpi::manifest::text_of(*cost.full) : "");
  return out;
}

// Empty if it rests on none.
std::string assumptions_text(const cpi::manifest::Manifest &manifest,
                             const json::object &operation) {
  std::string out;
  for (const auto &each : cpi::manifest::assumptions_of(manifest.json(), operation))
    out += (out.empty() ? "rests on: " : ", ") + clean(each.id);
  return out.empty() ? out : out + " (not verified on a real account; see `probe`)";
}

Table triggers_table(const cpi::manifest::Manifest &manifest) {
  Table table;
  for (const json::value &value : manifest.triggers()) {
    const json::object &trigger = value.as_object();
    table.row(clean(text_of(trigger, "id")), group_and_title(trigger));
    table.under(clean(text_of(trigger, "description")));
    if (std::string words = deprecation_text(trigger); !words.empty())
      table.under(std::move(words));
    if (const json::value *interval = trigger.if_contains("interval_s"))
      table.under("polls every " + plain(*interval) + " s");
    if (const std::string fields = fields_of(manifest.schema_of(trigger, "input")); !fields.empty())
      table.under("input: " + fields);
    if (std::string words = cost_text(trigger); !words.empty()) table.under(std::move(words));
    if (std::string limit = cpi::manifest::memory_text(trigger); !limit.empty())
      table.under(std::move(limit));
    if (const json::value *spots = trigger.if_contains("blind_spots"); spots && spots->is_array())
      for (const json::value &spot : spots->get_array()) table.under("blind spot: " + plain(spot));
    if (std::string words = assumptions_text(manifest, trigger); !words.empty())
      table.under(std::move(words));
  }
  return table;
}

// "send_at (in the account's time zone)": what the times of an input mean.
std::string times_text(const cpi::manifest::Manifest &manifest, const json::object &operation) {
  const json::object none;
  const json::value *input = operation.if_contains("input");
  const json::object *defs = object_of(manifest.json(), "$defs");
  std::string out;
  if (input == nullptr) return out;
  for (const std::string &each : cpi::manifest::times_of(*input, defs == nullptr ? none : *defs))
    out += (out.empty() ? "" : ", ") + clean(each);
  return out;
}

Table actions_table(const cpi::manifest::Manifest &manifest) {
  Table table;
  for (const json::value &value : manifest.actions()) {
    const json::object &action = value.as_object();
    table.row(clean(text_of(action, "id")), group_and_title(action));
    table.under(clean(text_of(action, "description")));
    if (std::string words = deprecation_text(action); !words.empty()) table.under(std::move(words));
    if (const std::string fields = fields_of(manifest.schema_of(action, "input")); !fields.empty())
      table.under("input: " + fields);
    if (const std::string times = times_text(manifest, action); !times.empty())
      table.under("times: " + times);
    if (const json::object *effects = object_of(action, "effects")) {
      std::string words = flag_of(*effects, "read_only") ? "read-only" : "changes data";
      if (flag_of(*effects, "destructive")) words += ", destructive";
      if (flag_of(*effects, "idempotent")) words += ", safe to repeat";
      table.under(std::move(words));
    }
    if (std::string words = assumptions_text(manifest, action); !words.empty())
      table.under(std::move(words));
  }
  return table;
}

Table lookups_table(const cpi::manifest::Manifest &manifest) {
  Table table;
  for (const json::value &value : manifest.lookups()) {
    const json::object &lookup = value.as_object();
    std::string title = clean(text_of(lookup, "title"));
    if (const json::value *depends = lookup.if_contains("depends_on");
        depends && depends->is_array()) {
      std::string fields;
      for (const json::value &field : depends->get_array())
        fields += (fields.empty() ? "" : ", ") + plain(field);
      if (!fields.empty()) title += " (needs " + fields + ')';
    }
    table.row(clean(text_of(lookup, "id")), std::move(title));
  }
  return table;
}

json::array ids(std::span<const AuthMethod> methods) {
  json::array out;
  for (const AuthMethod &method : methods) out.emplace_back(method.id);
  return out;
}

json::array strings(std::span<const std::string> texts) {
  json::array out;
  for (const std::string &text : texts) out.emplace_back(text);
  return out;
}

json::array problems_json(std::span<const cpi::manifest::Problem> problems) {
  json::array out;
  for (const cpi::manifest::Problem &problem : problems)
    out.push_back({{"code", problem.code},
                   {"pointer", problem.pointer},
                   {"file", problem.file},
                   {"line", problem.line},
                   {"column", problem.column},
                   {"message", problem.message},
                   {"advice", problem.advice}});
  return out;
}

// The user's view of an operation.
json::object operation_json(const cpi::manifest::Manifest &manifest,
                            const json::object &operation) {
  constexpr std::array own{"request", "handler", "answer", "paging", "detect", "read"};
  json::object out;
  for (const auto &member : operation) {
    if (std::ranges::find(own, std::string_view(member.key())) != own.end()) continue;
    if (member.key() == "input" || member.key() == "output")
      out[member.key()] = manifest.schema_of(operation, member.key());
    else
      out[member.key()] = member.value();
  }
  return out;
}

json::object method_json(const AuthMethod &method) {
  json::object out{{"id", method.id}, {"title", method.title}, {"type", method.type}};
  if (!method.description.empty()) out["description"] = method.description;
  if (!method.help_url.empty()) out["help_url"] = method.help_url;
  if (!method.overridable.empty()) out["overridable"] = strings(method.overridable);
  out["input"] = method.input;
  return out;
}

}  // namespace

std::string plugins_text(const Discovery &discovery) {
  std::string out;
  Table table;
  for (const auto &files : discovery.plugins) {
    const auto &manifest = files->manifest;
    table.row(clean(manifest.id()) + ' ' + clean(manifest.version()),
              clean(manifest.title()) + ": " + std::to_string(manifest.triggers().size()) +
                  " triggers, " + std::to_string(manifest.actions().size()) + " actions");
    table.under(files->library_path.string());
  }
  out += table.text();
  if (discovery.plugins.empty()) out += "No plugins found.\n";
  if (!discovery.problems.empty()) {
    out += "\nCannot be used\n";
    for (const PluginProblem &problem : discovery.problems) out += "  " + problem.sentence() + '\n';
  }
  out += "\nSearched\n";
  for (const auto &directory : discovery.searched) out += "  " + directory.string() + '\n';
  return out;
}

std::string describe_text(const PluginFiles &files) {
  const auto &manifest = files.manifest;
  std::string out = clean(manifest.title()) + " (" + clean(manifest.id()) + ' ' +
                    clean(manifest.version()) + ")\n" + clean(manifest.summary()) + '\n';
  if (const std::string description = clean(manifest.description()); !description.empty())
    out += description + '\n';

  if (const std::string_view rules = text_of(manifest.json(), "x-zone-rules"); !rules.empty())
    out += "Time zone rules: tzdata " + clean(rules) + '\n';

  Table auth;
  for (const AuthMethod &method : manifest.auth_methods()) {
    auth.row(clean(method.id), clean(method.title) + " (" + clean(method.type) + ')');
    if (const std::string fields = fields_of(method.input); !fields.empty())
      auth.under("input: " + fields);
  }
  Table limitations;
  for (const auto &limitation : manifest.limitations()) {
    limitations.row(clean(limitation.id), clean(limitation.message));
    if (!limitation.instead.empty()) limitations.under("instead: " + clean(limitation.instead));
  }
  Table omissions;
  for (const auto &omission : manifest.omissions()) {
    std::string endpoint;
    for (const std::string &method : omission.methods) endpoint += clean(method) + ' ';
    omissions.row(endpoint + clean(omission.path), clean(omission.reason));
  }
  out += section("Sign-in methods", auth);
  out += section("Triggers", triggers_table(manifest));
  out += section("Actions (* is required)", actions_table(manifest));
  out += section("Lookups", lookups_table(manifest));
  out += section("Limitations", limitations);
  out += section("Endpoints without an operation (a custom API call can use them)", omissions);
  return out;
}

json::object plugins_json(const Discovery &discovery) {
  json::array plugins;
  for (const auto &files : discovery.plugins) {
    const auto &manifest = files->manifest;
    plugins.push_back({{"id", manifest.id()},
                       {"version", manifest.version()},
                       {"title", manifest.title()},
                       {"summary", manifest.summary()},
                       {"manifest", files->manifest_path.string()},
                       {"library", files->library_path.string()},
                       {"sha256", cpi::manifest::to_hex(manifest.sha256())},
                       {"auth", ids(manifest.auth_methods())},
                       {"triggers", manifest.triggers().size()},
                       {"actions", manifest.actions().size()},
                       {"lookups", manifest.lookups().size()},
                       {"warnings", problems_json(files->warnings)}});
  }
  json::array problems;
  for (const PluginProblem &problem : discovery.problems)
    problems.push_back({{"code", problem.code},
                        {"plugin", problem.plugin},
                        {"path", problem.path.string()},
                        {"found", problem.found},
                        {"expected", problem.expected},
                        {"advice", problem.advice},
                        {"manifest_problems", problems_json(problem.manifest_problems)}});
  json::array searched;
  for (const auto &directory : discovery.searched) searched.emplace_back(directory.string());
  return {{"plugins", std::move(plugins)},
          {"problems", std::move(problems)},
          {"searched", std::move(searched)}};
}

json::object describe_json(const PluginFiles &files) {
  const auto &manifest = files.manifest;
  json::object out;
  // In the manifest's order; members that are not copied are rewritten below in place.
  for (const auto &member : manifest.json()) {
    const std::string_view key = member.key();
    if (key == "$defs" || key == "errors") continue;
    json::value &value = out[key];
    if (key == "auth") {
      json::array methods;
      for (const AuthMethod &method : manifest.auth_methods())
        methods.push_back(method_json(method));
      value = {{"methods", std::move(methods)}};
    } else if (key == "triggers") {
      json::array triggers;
      for (const json::value &trigger : manifest.triggers()) {
        json::object one = operation_json(manifest, trigger.as_object());
        one["event_type"] = manifest.event_type(trigger.as_object());
        triggers.push_back(std::move(one));
      }
      value = std::move(triggers);
    } else if (key == "actions" || key == "lookups") {
      json::array operations;
      for (const json::value &operation :
           key == "actions" ? manifest.actions() : manifest.lookups())
        operations.push_back(operation_json(manifest, operation.as_object()));
      value = std::move(operations);
    } else {
      value = member.value();
    }
  }
  out["manifest"] = files.manifest_path.string();
  out["library_path"] = files.library_path.string();
  out["sha256"] = cpi::manifest::to_hex(manifest.sha256());
  return out;
}

}  // namespace host
