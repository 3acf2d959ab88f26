#include "cpi/manifest/json_schema.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "cpi/manifest/pointer.hpp"

namespace cpi::manifest {
namespace {

namespace json = boost::json;
using Adapter = valijson::adapters::BoostJsonAdapter;

// std::regex recurses for each character, up to 2 KiB of stack each: a long text would overflow it.
constexpr std::size_t longest_for_pattern = 1024;
constexpr std::size_t deepest_reference = 64;

constexpr std::array<std::string_view, 4> one_subschema = {"not", "if", "then", "else"};
constexpr std::array<std::string_view, 3> many_subschemas = {"allOf", "anyOf", "oneOf"};

// Finds texts that a pattern would be tried on and that are too long for it.
class LongTexts {
 public:
  LongTexts(const json::value &schema, std::vector<Violation> &out) : root_(schema), out_(out) {}

  void look(const json::value &schema, const json::value &value, const std::string &pointer,
            std::size_t depth) {
    const json::object *rules = schema.if_object();
    if (rules == nullptr || depth > deepest_reference) return;
    if (const json::value *reference = rules->if_contains("$ref")) {
      if (const json::value *target = follow(*reference)) look(*target, value, pointer, depth + 1);
      return;
    }
    if (const auto *text = value.if_string();
        text != nullptr && rules->contains("pattern") && text->size() > longest_for_pattern) {
      out_.push_back({pointer, "is longer than the " + std::to_string(longest_for_pattern) +
                                   " bytes that a text with a pattern may have"});
    }
    for (const std::string_view keyword : one_subschema) {
      if (const json::value *inner = rules->if_contains(keyword)) {
        look(*inner, value, pointer, depth + 1);
      }
    }
    for (const std::string_view keyword : many_subschemas) {
      const json::value *inner = rules->if_contains(keyword);
      if (inner == nullptr || !inner->is_array()) continue;
      for (const json::value &each : inner->get_array()) look(each, value, pointer, depth + 1);
    }
    if (const auto *object = value.if_object()) look_at_members(*rules, *object, pointer, depth);
    if (const auto *array = value.if_array()) look_at_elements(*rules, *array, pointer, depth);
  }

 private:
  void look_at_members(const json::object &rules, const json::object &object,
                       const std::string &pointer, std::size_t depth) {
    const json::value *properties = rules.if_contains("properties");
    const json::value *patterns = rules.if_contains("patternProperties");
    const json::value *names = rules.if_contains("propertyNames");
    const json::value *others = rules.if_contains("additionalProperties");
    for (const auto &[key, member] : object) {
      const std::string place = child(pointer, std::string_view(key.data(), key.size()));
      if ((patterns != nullptr || names != nullptr) && key.size() > longest_for_pattern) {
        out_.push_back({pointer, "has a key of " + std::to_string(key.size()) + " bytes"});
        continue;
      }
      if (properties != nullptr && properties->is_object()) {
        if (const json::value *schema = properties->get_object().if_contains(key)) {
          look(*schema, member, place, depth + 1);
        }
      }
      if (patterns != nullptr && patterns->is_object()) {
        for (const auto &pattern : patterns->get_object()) {
          look(pattern.value(), member, place, depth + 1);
        }
      }
      if (others != nullptr) look(*others, member, place, depth + 1);
    }
  }

  void look_at_elements(const json::object &rules, const json::array &array,
                        const std::string &pointer, std::size_t depth) {
    for (const std::string_view keyword : {"items", "additionalItems", "contains"}) {
      const json::value *schema = rules.if_contains(keyword);
      if (schema == nullptr) continue;
      for (std::size_t i = 0; i < array.size(); ++i) {
        const std::string place = child(pointer, i);
        if (const auto *tuple = schema->if_array()) {
          if (i < tuple->size()) look((*tuple)[i], array[i], place, depth + 1);
        } else {
          look(*schema, array[i], place, depth + 1);
        }
      }
    }
  }

  const json::value *follow(const json::value &reference) {
    const auto *text = reference.if_string();
    if (text == nullptr || text->empty() || text->front() != '#') return nullptr;
    return resolve(root_, std::string_view(text->data(), text->size()).substr(1));
  }

  const json::value &root_;
  std::vector<Violation> &out_;
};

// Finds members that are there although a condition that holds says `false` of them. valijson knows
// only that the whole does not fit.
class ExcludedMembers {
 public:
  ExcludedMembers(const json::value &schema, std::vector<Violation> &out)
      : root_(schema), out_(out) {}

  void look(const json::value &schema, const json::value &value, const std::string &pointer,
            std::size_t depth) {
    const json::object *rules = schema.if_object();
    if (rules == nullptr || depth > deepest_reference) return;
    if (const json::value *reference = rules->if_contains("$ref")) {
      if (const json::value *target = follow(*reference)) look(*target, value, pointer, depth + 1);
      return;
    }
    if (const json::value *all = rules->if_contains("allOf"); all != nullptr && all->is_array()) {
      for (const json::value &each : all->get_array()) look(each, value, pointer, depth + 1);
    }
    if (const json::value *condition = rules->if_contains("if")) {
      const std::string_view branch = holds(*condition, value) ? "then" : "else";
      if (const json::value *inner = rules->if_contains(branch)) {
        look(*inner, value, pointer, depth + 1);
      }
    }
    if (const json::object *object = value.if_object())
      look_at_members(*rules, *object, pointer, depth);
    const json::array *array = value.if_array();
    const json::value *items = rules->if_contains("items");
    if (array == nullptr || items == nullptr) return;
    for (std::size_t i = 0; i < array->size(); ++i) {
      look(*items, (*array)[i], child(pointer, i), depth + 1);
    }
  }

