#include "form_text.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <optional>
#include <utility>

#include "cpi/manifest/time_zones.hpp"
#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

constexpr std::size_t deepest_field = 4;
constexpr std::size_t most_choices = 12;

// What a format or an encoding is called.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> formats{{
    {"date-time", "date and time"},
    {"date-time-local", "date and time"},
    {"date", "date"},
    {"time", "time"},
    {"email", "email address"},
    {"uri", "URL"},
}};

std::string text_of(const json::value &value) {
  if (const json::string *text = value.if_string()) return std::string(view(*text));
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  return json::serialize(value);
}

void add_sentence(std::string &text, std::string_view sentence) {
  if (sentence.empty()) return;
  if (!text.empty()) text += ' ';
  text += sentence;
  if (text.back() != '.' && text.back() != ':') text += '.';
}

class LintedForm {
 public:
  explicit LintedForm(const json::object &manifest) : manifest_(manifest) {
    if (const json::object *defs = object_in(manifest, "$defs")) defs_ = defs;
  }

  FormText describe(const json::value &schema) {
    if (const json::object *rules = resolved(schema)) add_fields(*rules, "", 0);
    return std::move(text_);
  }

  std::vector<std::string> titles(const json::value &schema) const {
    std::vector<std::string> titles;
    const json::object *rules = resolved(schema);
    const json::object *properties = rules == nullptr ? nullptr : object_in(*rules, "properties");
    if (properties == nullptr) return titles;
    for (const auto &[key, field] : *properties) {
      std::string title = title_of(key, field);
      // Two that have one schema have one title.
      if (std::ranges::find(titles, title) != titles.end()) title += " (" + std::string(key) + ")";
      titles.push_back(std::move(title));
    }
    return titles;
  }

 private:
  const json::object *resolved(const json::value &schema) const {
    static const json::object none;
    const json::value *found = dereference(&schema, defs_ == nullptr ? none : *defs_);
    return found == nullptr ? nullptr : found->if_object();
  }

  std::string title_of(std::string_view key, const json::value &field) const {
    const json::object *rules = resolved(field);
    const std::string_view title = rules == nullptr ? std::string_view() : text_in(*rules, "title");
    return std::string(title.empty() ? key : title);
  }

  // The title of a field of `form`, and of one of its values.
  std::string title_in(const json::object &form, std::string_view key) const {
    const json::object *properties = object_in(form, "properties");
    const json::value *field = properties == nullptr ? nullptr : properties->if_contains(key);
    return field == nullptr ? std::string(key) : title_of(key, *field);
  }

  std::string value_in(const json::object &form, std::string_view key,
                       const json::value &value) const {
    const json::object *properties = object_in(form, "properties");
    const json::value *field = properties == nullptr ? nullptr : properties->if_contains(key);
    const json::object *rules = field == nullptr ? nullptr : resolved(*field);
    return rules == nullptr ? text_of(value) : choice_title(*rules, value);
  }

  std::string choice_title(const json::object &rules, const json::value &value) const {
    if (const json::array *choices = array_in(rules, "oneOf")) {
      for (const json::value &each : *choices) {
        const json::object *choice = resolved(each);
        const json::value *same = choice == nullptr ? nullptr : choice->if_contains("const");
        if (same == nullptr || *same != value) continue;
        const std::string_view title = text_in(*choice, "title");
        return title.empty() ? text_of(value) : std::string(title);
      }
    }
    return text_of(value);
  }

  // "Content is HTML or A template", of {content: [html, template]}.
  std::string condition_text(const json::object &form, const json::object &condition) const {
    std::vector<std::string> parts;
    for (const auto &[key, wanted] : condition) {
      std::vector<std::string> values;
      if (const json::array *list = wanted.if_array()) {
        for (const json::value &each : *list) values.push_back(value_in(form, key, each));
      } else {
        values.push_back(value_in(form, key, wanted));
      }
      parts.push_back(title_in(form, key) + " is " + enumerate(values, "or"));
    }
    return enumerate(parts);
  }

  // The condition of an `if`, as visible_when would write it.
  static json::object asked_by(const json::object &condition) {
    json::object asked;
    const json::object *properties = object_in(condition, "properties");
    if (properties == nullptr) return asked;
    for (const auto &[key, rules] : *properties) {
      if (const json::value *same = member(&rules, "const")) {
        asked[key] = *same;
      } else if (const json::value *list = member(&rules, "enum")) {
        asked[key] = *list;
      }
    }
    return asked;
  }

