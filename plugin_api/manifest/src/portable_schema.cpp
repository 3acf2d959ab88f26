#include "cpi/manifest/portable_schema.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cstddef>
#include <utility>

#include "cpi/manifest/manifest_schema.hpp"

namespace cpi::manifest {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> refused_at_the_top = {"allOf", "anyOf", "oneOf", "not"};

// Keywords that hold one schema, a list of schemas, or schemas by name.
constexpr std::array<std::string_view, 8> single_schemas = {
    "if", "then", "else", "not", "items", "additionalProperties", "contains", "propertyNames"};
constexpr std::array<std::string_view, 3> schema_lists = {"allOf", "anyOf", "oneOf"};
constexpr std::array<std::string_view, 2> named_schemas = {"properties", "patternProperties"};

json::value portable(const json::value &schema);

// `type: [string, number]` becomes an anyOf; null stays beside a single type.
void split_types(json::object &schema) {
  const json::value *type = schema.if_contains("type");
  const json::array *several = type == nullptr ? nullptr : type->if_array();
  if (several == nullptr || schema.contains("anyOf")) return;
  const auto names_a_type = [](const json::value &each) { return each != json::value("null"); };
  if (std::ranges::count_if(*several, names_a_type) < 2) return;
  json::array forms;
  for (const json::value &each : *several) forms.emplace_back(json::object{{"type", each}});
  schema.erase("type");
  schema["anyOf"] = std::move(forms);
}

void describe_required(json::object &schema) {
  const json::value *required = schema.if_contains("required");
  const json::array *names = required == nullptr ? nullptr : required->if_array();
  if (names == nullptr) return;
  json::object described;
  if (const json::value *properties = schema.if_contains("properties")) {
    described = properties->as_object();
  }
  const std::size_t before = described.size();
  for (const json::value &name : *names) described.emplace(name.as_string(), true);
  if (described.size() > before) schema["properties"] = std::move(described);
}

json::object portable_object(const json::object &schema) {
  json::object out = schema;
  for (const std::string_view keyword : schema_lists) {
    json::value *list = out.if_contains(keyword);
    if (list == nullptr || !list->is_array()) continue;
    for (json::value &each : list->get_array()) each = portable(each);
  }
  for (const std::string_view keyword : single_schemas) {
    if (json::value *inner = out.if_contains(keyword)) *inner = portable(*inner);
  }
  for (const std::string_view keyword : named_schemas) {
    json::value *named = out.if_contains(keyword);
    if (named == nullptr || !named->is_object()) continue;
    for (auto &&member : named->get_object()) member.value() = portable(member.value());
  }
  split_types(out);
  describe_required(out);
  return out;
}

json::value portable(const json::value &schema) {
  const json::object *object = schema.if_object();
  return object == nullptr ? schema : json::value(portable_object(*object));
}

// What `schema` refers to, until it is no reference. check() has seen that the chain ends.
const json::object &followed(const json::object &schema, const json::object &defs) {
  constexpr std::string_view start = "#/$defs/";
  const json::object *at = &schema;
  while (const json::value *reference = at->if_contains("$ref")) {
    const std::string_view name = reference->as_string();
    at = &defs.at(name.substr(start.size())).as_object();
  }
  return *at;
}

// The alternatives and rules of the top, one level deeper.
void lower_rules(json::object &schema) {
  json::object rules;
  for (const std::string_view keyword : refused_at_the_top) {
    json::value *found = schema.if_contains(keyword);
    if (found == nullptr) continue;
    rules.emplace(keyword, std::move(*found));
    schema.erase(keyword);
  }
  if (rules.empty()) return;
  for (const std::string_view keyword : {"if", "then", "else"}) {
    json::value *found = schema.if_contains(keyword);
    if (found == nullptr) continue;
    rules.emplace(keyword, std::move(*found));
    schema.erase(keyword);
  }
  schema["if"] = true;
  schema["then"] = std::move(rules);
}

}  // namespace

json::object portable_schema(const json::value &schema, const json::object &defs) {
  const json::object &described = followed(schema.as_object(), defs);
  json::object result = portable_object(described);
  lower_rules(result);
  const json::value standalone = standalone_schema(result, defs);
  result = standalone.as_object();
  if (json::value *used = result.if_contains("$defs")) {
    for (auto &&member : used->get_object()) member.value() = portable(member.value());
  }
  return result;
}

std::string alias_of(std::string_view operation_id) {
  std::string alias(operation_id);
  std::ranges::replace(alias, '.', '-');
  return alias;
}

}  // namespace cpi::manifest
