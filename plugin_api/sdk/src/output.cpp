#include "cpi/sdk/output.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "cpi/json/pointer.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/paging.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// The schema itself, or what its reference names: "#/$defs/name".
const json::object *resolved(const json::value *schema, const json::object &defs) {
  constexpr std::string_view prefix = "#/$defs/";
  constexpr int longest_chain = 16;
  for (int hops = 0; schema != nullptr && hops < longest_chain; ++hops) {
    const auto *object = schema->if_object();
    const auto *reference = object != nullptr ? object->if_contains("$ref") : nullptr;
    if (reference == nullptr) return object;
    const auto *text = reference->if_string();
    if (text == nullptr || !std::string_view(*text).starts_with(prefix)) return nullptr;
    schema = defs.if_contains(std::string_view(*text).substr(prefix.size()));
  }
  return nullptr;
}

std::vector<std::string_view> types_of(const json::object *schema) {
  std::vector<std::string_view> out;
  const auto *type = schema != nullptr ? schema->if_contains("type") : nullptr;
  if (type == nullptr) return out;
  if (const auto *one = type->if_string()) out.emplace_back(*one);
  if (const auto *list = type->if_array()) {
    for (const auto &each : *list) {
      if (const auto *one = each.if_string()) out.emplace_back(*one);
    }
  }
  return out;
}

bool holds(const std::vector<std::string_view> &types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

const json::value *member_of_object(const json::object *object, std::string_view name) {
  return object != nullptr ? object->if_contains(name) : nullptr;
}

const json::object *object_member(const json::object *object, std::string_view name) {
  const json::value *found = member_of_object(object, name);
  return found != nullptr ? found->if_object() : nullptr;
}

}  // namespace

std::optional<std::vector<Pointer>> required_of_rows(const json::value *schema,
                                                     const json::object &defs,
                                                     std::string_view name) {
  const auto *properties = object_member(resolved(schema, defs), "properties");
  const auto *list = resolved(member_of_object(properties, name), defs);
  const auto types = types_of(list);
  if (!holds(types, "array") || holds(types, "object")) return std::nullopt;
  std::vector<Pointer> out;
  const auto *required =
      member_of_object(resolved(member_of_object(list, "items"), defs), "required");
  const auto *names = required != nullptr ? required->if_array() : nullptr;
  if (names == nullptr) return out;
  for (const auto &each : *names) {
    const auto *member = each.if_string();
    if (member != nullptr) out.push_back(Pointer::compile(pointer_join("", *member), name));
  }
  return out;
}

OutputPromise OutputPromise::compile(const json::value *schema, const json::object &defs) {
  OutputPromise out;
  const auto *root = resolved(schema, defs);
  if (root == nullptr) return out;
  out.object_ = holds(types_of(root), "object");
  const auto *required = root->if_contains("required");
  const auto *names = required != nullptr ? required->if_array() : nullptr;
  if (names == nullptr) return out;
  const auto *found = root->if_contains("properties");
  const auto *properties = found != nullptr ? found->if_object() : nullptr;
  for (const auto &each : *names) {
    const auto *name = each.if_string();
    if (name == nullptr) continue;
    out.required_.push_back(
        member_of(*name, properties != nullptr ? properties->if_contains(*name) : nullptr, defs));
  }
  return out;
}

OutputPromise::Member OutputPromise::member_of(std::string_view name, const json::value *schema,
                                               const json::object &defs) {
  Member out;
  out.name = name;
  auto types = types_of(resolved(schema, defs));
  out.nullable = holds(types, "null");
  std::erase(types, "null");
  if (types.empty()) return out;
  const bool structured = holds(types, "object") || holds(types, "array");
  const bool scalar = std::any_of(types.begin(), types.end(), [](std::string_view type) {
    return type != "object" && type != "array";
  });
  if (types == std::vector<std::string_view>{"boolean"}) {
    out.form = Form::flag;
  } else if (structured != scalar) {
    out.form = !structured               ? Form::scalar
               : !holds(types, "object") ? Form::list
               : !holds(types, "array")  ? Form::object
                                         : Form::list_or_object;
  }
  return out;
}

bool OutputPromise::fits(const Member &member, json::value &value, bool strict) {
  if (value.is_null()) return member.nullable;
  switch (member.form) {
    case Form::any:
      return true;
    case Form::scalar:
      return !value.is_structured();
    case Form::list: {
      if (value.is_array()) return true;
      json::value *found = nullptr;
      auto list = value.is_object() ? take_list(value, Pointer(), found) : std::nullopt;
      if (list) value = *std::move(list);
      return value.is_array() || (!strict && value.is_object());
    }
    case Form::object:  // PHP writes an empty one as []
      return value.is_object() || (value.is_array() && (!strict || value.get_array().empty()));
    case Form::list_or_object:
      return value.is_structured();
    case Form::flag:
      break;
  }
  if (value.is_bool()) return true;
  const json::object as_answer{{"result", value}};
  const Flag flag = flag_in(as_answer);
  if (flag != Flag::yes && flag != Flag::no) return false;
  value = flag == Flag::yes;
  return true;
}

std::string OutputPromise::missing(json::value &output, bool strict) const {
  if (required_.empty()) return {};
  auto *object = output.if_object();
  for (const Member &member : required_) {
    auto *value = object != nullptr ? object->if_contains(member.name) : nullptr;
    if (value == nullptr || !fits(member, *value, strict)) return member.name;
  }
  return {};
}

json::object OutputPromise::done() const {
  json::object out;
  for (const Member &member : required_) {
    if (member.form == Form::flag) out.emplace(member.name, true);
  }
  return out;
}

}  // namespace cpi
