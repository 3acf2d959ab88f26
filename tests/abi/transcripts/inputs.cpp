#include "inputs.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace transcripts {
namespace {

constexpr int most_repairs = 12;

json::object resolved(const json::value &given, const json::object &defs) {
  const json::object *schema = given.if_object();
  while (schema != nullptr && schema->contains("$ref")) {
    const std::string_view name = schema->at("$ref").as_string();
    const json::value *target = defs.if_contains(name.substr(name.rfind('/') + 1));
    schema = target == nullptr ? nullptr : target->if_object();
  }
  return schema == nullptr ? json::object{} : *schema;
}

std::vector<json::value> constants(const json::object &schema) {
  std::vector<json::value> all;
  if (const json::value *one = schema.if_contains("const")) return {*one};
  if (const json::value *list = schema.if_contains("enum")) {
    return {list->as_array().begin(), list->as_array().end()};
  }
  for (const char *name : {"oneOf", "anyOf"}) {
    const json::value *choices = schema.if_contains(name);
    if (choices == nullptr) continue;
    for (const json::value &each : choices->as_array()) {
      const json::value *one = each.as_object().if_contains("const");
      if (one == nullptr) return {};
      all.push_back(*one);
    }
  }
  return all;
}

std::string type_of(const json::object &schema) {
  const json::value *type = schema.if_contains("type");
  if (type == nullptr) return schema.contains("properties") ? "object" : "string";
  if (const json::array *several = type->if_array()) {
    return std::string(several->front().as_string());
  }
  return std::string(type->as_string());
}

// A bound of the schema; the next whole number where it is a fraction.
std::int64_t whole(const json::object &schema, std::string_view name, std::int64_t otherwise) {
  const json::value *found = schema.if_contains(name);
  if (found == nullptr || !found->is_number()) return otherwise;
  return static_cast<std::int64_t>(std::ceil(found->to_number<double>()));
}

json::value text_for(const json::object &schema, bool second) {
  const json::value *format = schema.if_contains("format");
  const std::string_view name = format == nullptr ? "" : std::string_view(format->as_string());
  if (name == "email") return second ? "b@example.com" : "a@example.com";
  if (name == "date-time") return second ? "2091-01-02T03:04:05Z" : "2090-01-02T03:04:05Z";
  if (name == "date-time-local") return second ? "2091-01-02T03:04:05" : "2090-01-02T03:04:05";
  if (name == "date") return second ? "2091-01-02" : "2090-01-02";
  if (name == "uri") return second ? "https://example.com/b" : "https://example.com/a";
  if (schema.contains("contentEncoding")) return second ? "Qg==" : "QQ==";
  std::string text = second ? "other" : "text";
  const auto least = static_cast<std::size_t>(whole(schema, "minLength", 0));
  const auto most = static_cast<std::size_t>(whole(schema, "maxLength", 99));
  if (text.size() < least) text.resize(least, 'x');
  if (text.size() > most) text.resize(most);
  return json::value(text);
}

// A value that fits; `full` gives objects all their members and lists two items.
json::value example(const json::value &given, const json::object &defs, bool second, bool full,
                    int depth = 0) {
  const json::object schema = resolved(given, defs);
  const auto choices = constants(schema);
  if (!choices.empty()) return second ? choices.back() : choices.front();
  if (const json::value *examples = schema.if_contains("examples")) {
    const json::array &list = examples->as_array();
    if (second && list.size() > 1) return list.back();
    if (!second && !list.empty()) return list.front();
  }
  for (const char *name : {"oneOf", "anyOf"}) {
    const json::value *alternatives = schema.if_contains(name);
    if (alternatives == nullptr || schema.contains("type") || schema.contains("properties")) {
      continue;
    }
    const json::array &list = alternatives->as_array();
    return example(second ? list.back() : list.front(), defs, second, full, depth + 1);
  }
  const std::string type = type_of(schema);
  if (type == "integer" || type == "number") {
    const std::int64_t low = whole(schema, "minimum", 1);
    return second ? std::min(low + 1, whole(schema, "maximum", low + 1)) : low;
  }
  if (type == "boolean") return !second;
  if (type == "array") {
    json::array list;
    const json::value *items = schema.if_contains("items");
    const json::value item = items == nullptr ? json::value(json::object{}) : *items;
    const std::int64_t most = whole(schema, "maxItems", 2);
    const std::int64_t count =
        std::max(whole(schema, "minItems", 1), full ? std::min<std::int64_t>(most, 2) : 1);
    for (std::int64_t i = 0; i < count; ++i) {
      list.push_back(example(item, defs, i % 2 == 1, full, depth + 1));
      if (list.size() == 2 && list[0] == list[1]) list.pop_back();
    }
    return list;
  }
  if (type != "object") return text_for(schema, second);
  json::object object;
  const json::value *properties = schema.if_contains("properties");
  if (properties == nullptr) return json::object{{"one", second ? "two" : "three"}};
  const json::value *required = schema.if_contains("required");
  for (const auto &member : properties->as_object()) {
    const bool needed =
        required != nullptr && std::ranges::any_of(required->as_array(), [&](const auto &name) {
          return name.as_string() == member.key();
        });
    if (!needed && (!full || depth > 4)) continue;
    object[member.key()] = example(member.value(), defs, second, full, depth + 1);
  }
  if (object.empty() && !properties->as_object().empty()) {
    const auto &first = *properties->as_object().begin();
    object[first.key()] = example(first.value(), defs, second, full, depth + 1);
  }
  return object;
}

const json::object &fields_of(const Form &form) {
  static const json::object none;
  const json::value *properties = form.schema.if_contains("properties");
  return properties == nullptr ? none : properties->as_object();
}

std::string field_of(const std::string &pointer) {
  return pointer.empty() ? "" : pointer.substr(1, pointer.find('/', 1) - 1);
}

// The input with these fields as they are, repaired until it is taken: what else is required is
// added, what is in the way is left out.
std::optional<json::object> repaired(const Form &form, json::object input,
                                     const std::set<std::string> &chosen, const Ask &ask) {
  const json::object &fields = fields_of(form);
  for (int i = 0; i < most_repairs; ++i) {
    const auto problems = ask(input).problems;
    if (problems.empty()) return input;
    bool changed = false;
    for (const Problem &problem : problems) {
      const std::string name = field_of(problem.pointer);
      if (problem.keyword == "required" && fields.contains(name) && !input.contains(name)) {
        input[name] = example(fields.at(name), form.defs, false, false);
        changed = true;
      } else if (problem.keyword != "required" && !name.empty() && !chosen.contains(name)) {
        changed = input.erase(name) > 0 || changed;
      } else if (name.empty()) {  // "anyOf" or "oneOf" of the whole: one of the others is too many
        for (const auto &member : json::object(input)) {
          if (chosen.contains(std::string(member.key()))) continue;
          json::object without = input;
          without.erase(member.key());
          if (!ask(without).problems.empty()) continue;
          return without;
        }
      }
    }
    if (!changed) return std::nullopt;
  }
  return std::nullopt;
}

json::value wrong_type(const json::object &schema) {
  if (!constants(schema).empty()) return "no such choice";
  const std::string type = type_of(schema);
  if (type == "string") return json::object{{"a", 1}};
  if (type == "array") return json::object{{"a", 1}};
  return "text";
}

// Beyond a bound of the schema, or nothing when it has none.
std::optional<json::value> out_of_bounds(const json::object &schema, const json::object &defs) {
  if (!constants(schema).empty()) return std::nullopt;
  const std::string type = type_of(schema);
  if (type == "integer" || type == "number") {
    if (schema.contains("minimum")) return whole(schema, "minimum", 0) - 1;
    if (schema.contains("maximum")) return whole(schema, "maximum", 0) + 1;
    return type == "integer" ? std::optional<json::value>(1.5) : std::nullopt;
  }
  if (type == "array") {
    const json::value *items = schema.if_contains("items");
    if (items != nullptr) {
      if (auto item = out_of_bounds(resolved(*items, defs), defs)) return json::array{*item};
    }
    if (schema.contains("minItems")) return json::array{};
    return std::nullopt;
  }
  if (type == "object") {
    json::object object;
    if (const json::value *properties = schema.if_contains("properties")) {
      for (const auto &member : properties->as_object()) {
        if (auto value = out_of_bounds(resolved(member.value(), defs), defs)) {
          object[member.key()] = *std::move(value);
        }
      }
    }
    return object.empty() ? std::nullopt : std::optional<json::value>(object);
  }
  if (schema.contains("format") || schema.contains("pattern")) return " ! ";
  if (schema.contains("minLength") && whole(schema, "minLength", 0) > 0) return "";
  const std::int64_t most = whole(schema, "maxLength", 0);
  if (most > 0 && most < 10'000)
    return json::value(std::string(static_cast<std::size_t>(most) + 1, 'x'));
  return std::nullopt;
}

}  // namespace

std::vector<json::object> good_inputs(const Form &form, const json::object &sample,
                                      const Ask &ask) {
  std::vector<json::object> inputs = {sample};
  std::set<std::string> given;
  std::set<std::string> shapes;
  const auto note = [&](const json::object &input) {
    for (const auto &member : input) given.emplace(member.key());
    shapes.insert(ask(input).shape);
  };
  const auto take = [&](std::optional<json::object> input) {
    if (!input || std::ranges::find(inputs, *input) != inputs.end()) return;
    note(*input);
    inputs.push_back(*std::move(input));
  };
  note(sample);

  // As many fields as go together.
  json::object all = sample;
  for (const auto &field : fields_of(form)) {
    if (all.contains(field.key())) continue;
    for (const bool full : {true, false}) {
      json::object more = all;
      more[field.key()] = example(field.value(), form.defs, true, full);
      if (!ask(more).problems.empty()) continue;
      all = std::move(more);
      break;
    }
  }
  if (all.size() > sample.size()) take(all);

  // The others, each with what goes with it.
  for (const auto &field : fields_of(form)) {
    const std::string name(field.key());
    for (const bool full : {true, false}) {
      if (given.contains(name)) continue;
      json::object one = sample;
      one[name] = example(field.value(), form.defs, false, full);
      take(repaired(form, std::move(one), {name}, ask));
    }
  }
  for (const auto &field : fields_of(form)) {
    const std::string name(field.key());
    for (const json::value &choice : constants(resolved(field.value(), form.defs))) {
      json::object one = sample;
      one[name] = choice;
      auto input = repaired(form, std::move(one), {name}, ask);
      if (input && !shapes.contains(ask(*input).shape)) take(std::move(input));
    }
  }
  return inputs;
}

std::vector<json::object> unfit_inputs(const Form &form, const json::object &sample) {
  json::object types;
  json::object bounds = sample;
  for (const auto &field : fields_of(form)) {
    const json::object schema = resolved(field.value(), form.defs);
    types[field.key()] = wrong_type(schema);
    if (auto value = out_of_bounds(schema, form.defs)) bounds[field.key()] = *std::move(value);
  }
  std::vector<json::object> inputs = {json::object{}, types};
  if (bounds != sample) inputs.push_back(bounds);
  return inputs;
}

}  // namespace transcripts