  std::string needed_text(const json::object &form, std::string_view key) const {
    if (lists(array_in(form, "required"), key)) return "yes";
    std::vector<std::string> cases;
    add_case(form, form, key, cases);
    if (const json::array *rules = array_in(form, "allOf")) {
      for (const json::value &each : *rules) {
        if (const json::object *rule = each.if_object()) add_case(form, *rule, key, cases);
      }
    }
    return cases.empty() ? std::string() : "when " + enumerate(cases, "or when");
  }

  // When `rule`, an if/then of `form`, asks for the field.
  void add_case(const json::object &form, const json::object &rule, std::string_view key,
                std::vector<std::string> &cases) const {
    const json::object *condition = object_in(rule, "if");
    const json::object *then = object_in(rule, "then");
    if (condition == nullptr || then == nullptr) return;
    if (!lists(array_in(*then, "required"), key)) return;
    std::string text = condition_text(form, asked_by(*condition));
    if (!text.empty()) cases.push_back(std::move(text));
  }

  void add_fields(const json::object &form, const std::string &parent, std::size_t depth) {
    const json::object *properties = object_in(form, "properties");
    if (properties == nullptr || depth > deepest_field) return;
    for (const auto &[key, field] : *properties) {
      const json::object *rules = resolved(field);
      if (rules == nullptr) continue;
      FieldRow row;
      row.name = parent + title_of(key, field);
      row.value = value_text(*rules);
      row.needed = needed_text(form, key);
      row.about = about_text(form, *rules, row.needed);
      const std::string inside = row.name + " › ";
      text_.rows.push_back(std::move(row));
      add_fields(*rules, inside, depth + 1);
      if (const json::value *items = rules->if_contains("items")) {
        if (const json::object *element = resolved(*items)) add_fields(*element, inside, depth + 1);
      }
    }
    if (depth == 0) add_either(form);
  }

  // anyOf: [{required: [a]}, {required: [b]}]
  void add_either(const json::object &form) {
    const json::array *choices = array_in(form, "anyOf");
    if (choices == nullptr) choices = array_in(form, "oneOf");
    if (choices == nullptr) return;
    for (const json::value &each : *choices) {
      const json::object *choice = each.if_object();
      const json::array *required = choice == nullptr ? nullptr : array_in(*choice, "required");
      if (required == nullptr) continue;
      std::vector<std::string> titles;
      for (const json::value &name : *required) {
        if (name.is_string()) titles.push_back(title_in(form, view(name.get_string())));
      }
      text_.either.push_back(enumerate(titles));
    }
  }

  std::string lookup_title(const json::object &options) const {
    const std::string_view id = text_in(options, "lookup");
    if (const json::array *lookups = array_in(manifest_, "lookups")) {
      for (const json::value &each : *lookups) {
        const json::object *lookup = each.if_object();
        if (lookup != nullptr && text_in(*lookup, "id") == id) {
          return std::string(text_in(*lookup, "title"));
        }
      }
    }
    return std::string(id);
  }

  // The titles of the choices, when there is nothing but choices.
  std::optional<std::vector<std::string>> choices_of(const json::object &rules) const {
    std::vector<std::string> titles;
    if (const json::array *values = array_in(rules, "enum")) {
      for (const json::value &each : *values) titles.push_back(text_of(each));
      return titles;
    }
    const json::array *choices = array_in(rules, "oneOf");
    if (choices == nullptr) return std::nullopt;
    for (const json::value &each : *choices) {
      const json::object *choice = resolved(each);
      if (choice == nullptr || !choice->contains("const")) return std::nullopt;
      titles.push_back(choice_title(rules, choice->at("const")));
    }
    return titles;
  }

  static std::string choices_text(std::vector<std::string> titles) {
    const std::size_t count = titles.size();
    if (count > most_choices) {
      titles.resize(most_choices);
      titles.push_back(std::to_string(count - most_choices) + " more");
    }
    return enumerate(titles, count > most_choices ? "and" : "or");
  }

