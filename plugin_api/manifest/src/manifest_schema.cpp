#include "cpi/manifest/manifest_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "format_schema.hpp"

namespace cpi::manifest {
namespace {

namespace json = boost::json;

void collect_references(const json::value &schema, const json::object &defs, json::object &used) {
  if (const auto *array = schema.if_array()) {
    for (const json::value &each : *array) collect_references(each, defs, used);
  }
  const auto *object = schema.if_object();
  if (object == nullptr) return;
  for (const auto &[key, value] : *object) {
    const auto *text = value.if_string();
    constexpr std::string_view start = "#/$defs/";
    if (key == "$ref" && text != nullptr && text->starts_with(start)) {
      const std::string_view pointer = std::string_view(*text).substr(1);
      if (!is_pointer(pointer)) continue;
      const std::vector<std::string> tokens = pointer_tokens(pointer);
      const json::value *target = tokens.size() > 1 ? defs.if_contains(tokens[1]) : nullptr;
      if (target != nullptr && !used.contains(tokens[1])) {
        used.emplace(tokens[1], *target);
        collect_references(*target, defs, used);
      }
    } else {
      collect_references(value, defs, used);
    }
  }
}

}  // namespace

const Schema &manifest_schema() {
  static const Schema schema = Schema::compile_document(format_schema());
  return schema;
}

json::value standalone_schema(const json::value &schema, const json::object &defs) {
  json::object used;
  collect_references(schema, defs, used);
  json::value result = schema;
  if (!used.empty() && result.is_object()) result.get_object().insert_or_assign("$defs", used);
  return result;
}

}  // namespace cpi::manifest
