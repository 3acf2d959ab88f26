#include "control/operation_form.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json_member.hpp"
#include "control/connecting.hpp"
#include "control/form_schema.hpp"
#include "control/trigger_settings.hpp"
#include "cpi/manifest/time_zones.hpp"

namespace host {

namespace {

namespace json = boost::json;
using cpi::manifest::AuthMethod;
using cpi::manifest::Manifest;

json::value without_annotations(const json::value &schema);

// The members of `properties` and similar objects are names, which may begin with x-.
json::object without_annotations_inside(const json::object &schemas) {
  json::object out;
  for (const auto &member : schemas) out[member.key()] = without_annotations(member.value());
  return out;
}

json::value without_annotations(const json::value &schema) {
  if (const json::array *list = schema.if_array()) {
    json::array out;
    for (const json::value &one : *list) out.push_back(without_annotations(one));
    return out;
  }
  const json::object *object = schema.if_object();
  if (object == nullptr) return schema;
  constexpr std::array literals{"const", "enum", "default", "examples", "required"};
  json::object out;
  for (const auto &member : *object) {
    const std::string_view key = member.key();
    if (key.starts_with("x-")) continue;
    if (std::ranges::find(literals, key) != literals.end()) {
      out[key] = member.value();
    } else if ((key == "properties" || key == "patternProperties") && member.value().is_object()) {
      out[key] = without_annotations_inside(member.value().get_object());
    } else {
      out[key] = without_annotations(member.value());
    }
  }
  return out;
}

// {"field": value or list} -> {"field": [values]}
json::object as_lists(const json::object &conditions) {
  json::object out;
  for (const auto &condition : conditions)
    out[condition.key()] =
        condition.value().is_array() ? condition.value() : json::array{condition.value()};
  return out;
}

// Maps fields of the lookup to the fields of the form that fill them.
json::object dependencies(const Manifest &manifest, const json::object &options) {
  json::object out;
  const json::value *declared = options.if_contains("depends_on");
  if (declared == nullptr)
    if (const json::object *lookup = manifest.find_lookup(text_at(options, "lookup")))
      declared = lookup->if_contains("depends_on");
  if (declared == nullptr) return out;
  if (const json::object *map = declared->if_object()) return *map;
  if (const json::array *names = declared->if_array())
    for (const json::value &name : *names) out[name.as_string()] = name;
  return out;
}

class FormUi {
 public:
  explicit FormUi(const Manifest &manifest) : manifest_(manifest) {}

  json::object of(const json::object &schema) {
    json::object ui;
    const json::object none;
    const json::object *declared = object_at(schema, "x-ui");
    show(schema, declared == nullptr ? none : *declared, ui);
    name_zone(schema, ui);
    if (const json::object *choices = object_at(schema, "x-options")) offer(*choices, ui);
    if (const json::object *properties = object_at(schema, "properties")) {
      for (const auto &property : *properties)
        if (const json::object *inner = property.value().if_object())
          put(ui, property.key(), of(*inner));
      order(*properties, ui);
    }
    if (const json::object *items = object_at(schema, "items")) put(ui, "items", of(*items));
    // A branch's schema of a field applies to the field at any place.
    for (const std::string_view branch : {"then", "else"})
      if (const json::object *inner = object_at(schema, branch)) merge(ui, of(*inner));
    for (const std::string_view branches : {"allOf", "anyOf", "oneOf"})
      if (const json::value *list = schema.if_contains(branches); list && list->is_array())
        for (const json::value &inner : list->get_array())
          if (inner.is_object()) merge(ui, of(inner.get_object()));
    return ui;
  }

  const std::vector<std::string> &lookups() const noexcept { return lookups_; }

 private:
  static void put(json::object &ui, std::string_view key, json::object inner) {
    if (inner.empty()) return;
    if (json::value *known = ui.if_contains(key); known != nullptr && known->is_object())
      merge(known->get_object(), std::move(inner));
    else
      ui[key] = std::move(inner);
  }

  static void merge(json::object &ui, json::object more) {
    for (auto &member : more) {
      json::value *known = ui.if_contains(member.key());
      if (known == nullptr)
        ui[member.key()] = std::move(member.value());
      else if (known->is_object() && member.value().is_object())
        merge(known->get_object(), std::move(member.value().get_object()));
    }
  }