  std::string value_text(const json::object &rules) const {
    if (const json::object *options = object_in(rules, "x-options")) {
      const bool several = text_in(rules, "type") == "array";
      if (flag_in(*options, "keys"))
        return "names and values; names from " + lookup_title(*options);
      return (several ? "some of the account's: " : "from the account: ") + lookup_title(*options);
    }
    if (const auto choices = choices_of(rules)) return "one of: " + choices_text(*choices);
    const json::value *type = rules.if_contains("type");
    if (type == nullptr) return "any value";
    if (const json::array *types = type->if_array()) {
      std::vector<std::string> words;
      for (const json::value &each : *types) {
        if (each.is_string()) words.push_back(type_text(rules, view(each.get_string())));
      }
      return enumerate(words, "or");
    }
    return type_text(rules, view(type->get_string()));
  }

  std::string type_text(const json::object &rules, std::string_view type) const {
    if (type == "array") return list_text(rules);
    if (type == "string") return string_text(rules);
    if (type == "integer") return "whole number";
    if (type == "boolean") return "yes or no";
    if (type == "object") return rules.contains("properties") ? "fields" : "names and values";
    return type == "null" ? "nothing" : std::string(type);
  }

  std::string list_text(const json::object &rules) const {
    const json::value *items = rules.if_contains("items");
    const json::object *element = items == nullptr ? nullptr : resolved(*items);
    if (element == nullptr) return "list";
    if (const auto choices = choices_of(*element)) return "any of: " + choices_text(*choices);
    if (const json::object *options = object_in(*element, "x-options")) {
      return "some of the account's: " + lookup_title(*options);
    }
    return "list: " + value_text(*element) + " each";
  }

  static std::string string_text(const json::object &rules) {
    if (flag_in(rules, "writeOnly")) return "secret";
    if (text_in(rules, "contentEncoding") == "base64") return "file";
    if (text_in(rules, "contentMediaType") == "text/html") return "HTML";
    const auto known =
        std::ranges::find(formats, text_in(rules, "format"), &decltype(formats)::value_type::first);
    return std::string(known == formats.end() ? "text" : known->second);
  }

  // "1 to 10", "at most 10", "at least 1"; nothing without limits.
  static std::string range_text(const json::value *least, const json::value *most) {
    if (least == nullptr && most == nullptr) return {};
    if (least == nullptr) return "at most " + json::serialize(*most);
    if (most == nullptr) return "at least " + json::serialize(*least);
    return json::serialize(*least) + " to " + json::serialize(*most);
  }

  static std::string limits_text(const json::object &rules) {
    const std::string items =
        range_text(rules.if_contains("minItems"), rules.if_contains("maxItems"));
    if (!items.empty()) return "Entries: " + items;
    if (object_in(rules, "x-options") != nullptr) return {};
    const std::string range =
        range_text(rules.if_contains("minimum"), rules.if_contains("maximum"));
    if (!range.empty()) return "Range: " + range;
    const json::value *longest = rules.if_contains("maxLength");
    if (longest == nullptr || text_in(rules, "contentEncoding") == "base64") return {};
    return "At most " + json::serialize(*longest) + " characters";
  }

  std::string about_text(const json::object &form, const json::object &rules,
                         std::string_view needed) const {
    std::string text;
    add_sentence(text, text_in(rules, "description"));
    add_sentence(text, zone_sentence(rules, text_in(manifest_, "title")));
    const json::object *ui = object_in(rules, "x-ui");
    const json::object *condition = ui == nullptr ? nullptr : object_in(*ui, "visible_when");
    if (condition != nullptr) {
      const std::string when = "when " + condition_text(form, *condition);
      if (when != needed) add_sentence(text, "Only " + when);
    }
    add_sentence(text, limits_text(rules));
    if (const json::value *value = rules.if_contains("default")) {
      add_sentence(text, "Default: " + choice_title(rules, *value));
    }
    return text;
  }

  const json::object &manifest_;
  const json::object *defs_ = nullptr;
  FormText text_;
};

}  // namespace

FormText describe_form(const json::value &schema, const json::object &manifest) {
  return LintedForm(manifest).describe(schema);
}

std::vector<std::string> field_titles(const json::value &schema, const json::object &manifest) {
  return LintedForm(manifest).titles(schema);
}

std::string enumerate(const std::vector<std::string> &words, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace cpi::manifest
