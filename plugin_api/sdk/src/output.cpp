#include "cpi/sdk/output.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "cpi/json/document.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/list.hpp"

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

std::vector<std::string> required_of(const json::object *schema) {
  std::vector<std::string> out;
  const json::value *required = member_of_object(schema, "required");
  const json::array *names = required != nullptr ? required->if_array() : nullptr;
  if (names == nullptr) return out;
  for (const auto &each : *names) {
    if (const auto *name = each.if_string()) out.emplace_back(*name);
  }
  return out;
}

// A list, or an object with numeric keys; nothing for any other value.
std::optional<json::array> list_of(const json::value &value) {
  DocumentsRead rows = read_documents(ListPlace(), {}, write_document(value));
  if (!rows.read.ok()) return std::nullopt;
  return std::move(rows.rows);
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
  for (const auto &member : required_of(resolved(member_of_object(list, "items"), defs))) {
    out.push_back(Pointer::compile(pointer_join("", member), name));
  }
  return out;
}

OutputPromise OutputPromise::compile(const json::value *schema, const json::object &defs) {
  OutputPromise out;
  const auto *root = resolved(schema, defs);
  if (root == nullptr) return out;
  out.object_ = holds(types_of(root), "object");
  const auto *found = root->if_contains("properties");
  const auto *properties = found != nullptr ? found->if_object() : nullptr;
  for (const std::string &name : required_of(root)) {
    out.required_.push_back(
        member_of(name, properties != nullptr ? properties->if_contains(name) : nullptr, defs));
  }
  return out;
}

OutputPromise::Member OutputPromise::member_of(std::string_view name, const json::value *schema,
                                               const json::object &defs) {
  Member out;
  out.name = name;
  const auto *described = resolved(schema, defs);
  auto types = types_of(described);
  out.nullable = holds(types, "null");
  std::erase(types, "null");
  if (types.empty()) return out;
  const bool structured = holds(types, "object") || holds(types, "array");
  const bool scalar = std::any_of(types.begin(), types.end(), [](std::string_view type) {
    return type != "object" && type != "array";
  });
  if (types == std::vector<std::string_view>{"array"}) {
    out.list = true;
    const auto *fewest = described->if_contains("minItems");
    if (fewest != nullptr && fewest->is_int64()) {
      out.fewest = static_cast<std::size_t>(fewest->get_int64());
    }
    const auto *element = resolved(described->if_contains("items"), defs);
    if (element != nullptr && types_of(element) == std::vector<std::string_view>{"object"}) {
      out.objects = true;
      out.elements = required_of(element);
    }
  }
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
      if (auto list = value.is_object() ? list_of(value) : std::nullopt) value = *std::move(list);
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

std::string OutputPromise::missing_in_list(const Member &member, const json::value &value) {
  if (value.is_null()) return {};  // and it may be null
  const auto list = list_of(value);
  if (!list || list->size() < member.fewest) return member.name;
  for (const auto &each : *list) {
    const auto *element = each.if_object();
    if (element == nullptr && member.objects) return member.name;
    for (const std::string &name : member.elements) {
      const auto *held = element->if_contains(name);
      if (held == nullptr || held->is_null() || (is_name_of_id(name) && !is_id(*held))) {
        return name + " in " + member.name;
      }
    }
  }
  return {};
}

std::string OutputPromise::missing_in_change(json::value &output) const {
  if (auto name = missing(output, false); !name.empty()) return name;
  for (const Member &member : required_) {
    if (is_no_id(member, output.get_object().at(member.name))) return member.name;
    if (!member.list) continue;
    auto name = missing_in_list(member, output.get_object().at(member.name));
    if (!name.empty()) return name;
  }
  return {};
}

bool OutputPromise::is_no_id(const Member &member, const json::value &value) {
  const bool may_be_id = member.form == Form::scalar || member.form == Form::any;
  if (!may_be_id || !is_name_of_id(member.name)) return false;
  return !is_id(value) && !(value.is_null() && member.nullable);
}

void OutputPromise::drop_what_is_no_id(json::value &output) const {
  auto *object = output.if_object();
  if (object == nullptr) return;
  for (const Member &member : required_) {
    const auto *value = object->if_contains(member.name);
    if (value != nullptr && is_no_id(member, *value)) object->erase(member.name);
  }
}

json::object OutputPromise::done() const {
  json::object out;
  for (const Member &member : required_) {
    if (member.form == Form::flag) out.emplace(member.name, true);
  }
  return out;
}

}  // namespace cpi