  static json::object &options_of(json::object &ui) {
    json::value &options = ui["ui:options"];
    if (!options.is_object()) options = json::object();
    return options.get_object();
  }

  static void show(const json::object &schema, const json::object &declared, json::object &ui) {
    const std::string_view widget = text_at(declared, "widget");
    const std::string_view format = text_at(schema, "format");
    if (flag_at(schema, "writeOnly")) {
      ui["ui:widget"] = "password";
    } else if (!widget.empty()) {
      ui["ui:widget"] = widget;
    } else if (format == "date-time") {
      ui["ui:widget"] = "date_time";
    } else if (format == "date-time-local") {
      ui["ui:widget"] = "date_time_local";
    } else if (format == "date") {
      ui["ui:widget"] = "date";
    }
    if (const json::value *placeholder = declared.if_contains("placeholder"))
      ui["ui:placeholder"] = *placeholder;
    for (const std::string_view name : {"rows", "group", "advanced"})
      if (const json::value *value = declared.if_contains(name)) options_of(ui)[name] = *value;
    if (const json::object *conditions = object_at(declared, "visible_when"))
      options_of(ui)["visible_when"] = as_lists(*conditions);
  }

  // Whoever enters a time has to know which clock it is read by.
  void name_zone(const json::object &schema, json::object &ui) const {
    const std::string sentence = cpi::manifest::zone_sentence(schema, manifest_.title());
    if (sentence.empty()) return;
    const std::string_view description = text_at(schema, "description");
    ui["ui:description"] =
        description.empty() ? sentence : std::string(description) + ' ' + sentence;
  }

  void offer(const json::object &choices, json::object &ui) {
    const std::string lookup(text_at(choices, "lookup"));
    json::object &options = options_of(ui);
    options["lookup"] = lookup;
    if (json::object depends = dependencies(manifest_, choices); !depends.empty())
      options["depends_on"] = std::move(depends);
    for (const std::string_view name : {"keys", "allow_other"})
      if (flag_at(choices, name)) options[name] = true;
    if (std::ranges::find(lookups_, lookup) == lookups_.end()) lookups_.push_back(lookup);
  }

  // Numbered fields first, by number; then the others in the manifest's order.
  static void order(const json::object &properties, json::object &ui) {
    std::vector<std::pair<std::int64_t, std::string>> numbered;
    for (const auto &property : properties) {
      const json::object *inner = property.value().if_object();
      const json::object *declared = inner == nullptr ? nullptr : object_at(*inner, "x-ui");
      const json::value *number = declared == nullptr ? nullptr : declared->if_contains("order");
      if (number != nullptr && number->is_number())
        numbered.emplace_back(number->to_number<std::int64_t>(), property.key());
    }
    if (numbered.empty()) return;
    std::ranges::stable_sort(numbered, {}, &std::pair<std::int64_t, std::string>::first);
    json::array names;
    for (auto &[number, name] : numbered) names.emplace_back(std::move(name));
    names.emplace_back("*");
    ui["ui:order"] = std::move(names);
  }

