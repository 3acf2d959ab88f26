#include "cpi/manifest/diff.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

constexpr std::size_t deepest_schema = 32;

std::string quoted_name(std::string_view text) {
  return '"' + std::string(text) + '"';
}

using Version = std::array<std::uint32_t, 3>;

Version version_of(const json::object &manifest) {
  Version version{};
  const std::string_view text = text_in(manifest, "version");
  const char *at = text.data();
  const char *end = text.data() + text.size();
  for (std::uint32_t &part : version) {
    at = std::from_chars(at, end, part).ptr;
    if (at != end && *at == '.') ++at;
  }
  return version;
}

Bump bump_between(const Version &older, const Version &newer) {
  if (newer <= older) return Bump::none;
  if (newer[0] != older[0]) return Bump::major;
  return newer[1] != older[1] ? Bump::minor : Bump::patch;
}

// What a schema accepts as to types; all seven when it does not say.
std::set<std::string_view> types_of(const json::object &rules) {
  const json::value *type = rules.if_contains("type");
  if (type != nullptr && type->is_string()) return {view(type->get_string())};
  if (const json::array *list = array_in(rules, "type")) {
    std::set<std::string_view> types;
    for (const json::value &each : *list) {
      if (each.is_string()) types.insert(view(each.get_string()));
    }
    return types;
  }
  return {"null", "boolean", "object", "array", "number", "integer", "string"};
}

bool covers(const std::set<std::string_view> &wider, const std::set<std::string_view> &narrower) {
  return std::all_of(narrower.begin(), narrower.end(), [&](std::string_view type) {
    return wider.contains(type) || (type == "integer" && wider.contains("number"));
  });
}

// The values of enum, const, or a oneOf of consts; nothing when any value goes.
std::optional<std::vector<json::value>> values_of(const json::object &rules) {
  if (const json::value *constant = rules.if_contains("const")) return std::vector{*constant};
  if (const json::array *list = array_in(rules, "enum")) {
    return std::vector<json::value>(list->begin(), list->end());
  }
  const json::array *choices = array_in(rules, "oneOf");
  if (choices == nullptr) return std::nullopt;
  std::vector<json::value> values;
  for (const json::value &choice : *choices) {
    const json::value *constant = member(&choice, "const");
    if (constant == nullptr) return std::nullopt;
    values.push_back(*constant);
  }
  return values;
}

bool has_all(const std::vector<json::value> &list, const std::vector<json::value> &wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const json::value &value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  });
}

