#include "embedded_schemas.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "cpi/json/schema.hpp"
#include "json_access.hpp"
#include "plain_field.hpp"
#include "schema_view.hpp"
#include "zone_check.hpp"

namespace cpi::manifest {
namespace {

constexpr std::string_view reference_start = "#/$defs/";
constexpr std::size_t largest_expansion = 50'000;

// Calls visit(schema, pointer) for `schema` and every schema inside it. References are not
// followed.
template <typename Visit>
void for_each_schema(const json::value &schema, const std::string &pointer, const Visit &visit) {
  visit(schema, pointer);
  const json::object *rules = schema.if_object();
  if (rules == nullptr) return;
  for (const std::string_view keyword : {"items", "contains", "additionalProperties",
                                         "propertyNames", "not", "if", "then", "else"}) {
    if (const json::value *inner = rules->if_contains(keyword)) {
      for_each_schema(*inner, pointer_join(pointer, keyword), visit);
    }
  }
  for (const std::string_view keyword : {"properties", "patternProperties"}) {
    if (const json::object *members = object_in(*rules, keyword)) {
      const std::string place = pointer_join(pointer, keyword);
      for (const auto &[key, value] : *members) {
        for_each_schema(value, pointer_join(place, std::string_view(key.data(), key.size())),
                        visit);
      }
    }
  }
  for (const std::string_view keyword : {"allOf", "anyOf", "oneOf"}) {
    if (const json::array *list = array_in(*rules, keyword)) {
      const std::string place = pointer_join(pointer, keyword);
      for (std::size_t i = 0; i < list->size(); ++i) {
        for_each_schema((*list)[i], pointer_join(place, i), visit);
      }
    }
  }
}

// What is fine for the compiler, and still no use for other readers of the manifest.
void check_reference(Findings &findings, const json::object &rules, const std::string &pointer) {
  if (!rules.contains("$ref")) return;
  const std::string_view target = text_in(rules, "$ref");
  const std::string place = pointer_join(pointer, "$ref");
  if (rules.size() > 1) {
    findings.add("M212", place, "keywords beside $ref are ignored by draft-07 parsers");
  }
  if (target.starts_with(reference_start) &&
      target.find('/', reference_start.size()) != std::string_view::npos) {
    findings.add("M212", place, "\"" + std::string(target) + "\" is not a definition");
  }
}

// Whether it compiles is what a schema is checked for.
void check_compiles(Findings &findings, const EmbeddedSchema &embedded) {
  for (const SchemaError &error : Schema::errors_in(*embedded.schema, findings.defs(),
                                                    embedded.pointer, UnknownFormats::ignored)) {
    const bool of_pattern =
        error.keyword == "pattern" || error.place.find("/patternProperties/") != std::string::npos;
    findings.add(error.keyword == "$ref" ? "M212"
                 : of_pattern            ? "M214"
                                         : "M210",
                 error.place, error.why);
  }
}

// A repetition of a group that itself repeats: (a+)+, (a*b?){2,}. Backtracking matchers need
// exponential time on texts that nearly match.
bool repeats_repetition(std::string_view pattern) {
  std::vector<bool> repeats = {false};  // whether each open group has a repetition in it
  bool in_class = false;
  bool after_repeating_group = false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    const bool was_after = std::exchange(after_repeating_group, false);
    if (c == '\\') {
      ++at;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(') {
      repeats.push_back(false);
      if (pattern.substr(at + 1, 1) == "?") ++at;
    } else if (c == ')' && repeats.size() > 1) {
      after_repeating_group = repeats.back();
      repeats.pop_back();
      if (after_repeating_group) repeats.back() = true;
    } else if (c == '+' || c == '*' || c == '{') {
      const std::string_view rest = pattern.substr(at);
      const bool bounded = c == '{' && rest.find(',') > rest.find('}');
      if (!bounded) {
        if (was_after) return true;
        repeats.back() = true;
      }
    }
  }
  return false;
}

void check_pattern(Findings &findings, std::string_view pattern, const std::string &pointer) {
  if (repeats_repetition(pattern)) {
    findings.add("M214", pointer, "the pattern repeats a repetition, which may take for ever");
  }
}

void check_keywords(Findings &findings, const EmbeddedSchema &embedded) {
  check_compiles(findings, embedded);
  for_each_schema(
      *embedded.schema, embedded.pointer,
      [&](const json::value &schema, const std::string &pointer) {
        const json::object *rules = schema.if_object();
        if (rules == nullptr) return;
        check_reference(findings, *rules, pointer);
        check_zone(findings, *rules, pointer, embedded.role);
        if (rules->contains("pattern")) {
          check_pattern(findings, text_in(*rules, "pattern"), pointer_join(pointer, "pattern"));
        }
        if (const json::object *patterns = object_in(*rules, "patternProperties")) {
          for (const auto &pattern : *patterns) {
            const std::string_view key(pattern.key().data(), pattern.key().size());
            check_pattern(findings, key,
                          pointer_join(pointer_join(pointer, "patternProperties"), key));
          }
        }
      });
}

// How large a definition becomes when all references are written out; reports circles.
class Expansion {
 public:
  explicit Expansion(Findings &findings) : findings_(findings) {}