  const Manifest &manifest_;
  std::vector<std::string> lookups_;
};

json::object lookup_json(const json::object &lookup) {
  json::object out{{"id", lookup.at("id")}, {"title", lookup.at("title")}};
  for (const std::string_view name : {"description", "cache_s"})
    if (const json::value *value = lookup.if_contains(name)) out[name] = *value;
  const json::value *depends = lookup.if_contains("depends_on");
  out["depends_on"] = depends == nullptr ? json::value(json::array()) : *depends;
  out["pages"] = flag_at(lookup, "pages");
  out["search"] = flag_at(lookup, "search");
  return out;
}

// The common part of the forms of triggers and actions.
json::object operation_form(const Manifest &manifest, const json::object &operation,
                            std::string_view kind) {
  json::object out{{"id", operation.at("id")}, {"kind", kind}};
  for (const std::string_view name : {"title", "description", "group", "deprecated"})
    if (const json::value *value = operation.if_contains(name)) out[name] = *value;
  const json::object schema = form_schema(manifest.schema_of(operation, "input"));
  FormUi ui(manifest);
  json::object shown = ui.of(schema);
  json::array lookups;
  for (const std::string &name : ui.lookups())
    if (const json::object *lookup = manifest.find_lookup(name))
      lookups.push_back(lookup_json(*lookup));
  out["schema"] = without_annotations(schema);
  out["ui_schema"] = std::move(shown);
  out["output"] = plain_schema(manifest.schema_of(operation, "output"));
  for (const std::string_view name : {"sample_input", "sample"})
    if (const json::value *value = operation.if_contains(name)) out[name] = *value;
  out["lookups"] = std::move(lookups);
  return out;
}

// The settings that a connection may override; empty if there are none.
json::object settings_schema(const AuthMethod &method) {
  json::object properties;
  for (const std::string &name : method.overridable) {
    if (name == "scopes") {
      json::array scopes;
      for (const std::string &scope : method.scopes) scopes.emplace_back(scope);
      properties[name] = {{"type", "array"},
                          {"title", "Scopes"},
                          {"description", "The input of the sign-in method."},
                          {"items", {{"type", "string"}, {"minLength", 1}}},
                          {"default", std::move(scopes)}};
      continue;
    }
    const bool page = name == "authorize_url";
    properties[name] = {{"type", "string"},
                        {"format", "uri"},
                        {"title", page ? "Address of the sign-in page" : "Token address"},
                        {"default", page ? method.authorize_url : method.token_url}};
  }
  if (properties.empty()) return {};
  return {
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

}  // namespace

json::object plain_schema(const json::value &schema) {
  return without_annotations(form_schema(schema)).get_object();
}

json::object form_ui(const Manifest &manifest, const json::value &schema) {
  return FormUi(manifest).of(form_schema(schema));
}

json::object effects_json(const json::object &action) {
  const json::object none;
  const json::object *declared = object_at(action, "effects");
  const json::object &effects = declared == nullptr ? none : *declared;
  json::object out{{"read_only", flag_at(effects, "read_only")},
                   {"destructive", flag_at(effects, "destructive")},
                   {"idempotent", flag_at(effects, "idempotent")}};
  if (flag_at(effects, "queued")) out["queued"] = true;
  return out;
}

json::object action_form(const Manifest &manifest, const json::object &action) {
  json::object out = operation_form(manifest, action, "action");
  out["effects"] = effects_json(action);
  if (const json::value *check = action.if_contains("duplicate_check"))
    out["duplicate_check"] = *check;
  return out;
}

json::object trigger_form(const Manifest &manifest, const json::object &trigger) {
  json::object out = operation_form(manifest, trigger, "trigger");
  for (const std::string_view name :
       {"interval_s", "min_interval_s", "start", "blind_spots", "verdict"})
    if (const json::value *value = trigger.if_contains(name)) out[name] = *value;
  const Cost cost = cost_of(trigger, interval_ms(std::nullopt, trigger));
  out["cost"] = cost_json(cost);
  out["cost"].as_object()["text"] = cost_text(cost);
  out["event_type"] = manifest.event_type(trigger);
  return out;
}

json::object method_form(const Manifest &manifest, const AuthMethod &method,
                         std::string_view redirect_uri) {
  json::object out{{"id", method.id},
                   {"kind", "method"},
                   {"title", method.title},
                   {"type", method.type},
                   {"sign_in", through_browser(method) ? "browser" : "input"}};
  if (!method.description.empty()) out["description"] = method.description;
  if (!method.help_url.empty()) out["help_url"] = method.help_url;
  out["schema"] = plain_schema(method.input);
  out["ui_schema"] = form_ui(manifest, method.input);
  if (json::object settings = settings_schema(method); !settings.empty())
    out["settings_schema"] = std::move(settings);
  if (!redirect_uri.empty() && through_browser(method)) out["redirect_uri"] = redirect_uri;
  return out;
}

json::object all_forms(const Manifest &manifest) {
  json::array forms;
  for (const AuthMethod &method : manifest.auth_methods())
    forms.push_back(method_form(manifest, method));
  for (const json::value &trigger : manifest.triggers())
    forms.push_back(trigger_form(manifest, trigger.as_object()));
  for (const json::value &action : manifest.actions())
    forms.push_back(action_form(manifest, action.as_object()));
  return {{"forms", std::move(forms)}};
}

}  // namespace host