std::optional<double> bound_in(const json::object &rules, std::string_view key) {
  const json::value *value = rules.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

class Comparison {
 public:
  Comparison(const Document &older, const Document &newer)
      : map_(newer.map),
        older_(older.value.is_object() ? older.value.get_object() : none_),
        newer_(newer.value.is_object() ? newer.value.get_object() : none_),
        older_defs_(object_in(older_, "$defs") != nullptr ? *object_in(older_, "$defs") : none_),
        newer_defs_(object_in(newer_, "$defs") != nullptr ? *object_in(newer_, "$defs") : none_) {}

  Diff run() {
    if (text_in(older_, "id") != text_in(newer_, "id")) {
      breaking("M409", "/id", "the id was " + quoted_name(text_in(older_, "id")));
    }
    compare_list("actions", [&](const json::object &before, const json::object &after,
                                const std::string &at) { compare_operation(before, after, at); });
    compare_list("triggers",
                 [&](const json::object &before, const json::object &after, const std::string &at) {
                   compare_operation(before, after, at);
                   compare_dedupe(before, after, at);
                 });
    compare_list("lookups", [](const json::object &, const json::object &, const std::string &) {});
    compare_auth();
    if (diff_.needed == Bump::none && without_version(older_) != without_version(newer_)) {
      add("M422", "", "titles, templates or other details changed");
      raise(Bump::patch);
    }
    judge_version();
    sort_problems(diff_.changes);
    return std::move(diff_);
  }

 private:
  static json::object without_version(json::object manifest) {
    manifest.erase("version");
    return manifest;
  }

  void add(std::string_view code, const std::string &pointer, std::string message) {
    Problem problem = make_problem(code, std::move(message));
    const Location place = map_.locate(pointer);
    problem.pointer = pointer;
    problem.file = map_.file_name(place.file);
    problem.line = place.line;
    problem.column = place.column;
    diff_.changes.push_back(std::move(problem));
  }

  void raise(Bump bump) { diff_.needed = std::max(diff_.needed, bump); }
  void breaking(std::string_view code, const std::string &pointer, std::string message) {
    add(code, pointer, std::move(message));
    raise(Bump::major);
  }
  void addition(std::string_view code, const std::string &pointer, std::string message) {
    add(code, pointer, std::move(message));
    raise(Bump::minor);
  }

  template <typename Compare>
  void compare_list(std::string_view key, const Compare &compare) {
    const json::array *before = array_in(older_, key);
    const json::array *after = array_in(newer_, key);
    const std::string place = pointer_join("", key);
    const std::string kind(key.substr(0, key.size() - 1));
    each_with_id(before, [&](const json::object &operation, std::string_view id, std::size_t) {
      bool found = false;
      each_with_id(after, [&](const json::object &other, std::string_view name, std::size_t i) {
        if (name != id) return;
        found = true;
        compare(operation, other, pointer_join(place, i));
      });
      if (!found) breaking("M401", place, "the " + kind + " " + quoted_name(id) + " was removed");
    });
    each_with_id(after, [&](const json::object &, std::string_view id, std::size_t i) {
      bool known = false;
      each_with_id(before, [&](const json::object &, std::string_view name, std::size_t) {
        known = known || name == id;
      });
      if (!known)
        addition("M420", pointer_join(place, i), "the " + kind + " " + quoted_name(id) + " is new");
    });
  }

  template <typename Visit>
  static void each_with_id(const json::array *list, const Visit &visit) {
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      if (const json::object *object = (*list)[i].if_object()) {
        visit(*object, text_in(*object, "id"), i);
      }
    }
  }

  void compare_operation(const json::object &before, const json::object &after,
                         const std::string &at) {
    compare_input(before.if_contains("input"), after.if_contains("input"),
                  pointer_join(at, "input"), 0);
    compare_output(before.if_contains("output"), after.if_contains("output"),
                   pointer_join(at, "output"), 0);
    compare_sample(before.if_contains("sample"), after.if_contains("sample"),
                   pointer_join(at, "sample"));
    if (!before.contains("deprecated") && after.contains("deprecated")) {
      addition("M422", pointer_join(at, "deprecated"), "now deprecated");
    }
  }

  void compare_dedupe(const json::object &before, const json::object &after,
                      const std::string &at) {
    const json::object *old_rule = object_in(before, "dedupe");
    const json::object *new_rule = object_in(after, "dedupe");
    if (old_rule == nullptr || new_rule == nullptr) return;
    const std::string place = pointer_join(at, "dedupe");
    const auto old_version = integer_in(*old_rule, "version").value_or(0);
    const auto new_version = integer_in(*new_rule, "version").value_or(0);
    const json::value *old_key = old_rule->if_contains("key");
    const json::value *new_key = new_rule->if_contains("key");
    const bool same_key = old_key != nullptr && new_key != nullptr && *old_key == *new_key;
    if (new_version < old_version) {
      add("M411", place, "dedupe.version was " + std::to_string(old_version));
    } else if (new_version > old_version) {
      addition("M412", place, "dedupe.version was " + std::to_string(old_version));
    } else if (!same_key) {
      add("M407", pointer_join(place, "key"),
          "the key changed and dedupe.version is still " + std::to_string(new_version));
    }
  }

  void compare_auth() {
    const json::object *before = object_in(older_, "auth");
    const json::object *after = object_in(newer_, "auth");
    if (before == nullptr || after == nullptr) return;
    const std::string place = "/auth/methods";
    each_with_id(array_in(*before, "methods"), [&](const json::object &method, std::string_view id,
                                                   std::size_t) {
      bool found = false;
      each_with_id(array_in(*after, "methods"),
                   [&](const json::object &other, std::string_view name, std::size_t i) {
                     if (name != id) return;
                     found = true;
                     const std::string at = pointer_join(place, i);
                     if (text_in(method, "type") != text_in(other, "type")) {
                       breaking("M408", pointer_join(at, "type"),
                                "the method " + quoted_name(id) + " was " +
                                    quoted_name(text_in(method, "type")));
                     }
                     compare_input(method.if_contains("input"), other.if_contains("input"),
                                   pointer_join(at, "input"), 0);
                   });
      if (!found) breaking("M408", place, "the method " + quoted_name(id) + " was removed");
    });
    each_with_id(array_in(*after, "methods"), [&](const json::object &, std::string_view id,
                                                  std::size_t i) {
      bool known = false;
      each_with_id(array_in(*before, "methods"), [&](const json::object &, std::string_view name,
                                                     std::size_t) { known = known || name == id; });
      if (!known)
        addition("M420", pointer_join(place, i), "the method " + quoted_name(id) + " is new");
    });
  }

  [[nodiscard]] static const json::object *rules_of(const json::value *schema,
                                                    const json::object &defs) {
    const json::value *target = dereference(schema, defs);
    return target == nullptr ? nullptr : target->if_object();
  }

  // An input may only come to accept more.
  void compare_input(const json::value *older, const json::value *newer, const std::string &at,
                     std::size_t depth) {
    const json::object *before = rules_of(older, older_defs_);
    const json::object *after = rules_of(newer, newer_defs_);
    if (before == nullptr || after == nullptr || depth > deepest_schema) return;
    if (!covers(types_of(*after), types_of(*before))) {
      breaking("M404", at, "the type changed");
    }
    compare_values(*before, *after, at);
    compare_bounds(*before, *after, at);
    const json::object *old_fields = object_in(*before, "properties");
    const json::object *new_fields = object_in(*after, "properties");
    const json::array *old_required = array_in(*before, "required");
    const json::array *new_required = array_in(*after, "required");
    const std::string place = pointer_join(at, "properties");
    for (const auto &[key, field] : old_fields == nullptr ? none_ : *old_fields) {
      const std::string_view name(key.data(), key.size());
      const json::value *other = new_fields == nullptr ? nullptr : new_fields->if_contains(name);
      if (other == nullptr) {
        breaking("M402", at, "the field " + quoted_name(name) + " was removed");
        continue;
      }
      compare_input(&field, other, pointer_join(place, name), depth + 1);
    }
    for (const auto &field : new_fields == nullptr ? none_ : *new_fields) {
      const std::string_view name(field.key().data(), field.key().size());
      const bool is_new = old_fields == nullptr || !old_fields->contains(name);
      if (lists(new_required, name) && !lists(old_required, name)) {
        breaking("M403", pointer_join(place, name),
                 "the field " + quoted_name(name) + " is required now");
      } else if (is_new) {
        addition("M421", pointer_join(place, name), "the field " + quoted_name(name) + " is new");
      }
    }
    if (before->contains("items")) {
      compare_input(before->if_contains("items"), after->if_contains("items"),
                    pointer_join(at, "items"), depth + 1);
    }
  }

  void compare_values(const json::object &before, const json::object &after,
                      const std::string &at) {
    const auto old_values = values_of(before);
    const auto new_values = values_of(after);
    if (!new_values) return;
    if (!old_values || !has_all(*new_values, *old_values)) {
      breaking("M404", at, "fewer values are accepted");
    } else if (!has_all(*old_values, *new_values)) {
      addition("M421", at, "more values are accepted");
    }
  }

  void compare_bounds(const json::object &before, const json::object &after,
                      const std::string &at) {
    for (const std::string_view key :
         {"minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"}) {
      const auto is = bound_in(after, key);
      const bool counts = key == "minLength" || key == "minItems" || key == "minProperties";
      const double lowest = counts ? 0 : std::numeric_limits<double>::lowest();
      if (is && *is > bound_in(before, key).value_or(lowest)) {
        breaking("M404", pointer_join(at, key), std::string(key) + " went up");
      }
    }
    for (const std::string_view key :
         {"maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"}) {
      const auto is = bound_in(after, key);
      if (is && *is < bound_in(before, key).value_or(std::numeric_limits<double>::max())) {
        breaking("M404", pointer_join(at, key), std::string(key) + " went down");
      }
    }
    const std::string_view pattern = text_in(after, "pattern");
    if (!pattern.empty() && pattern != text_in(before, "pattern")) {
      breaking("M404", pointer_join(at, "pattern"), "the pattern changed");
    }
  }

  // An output may only come to promise more.
  void compare_output(const json::value *older, const json::value *newer, const std::string &at,
                      std::size_t depth) {
    const json::object *before = rules_of(older, older_defs_);
    const json::object *after = rules_of(newer, newer_defs_);
    if (before == nullptr || after == nullptr || depth > deepest_schema) return;
    if (!covers(types_of(*before), types_of(*after))) {
      breaking("M405", at, "the type changed");
    }
    const json::object *old_members = object_in(*before, "properties");
    const json::object *new_members = object_in(*after, "properties");
    const json::array *old_required = array_in(*before, "required");
    const json::array *new_required = array_in(*after, "required");
    const std::string place = pointer_join(at, "properties");
    for (const auto &[key, schema] : old_members == nullptr ? none_ : *old_members) {
      const std::string_view name(key.data(), key.size());
      const json::value *other = new_members == nullptr ? nullptr : new_members->if_contains(name);
      if (other == nullptr) {
        breaking("M405", at, "the member " + quoted_name(name) + " was removed");
        continue;
      }
      if (lists(old_required, name) && !lists(new_required, name)) {
        breaking("M405", pointer_join(place, name),
                 "the member " + quoted_name(name) + " may be absent now");
      }
      compare_output(&schema, other, pointer_join(place, name), depth + 1);
    }
    for (const auto &field : new_members == nullptr ? none_ : *new_members) {
      const std::string_view name(field.key().data(), field.key().size());
      if (old_members == nullptr || !old_members->contains(name)) {
        addition("M421", pointer_join(place, name), "the member " + quoted_name(name) + " is new");
      }
    }
    if (before->contains("items")) {
      compare_output(before->if_contains("items"), after->if_contains("items"),
                     pointer_join(at, "items"), depth + 1);
    }
  }

  void compare_sample(const json::value *older, const json::value *newer, const std::string &at) {
    if (older == nullptr || newer == nullptr) return;
    if (older->is_array() && newer->is_array()) {
      if (!older->get_array().empty() && !newer->get_array().empty()) {
        compare_sample(&older->get_array().front(), &newer->get_array().front(),
                       pointer_join(at, 0));
      }
      return;
    }
    const json::object *before = older->if_object();
    const json::object *after = newer->if_object();
    if (before == nullptr || after == nullptr) return;
    for (const auto &[key, value] : *before) {
      const std::string_view name(key.data(), key.size());
      const json::value *other = after->if_contains(name);
      if (other == nullptr) {
        breaking("M406", at, "the sample has no " + quoted_name(name) + " anymore");
      } else {
        compare_sample(&value, other, pointer_join(at, name));
      }
    }
  }

  void judge_version() {
    const Version before = version_of(older_);
    const Version after = version_of(newer_);
    diff_.made = bump_between(before, after);
    if (before[0] == 0) {
      // Semver 2.0.0 clause 4: before 1.0.0 the minor number stands in for the major one.
      if (diff_.needed == Bump::major) {
        diff_.needed = Bump::minor;
      } else if (diff_.needed == Bump::minor) {
        diff_.needed = Bump::patch;
      }
    }
    if (after < before || !diff_.enough()) {
      add("M410", "/version",
          "version " + std::string(text_in(newer_, "version")) + " follows " +
              std::string(text_in(older_, "version")) + ", but the changes require a " +
              std::string(to_text(std::max(diff_.needed, Bump::patch))) + " bump");
    }
  }

  const json::object none_;
  const SourceMap &map_;
  const json::object &older_;
  const json::object &newer_;
  const json::object &older_defs_;
  const json::object &newer_defs_;
  Diff diff_;
};

}  // namespace

std::string_view to_text(Bump bump) noexcept {
  switch (bump) {
    case Bump::none:
      return "no";
    case Bump::patch:
      return "patch";
    case Bump::minor:
      return "minor";
    case Bump::major:
      break;
  }
  return "major";
}

Diff diff(const Document &older, const Document &newer) {
  return Comparison(older, newer).run();
}

}  // namespace cpi::manifest