  void check() {
    for (const auto &definition : findings_.defs()) {
      (void)size_of({definition.key().data(), definition.key().size()});
    }
  }

 private:
  std::size_t size_of(std::string_view name) {
    const auto [entry, first] = sizes_.try_emplace(std::string(name), std::nullopt);
    if (!first) {
      if (entry->second) return *entry->second;
      findings_.add("M213", pointer_join("/$defs", name),
                    "the definition \"" + std::string(name) + "\" contains itself");
      return 1;
    }
    const json::value *definition = findings_.defs().if_contains(name);
    std::size_t size = definition == nullptr ? 0 : size_in(*definition);
    if (size > largest_expansion) {
      findings_.add("M213", pointer_join("/$defs", name),
                    "the definition \"" + std::string(name) + "\" expands to more than " +
                        std::to_string(largest_expansion) + " values");
      size = 1;
    }
    sizes_[std::string(name)] = size;
    return size;
  }

  std::size_t size_in(const json::value &value) {
    std::size_t size = 1;
    if (const json::array *array = value.if_array()) {
      for (const json::value &each : *array) size += size_in(each);
    } else if (const json::object *object = value.if_object()) {
      for (const auto &[key, each] : *object) {
        const json::string *text = each.if_string();
        if (key == "$ref" && text != nullptr && view(*text).starts_with(reference_start)) {
          size += size_of(view(*text).substr(reference_start.size()));
        } else {
          size += size_in(each);
        }
      }
    }
    return size;
  }

