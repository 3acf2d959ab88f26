#include "control/form_schema.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/json/pointer.hpp"

namespace host {

namespace {

namespace json = boost::json;

class Resolver {
 public:
  explicit Resolver(const json::value &root) : root_(root) {}

  json::value resolve(const json::value &schema) {
    if (const json::array *array = schema.if_array()) {
      json::array out;
      for (const json::value &element : *array) out.push_back(resolve(element));
      return out;
    }
    const json::object *object = schema.if_object();
    if (object == nullptr) return schema;
    std::optional<json::object> target = referred(*object);
    json::object out = target ? std::move(*target) : json::object();
    for (const auto &member : *object)
      if (member.key() != "$defs" && !(target && member.key() == "$ref"))
        out[member.key()] = resolve(member.value());
    return out;
  }

 private:
  // The resolved target of `object`'s reference; empty if it cannot be resolved.
  std::optional<json::object> referred(const json::object &object) {
    const json::value *reference = object.if_contains("$ref");
    const json::string *text = reference == nullptr ? nullptr : reference->if_string();
    if (text == nullptr || !text->starts_with('#')) return std::nullopt;
    const std::string pointer(std::string_view(*text).substr(1));
    const bool inside = std::ranges::find(open_, pointer) != open_.end();
    const json::value *target = cpi::find_at(root_, pointer);
    if (inside || target == nullptr || !target->is_object()) return std::nullopt;
    open_.push_back(pointer);
    json::object out = resolve(*target).as_object();
    open_.pop_back();
    return out;
  }

  const json::value &root_;
  std::vector<std::string> open_;  // references being resolved
};

}  // namespace

json::object form_schema(const json::value &schema) {
  json::value out = Resolver(schema).resolve(schema);
  return out.is_object() ? std::move(out.get_object()) : json::object{};
}

}  // namespace host
