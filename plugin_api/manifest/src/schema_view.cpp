#include "schema_view.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "json_access.hpp"

namespace cpi::manifest {
namespace {

constexpr std::size_t longest_chain = 64;

bool is_index(std::string_view token) {
  return token == "*" || (!token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
           return std::isdigit(static_cast<unsigned char>(c)) != 0;
         }));
}

// All schemas that apply to the same value as `schema` does, itself first. What only may apply
// (anyOf, if/then) counts: the question is what may be there.
void gather(const json::value *schema, const json::object &defs, bool surely,
            std::vector<const json::value *> &out, std::vector<const json::value *> &sure,
            std::size_t depth) {
  schema = dereference(schema, defs);
  if (schema == nullptr || depth > longest_chain) return;
  out.push_back(schema);
  if (surely) sure.push_back(schema);
  const json::object *rules = schema->if_object();
  if (rules == nullptr) return;
  for (const std::string_view keyword : {"allOf", "anyOf", "oneOf"}) {
    if (const json::array *list = array_in(*rules, keyword)) {
      for (const json::value &each : *list) {
        gather(&each, defs, surely && keyword == "allOf", out, sure, depth + 1);
      }
    }
  }
  for (const std::string_view keyword : {"if", "then", "else"}) {
    if (const json::value *inner = rules->if_contains(keyword)) {
      gather(inner, defs, false, out, sure, depth + 1);
    }
  }
}

Spot step(const Spot &from, const std::string &token, const json::object &defs) {
  Spot to;
  to.secret = from.secret;
  to.required = from.required;
  std::vector<const json::value *> here;
  std::vector<const json::value *> sure;
  for (const json::value *schema : from.schemas) gather(schema, defs, true, here, sure, 0);

  bool closed = false;
  bool may_be_container = false;
  std::vector<const json::value *> others;
  for (const json::value *schema : here) {
    const json::object *rules = schema->if_object();
    if (rules == nullptr) continue;
    if (is_index(token) && allows_type(*schema, "array")) {
      may_be_container = true;
      if (const json::value *items = rules->if_contains("items")) to.schemas.push_back(items);
    }
    if (!allows_type(*schema, "object")) continue;
    may_be_container = true;
    if (const json::object *properties = object_in(*rules, "properties")) {
      if (const json::value *found = properties->if_contains(token)) to.schemas.push_back(found);
      if (token == "*") {
        for (const auto &property : *properties) to.schemas.push_back(&property.value());
      }
    }
    if (const json::object *patterns = object_in(*rules, "patternProperties")) {
      for (const auto &pattern : *patterns) others.push_back(&pattern.value());
    }
    if (const json::value *additional = rules->if_contains("additionalProperties")) {
      if (additional->is_bool() && !additional->get_bool()) {
        closed = true;
      } else {
        others.push_back(additional);
      }
    }
  }
  if (to.schemas.empty()) to.schemas = others;
  for (const json::value *&schema : to.schemas) {
    if (const json::value *target = dereference(schema, defs)) schema = target;
  }
  if (!to.schemas.empty()) {
    to.kind = Spot::Kind::found;
  } else {
    to.kind = closed || !may_be_container ? Spot::Kind::missing : Spot::Kind::open;
  }
  const bool named = std::any_of(sure.begin(), sure.end(), [&](const json::value *schema) {
    const json::object *rules = schema->if_object();
    return rules != nullptr && lists(array_in(*rules, "required"), token);
  });
  to.required = to.required && named;
  for (const json::value *schema : to.schemas) {
    if (schema->is_object() && flag_in(schema->get_object(), "writeOnly")) to.secret = true;
  }
  return to;
}

}  // namespace

const json::value *dereference(const json::value *schema, const json::object &defs) {
  for (std::size_t i = 0; schema != nullptr && i < longest_chain; ++i) {
    const json::object *rules = schema->if_object();
    if (rules == nullptr || !rules->contains("$ref")) return schema;
    const std::string_view target = text_in(*rules, "$ref");
    if (!target.starts_with('#') || !is_pointer(target.substr(1))) return nullptr;
    const std::vector<std::string> tokens = pointer_tokens(target.substr(1));
    if (tokens.size() != 2 || tokens[0] != "$defs") return nullptr;
    schema = defs.if_contains(tokens[1]);
  }
  return nullptr;
}

Spot find_spot(std::span<const json::value *const> schemas, std::span<const std::string> tokens,
               const json::object &defs) {
  Spot spot;
  for (const json::value *schema : schemas) {
    if (const json::value *target = dereference(schema, defs)) spot.schemas.push_back(target);
  }
  spot.kind = spot.schemas.empty() ? Spot::Kind::missing : Spot::Kind::found;
  for (const std::string &token : tokens) {
    if (spot.kind != Spot::Kind::found) break;
    spot = step(spot, token, defs);
  }
  return spot;
}

Spot elements_of(const Spot &spot, const json::object &defs) {
  if (spot.kind != Spot::Kind::found) return spot;
  Spot lists_only = spot;
  std::erase_if(lists_only.schemas, [](const json::value *schema) {
    return !schema->is_object() || !allows_type(*schema, "array");
  });
  return lists_only.schemas.empty() ? Spot{} : step(lists_only, "*", defs);
}

bool allows_type(const json::value &schema, std::string_view type) {
  const json::object *rules = schema.if_object();
  if (rules == nullptr) return true;
  const json::value *declared = rules->if_contains("type");
  if (declared == nullptr) return true;
  if (declared->is_string()) return view(declared->get_string()) == type;
  return lists(declared->if_array(), type);
}

}  // namespace cpi::manifest