  Findings &findings_;
  std::map<std::string, std::optional<std::size_t>, std::less<>> sizes_;
};

void check_values(Findings &findings, const EmbeddedSchema &embedded) {
  for_each_schema(
      *embedded.schema, embedded.pointer,
      [&](const json::value &schema, const std::string &pointer) {
        const json::object *rules = schema.if_object();
        if (rules == nullptr) return;
        const json::value *preset = rules->if_contains("default");
        const json::array *examples = array_in(*rules, "examples");
        if (preset == nullptr && examples == nullptr) return;
        const Schema compiled =
            Schema::compile(schema, findings.defs(), pointer, UnknownFormats::ignored);
        const auto check = [&](const json::value &value, const std::string &place) {
          for (const Violation &violation : compiled.validate(value, "The value").listed) {
            findings.add("M218", place, violation);
          }
        };
        if (preset != nullptr) check(*preset, pointer_join(pointer, "default"));
        if (examples != nullptr) {
          const std::string place = pointer_join(pointer, "examples");
          for (std::size_t i = 0; i < examples->size(); ++i)
            check((*examples)[i], pointer_join(place, i));
        }
      });
}

std::string shown_value(const json::value &value) {
  return json::serialize(value);
}

// The values under which a field is shown: {field: value} or {field: [values]}.
std::vector<json::value> condition_values(const json::value &condition) {
  const json::array *list = condition.if_array();
  return list == nullptr ? std::vector<json::value>{condition}
                         : std::vector<json::value>(list->begin(), list->end());
}

// The only values that a field can have; nothing when there is no such list.
std::optional<std::vector<json::value>> choices_of(const json::value *schema) {
  const json::object *rules = schema == nullptr ? nullptr : schema->if_object();
  if (rules == nullptr) return std::nullopt;
  if (const json::value *constant = rules->if_contains("const")) return std::vector{*constant};
  if (const json::array *list = array_in(*rules, "enum")) {
    return std::vector<json::value>(list->begin(), list->end());
  }
  for (const std::string_view keyword : {"oneOf", "anyOf"}) {
    if (const json::array *list = array_in(*rules, keyword)) {
      std::vector<json::value> choices;
      for (const json::value &each : *list) {
        const json::value *constant = member(&each, "const");
        if (constant == nullptr) return std::nullopt;
        choices.push_back(*constant);
      }
      return choices;
    }
  }
  if (text_in(*rules, "type") == "boolean") {
    return std::vector<json::value>{json::value(true), json::value(false)};
  }
  return std::nullopt;
}

bool has(const std::vector<json::value> &values, const json::value &value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// Follows an input's schemas, references included, as a form would.
class FormSchema {
 public:
  explicit FormSchema(Findings &findings) : findings_(findings) {}

  void check_input(const EmbeddedSchema &embedded) {
    const json::value *root = dereference(embedded.schema, findings_.defs());
    const json::object *rules = root == nullptr ? nullptr : root->if_object();
    if (rules != nullptr && !closed(*rules) && !rules->contains("properties")) {
      findings_.add("M215", embedded.pointer, "the input accepts members that it does not name");
    }
    follow(*embedded.schema, embedded.pointer, {});
  }

  void check_output(const json::value &schema, const std::string &pointer) {
    for_each_schema(schema, pointer, [&](const json::value &inner, const std::string &place) {
      const json::object *rules = inner.if_object();
      if (rules == nullptr) return;
      if (closed(*rules)) {
        findings_.add("M216", pointer_join(place, "additionalProperties"),
                      "the output refuses members that it does not name");
      }
      if (const json::object *properties = object_in(*rules, "properties")) {
        for (const auto &[key, member] : *properties) {
          const std::string_view name(key.data(), key.size());
          const json::value *target = dereference(&member, findings_.defs());
          if (!looks_secret(name) || target == nullptr || !target->is_object() ||
              !allows_type(*target, "string") || flag_in(target->get_object(), "writeOnly")) {
            continue;
          }
          findings_.add("M335", pointer_join(pointer_join(place, "properties"), name),
                        "\"" + std::string(name) + "\" looks like a secret, and would be stored");
        }
      }
      enter_reference(*rules, [&](const json::value &target, const std::string &at) {
        check_output(target, at);
      });
    });
  }

 private:
  static bool closed(const json::object &rules) {
    const json::value *others = rules.if_contains("additionalProperties");
    return others != nullptr && others->is_bool() && !others->get_bool();
  }

  // Each definition is looked at once.
  template <typename Visit>
  void enter_reference(const json::object &rules, const Visit &visit) {
    const std::string_view target = text_in(rules, "$ref");
    if (!target.starts_with(reference_start)) return;
    const std::string_view name = target.substr(reference_start.size());
    const json::value *definition = findings_.defs().if_contains(name);
    if (definition != nullptr && seen_.emplace(name).second) {
      visit(*definition, pointer_join("/$defs", name));
    }
  }

  void follow(const json::value &schema, const std::string &pointer, std::string_view name) {
    const json::object *rules = schema.if_object();
    if (rules == nullptr) return;
    enter_reference(*rules, [&](const json::value &target, const std::string &at) {
      follow(target, at, name);
    });
    if (!name.empty() && looks_secret(name) && allows_type(schema, "string") &&
        !rules->contains("$ref") && !flag_in(*rules, "writeOnly")) {
      findings_.add("M314", pointer, "\"" + std::string(name) + "\" looks like a secret");
    }
    if (const json::object *properties = object_in(*rules, "properties")) {
      if (!closed(*rules)) {
        findings_.add("M215", pointer, "the object accepts members that it does not name");
      }
      check_fields(*rules, *properties, pointer);
      const std::string place = pointer_join(pointer, "properties");
      for (const auto &[key, field] : *properties) {
        const std::string_view field_name(key.data(), key.size());
        follow(field, pointer_join(place, field_name), field_name);
      }
    }
    for (const std::string_view keyword : {"items", "additionalProperties"}) {
      if (const json::value *inner = rules->if_contains(keyword)) {
        follow(*inner, pointer_join(pointer, keyword), {});
      }
    }
    for (const std::string_view keyword : {"anyOf", "oneOf"}) {
      if (const json::array *list = array_in(*rules, keyword)) {
        const std::string place = pointer_join(pointer, keyword);
        for (std::size_t i = 0; i < list->size(); ++i)
          follow((*list)[i], pointer_join(place, i), {});
      }
    }
  }

  void check_fields(const json::object &rules, const json::object &properties,
                    const std::string &pointer) {
    const json::array *required = array_in(rules, "required");
    const std::string place = pointer_join(pointer, "properties");
    for (const auto &[key, field] : properties) {
      const std::string name(key.data(), key.size());
      const std::string at = pointer_join(place, name);
      const json::value *target = dereference(&field, findings_.defs());
      const json::object *details = target == nullptr ? nullptr : target->if_object();
      if (details == nullptr) continue;
      if (text_in(*details, "title").empty()) {
        findings_.add("M217", at, "the field \"" + name + "\" has no title");
      } else if (!explains_itself(*details, findings_.defs())) {
        ask_for_description(field, *details, at);
      }
      const bool needed = lists(required, name);
      if (needed && may_be_empty(*details)) {
        findings_.add("M219", at, "the required field \"" + name + "\" may be an empty text");
      }
      check_visibility(properties, name, *details, at, needed);
    }
    if (required != nullptr && closed(rules)) check_required(*required, properties, pointer);
    check_condition(rules, properties, pointer);
  }

  // A definition that many fields share is named once, where it stands.
  void ask_for_description(const json::value &field, const json::object &details,
                           const std::string &at) {
    const std::string_view target = text_in(field.get_object(), "$ref");
    const std::string where = target.starts_with(reference_start)
                                  ? pointer_join("/$defs", target.substr(reference_start.size()))
                                  : at;
    if (at.starts_with("/lookups/")) return;  // the host fills these from other fields
    if (!undescribed_.insert(where).second) return;
    findings_.add(
        "M220", where,
        "nothing says what to fill in for \"" + std::string(text_in(details, "title")) + "\"");
  }

  static bool may_be_empty(const json::object &details) {
    if (text_in(details, "type") != "string") return false;
    for (const std::string_view keyword : {"enum", "const", "pattern", "oneOf", "anyOf"}) {
      if (details.contains(keyword)) return false;
    }
    const std::string_view format = text_in(details, "format");
    if (format.starts_with("date") || format == "time") return false;
    return integer_in(details, "minLength").value_or(0) < 1;
  }

  void check_required(const json::array &required, const json::object &properties,
                      const std::string &pointer) {
    const std::string place = pointer_join(pointer, "required");
    for (std::size_t i = 0; i < required.size(); ++i) {
      if (!required[i].is_string()) continue;
      const std::string_view name = view(required[i].get_string());
      if (!properties.contains(name)) {
        findings_.add("M312", pointer_join(place, i),
                      "\"" + std::string(name) + "\" is required but no field has this name");
      }
    }
  }

  static const json::object *conditions_of(const json::object &field) {
    const json::object *ui = object_in(field, "x-ui");
    return ui == nullptr ? nullptr : object_in(*ui, "visible_when");
  }

  void check_visibility(const json::object &properties, const std::string &name,
                        const json::object &details, const std::string &at, bool needed) {
    const json::object *conditions = conditions_of(details);
    if (conditions == nullptr) return;
    const std::string place = at + "/x-ui/visible_when";
    for (const auto &[key, condition] : *conditions) {
      const std::string_view other(key.data(), key.size());
      const std::string where = pointer_join(place, other);
      const json::value *schema = properties.if_contains(other);
      if (schema == nullptr || other == name) {
        findings_.add("M313", where,
                      "\"" + name + "\" is shown depending on \"" + std::string(other) +
                          "\", which is no other field of the object");
        continue;
      }
      const auto choices = choices_of(dereference(schema, findings_.defs()));
      const auto values = condition_values(condition);
      for (const json::value &value : values) {
        if (choices && !has(*choices, value)) {
          findings_.add("M312", where,
                        "\"" + name + "\" is hidden for good: \"" + std::string(other) +
                            "\" is never " + shown_value(value));
        }
      }
      const bool always =
          choices && std::all_of(choices->begin(), choices->end(),
                                 [&](const json::value &choice) { return has(values, choice); });
      if (needed && !always) {
        findings_.add("M312", where,
                      "\"" + name + "\" is always required but hidden unless \"" +
                          std::string(other) + "\" is " + shown_value(condition));
      }
      if (hides_each_other(properties, name, other)) {
        findings_.add("M312", where,
                      "\"" + name + "\" and \"" + std::string(other) + "\" hide each other");
      }
    }
  }

  // Whether the chain of conditions from `other` comes back to `name`.
  bool hides_each_other(const json::object &properties, std::string_view name,
                        std::string_view other) const {
    std::vector<std::string> open = {std::string(other)};
    std::set<std::string, std::less<>> seen;
    while (!open.empty()) {
      const std::string current = std::move(open.back());
      open.pop_back();
      if (current == name) return true;
      if (!seen.insert(current).second) continue;
      const json::value *field = dereference(properties.if_contains(current), findings_.defs());
      const json::object *details = field == nullptr ? nullptr : field->if_object();
      const json::object *conditions = details == nullptr ? nullptr : conditions_of(*details);
      if (conditions == nullptr) continue;
      for (const auto &condition : *conditions) {
        open.emplace_back(condition.key().data(), condition.key().size());
      }
    }
    return false;
  }

  // What `then` requires must be shown whenever `if` holds.
  void check_condition(const json::object &rules, const json::object &properties,
                       const std::string &pointer) {
    check_branch(rules, properties, pointer);
    if (const json::array *all = array_in(rules, "allOf")) {
      const std::string place = pointer_join(pointer, "allOf");
      for (std::size_t i = 0; i < all->size(); ++i) {
        if ((*all)[i].is_object()) {
          check_branch((*all)[i].get_object(), properties, pointer_join(place, i));
        }
      }
    }
  }

  void check_branch(const json::object &rules, const json::object &properties,
                    const std::string &pointer) {
    const json::object *premise = object_in(rules, "if");
    const json::object *branch = object_in(rules, "then");
    if (premise == nullptr || branch == nullptr) return;
    const json::array *required = array_in(*branch, "required");
    const json::object *tests = object_in(*premise, "properties");
    if (required == nullptr) return;
    const std::string place = pointer + "/then/required";
    for (std::size_t i = 0; i < required->size(); ++i) {
      if (!(*required)[i].is_string()) continue;
      const std::string_view name = view((*required)[i].get_string());
      const json::value *field = dereference(properties.if_contains(name), findings_.defs());
      if (field == nullptr) {
        findings_.add("M312", pointer_join(place, i),
                      "\"" + std::string(name) + "\" is required but no field has this name");
        continue;
      }
      const json::object *details = field->if_object();
      const json::object *conditions = details == nullptr ? nullptr : conditions_of(*details);
      if (conditions == nullptr || tests == nullptr) continue;
      for (const auto &[key, condition] : *conditions) {
        const auto tested = choices_of(tests->if_contains(key));
        if (!tested) continue;
        const auto shown_for = condition_values(condition);
        for (const json::value &value : *tested) {
          if (has(shown_for, value)) continue;
          findings_.add("M312", pointer_join(place, i),
                        "\"" + std::string(name) + "\" is required when \"" + std::string(key) +
                            "\" is " + shown_value(value) + ", but hidden then");
        }
      }
    }
  }

  Findings &findings_;
  std::set<std::string, std::less<>> seen_;
  std::set<std::string, std::less<>> undescribed_;
};

}  // namespace

bool looks_secret(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    if (c == '_' || c == '-' || c == '.') {
      words.emplace_back();
    } else if (c >= 'A' && c <= 'Z') {
      if (!words.back().empty()) words.emplace_back();
      words.back() += static_cast<char>(c - 'A' + 'a');
    } else {
      words.back() += c;
    }
  }
  static constexpr std::array<std::string_view, 8> secret_words = {
      "password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "credentials"};
  const std::string &last = words.back();
  if (std::find(secret_words.begin(), secret_words.end(), last) != secret_words.end()) return true;
  static constexpr std::array<std::string_view, 5> before_key = {"api", "access", "private",
                                                                 "secret", "auth"};
  return last == "key" && words.size() > 1 &&
         std::find(before_key.begin(), before_key.end(), words[words.size() - 2]) !=
             before_key.end();
}

std::vector<EmbeddedSchema> embedded_schemas(const json::object &manifest) {
  std::vector<EmbeddedSchema> schemas;
  const auto add = [&](const json::object &owner, const std::string &pointer, std::string_view key,
                       SchemaRole role) {
    if (const json::value *schema = owner.if_contains(key)) {
      schemas.push_back({schema, pointer_join(pointer, key), role});
    }
  };
  for (const std::string_view list : {"lookups", "triggers", "actions"}) {
    const json::array *operations = array_in(manifest, list);
    for (std::size_t i = 0; operations != nullptr && i < operations->size(); ++i) {
      const json::object *operation = (*operations)[i].if_object();
      if (operation == nullptr) continue;
      const std::string pointer = pointer_join(pointer_join("", list), i);
      add(*operation, pointer, "input", SchemaRole::input);
      add(*operation, pointer, "output", SchemaRole::output);
    }
  }
  if (const json::object *auth = object_in(manifest, "auth")) {
    if (const json::object *test = object_in(*auth, "test")) {
      add(*test, "/auth/test", "output", SchemaRole::output);
    }
    const json::array *methods = array_in(*auth, "methods");
    for (std::size_t i = 0; methods != nullptr && i < methods->size(); ++i) {
      if (const json::object *method = (*methods)[i].if_object()) {
        add(*method, pointer_join("/auth/methods", i), "input", SchemaRole::input);
      }
    }
  }
  if (const json::object *defs = object_in(manifest, "$defs")) {
    for (const auto &definition : *defs) {
      const std::string_view key(definition.key().data(), definition.key().size());
      schemas.push_back({&definition.value(), pointer_join("/$defs", key), SchemaRole::definition});
    }
  }
  return schemas;
}

void check_schemas(Findings &findings, const std::vector<EmbeddedSchema> &schemas) {
  for (const EmbeddedSchema &each : schemas) {
    if (!findings.broken(each.pointer)) check_keywords(findings, each);
  }
  Expansion(findings).check();
  // From here on references are followed, so all definitions must be sound.
  if (findings.broken("/$defs")) return;
  FormSchema inputs(findings);
  FormSchema outputs(findings);
  for (const EmbeddedSchema &each : schemas) {
    if (findings.broken(each.pointer)) continue;
    check_values(findings, each);
    if (each.role == SchemaRole::input) inputs.check_input(each);
    if (each.role == SchemaRole::output) outputs.check_output(*each.schema, each.pointer);
  }
}

}  // namespace cpi::manifest