 private:
  void look_at_members(const json::object &rules, const json::object &object,
                       const std::string &pointer, std::size_t depth) {
    const json::value *properties = rules.if_contains("properties");
    if (properties == nullptr || !properties->is_object()) return;
    for (const auto &[key, schema] : properties->get_object()) {
      const json::value *member = object.if_contains(key);
      if (member == nullptr) continue;
      const std::string place = child(pointer, std::string_view(key.data(), key.size()));
      if (schema.is_bool() && !schema.get_bool()) {
        out_.push_back({place, "is not used with the other values given; leave it out"});
      } else {
        look(schema, *member, place, depth + 1);
      }
    }
  }

  [[nodiscard]] bool holds(const json::value &condition, const json::value &value) const {
    const json::object none;
    const json::object *root = root_.if_object();
    const json::value *defs = root == nullptr ? nullptr : root->if_contains("$defs");
    const bool has_defs = defs != nullptr && defs->is_object();
    return JsonSchema(standalone_schema(condition, has_defs ? defs->get_object() : none))
        .validate(value)
        .empty();
  }

  const json::value *follow(const json::value &reference) const {
    const auto *text = reference.if_string();
    if (text == nullptr || text->empty() || text->front() != '#') return nullptr;
    return resolve(root_, std::string_view(text->data(), text->size()).substr(1));
  }

  const json::value &root_;
  std::vector<Violation> &out_;
};

std::string pointer_of(const std::vector<std::string> &context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i) {  // the first is "<root>"
    const std::string_view step = context[i];         // "[key]" or "[0]"
    pointer = child(pointer, step.size() >= 2 ? step.substr(1, step.size() - 2) : step);
  }
  return pointer;
}

// The name at the end of "...marker'name'."
std::string name_after(std::string_view text, std::string_view marker) {
  const auto at = text.find(marker);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + marker.size());
  if (text.ends_with("'.")) text.remove_suffix(2);
  return std::string(text);
}

std::string kind_of(const json::value *value) {
  if (value == nullptr) return "nothing";
  switch (value->kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "true or false";
    case json::kind::int64:
    case json::kind::uint64:
      return "an integer";
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "text";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      break;
  }
  return "an object";
}

// valijson reports every level on the way up; only what says something of its own is kept, in
// words for a person.
std::optional<Violation> worded(const valijson::ValidationResults::Error &error,
                                const json::value &root) {
  const std::string &text = error.description;
  Violation result{pointer_of(error.context), {}};
  if (text.starts_with("Object contains a property that could not be validated")) {
    const std::string name = name_after(text, "constraints: '");
    result.pointer = child(result.pointer, name);
    result.message = "has an unknown member \"" + name + "\"";
  } else if (text.starts_with("Missing required property")) {
    result.message = "lacks the required member \"" + name_after(text, "property '") + "\"";
  } else if (text.starts_with("Value type not permitted")) {
    result.message = "may not be " + kind_of(resolve(root, result.pointer));
  } else if (text.starts_with("Failed to match regex")) {
    result.message = "is not written the way its pattern says";
  } else if (text.starts_with("Failed to match against any enum")) {
    result.message = "is none of the allowed values";
  } else if (text.starts_with("Failed to match expected value")) {
    result.message = "is not the one allowed value";
  } else if (text.starts_with("Failed to validate against schema associated with property") ||
             text.starts_with("Failed to validate item #") ||
             text.starts_with("Failed to validate against child schema") ||
             text.starts_with("Failed to validate against additional properties") ||
             text.starts_with("Failed to validate against dependent schema") ||
             text.starts_with("Failed to validate against a conditional schema")) {
    return std::nullopt;
  } else {
    result.message = text;
    if (!result.message.empty()) {
      result.message.front() =
          static_cast<char>(std::tolower(static_cast<unsigned char>(result.message.front())));
    }
    if (result.message.ends_with('.')) result.message.pop_back();
  }
  return result;
}

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
      const std::vector<std::string> tokens = tokens_of(std::string_view(*text).substr(1));
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

struct JsonSchema::Compiled {
  json::value source;
  valijson::Schema schema;
};

JsonSchema::JsonSchema(const json::value &schema) {
  auto compiled = std::make_shared<Compiled>();
  compiled->source = schema;
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(Adapter(compiled->source), compiled->schema);
  } catch (const std::bad_alloc &) {
    throw;
  } catch (const std::exception &error) {
    throw std::invalid_argument(error.what());
  }
  compiled_ = std::move(compiled);
}

std::vector<Violation> JsonSchema::validate(const json::value &value) const {
  std::vector<Violation> violations;
  LongTexts(compiled_->source, violations).look(compiled_->source, value, "", 0);
  if (!violations.empty()) return violations;
  valijson::Validator validator;
  valijson::ValidationResults results;
  try {
    if (validator.validate(compiled_->schema, Adapter(value), &results)) return violations;
  } catch (const std::regex_error &error) {
    violations.push_back({"", std::string("can't be checked, a pattern fails: ") + error.what()});
    return violations;
  }
  for (const auto &error : results) {
    if (auto violation = worded(error, value)) violations.push_back(std::move(*violation));
  }
  ExcludedMembers(compiled_->source, violations).look(compiled_->source, value, "", 0);
  if (violations.empty()) violations.push_back({"", "does not fit"});
  return violations;
}

const JsonSchema &manifest_schema() {
  static const JsonSchema schema(json::parse(manifest_schema_text()));
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
