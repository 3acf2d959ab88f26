#include "unread_input.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
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

using Tokens = std::vector<std::string>;

bool begins_with(const Tokens &whole, const Tokens &start) {
  return start.size() <= whole.size() && std::equal(start.begin(), start.end(), whole.begin());
}

// What templates point to, as tokens from the input's root; "*" is any element of a list.
class Reads {
 public:
  explicit Reads(std::string_view member) : member_(member) {}

  void collect(const json::value &node, const Tokens &item) {
    if (const json::array *list = node.if_array()) {
      for (const json::value &each : *list) collect(each, item);
      return;
    }
    const json::object *object = node.if_object();
    if (object == nullptr) return;
    Tokens inner = item;
    if (const json::value *each = object->if_contains("$each"); each && each->is_string()) {
      inner = resolve_from(view(each->get_string()), item);
      inner.emplace_back("*");
      // The list is gone through; what is read of an element is for $item to say.
      Tokens elements = inner;
      elements.emplace_back(elsewhere);
      note(std::move(elements));
    }
    for (const auto &[key, value] : *object) {
      const std::string_view name(key.data(), key.size());
      const json::string *text = value.if_string();
      if (text != nullptr && (name == "$from" || name == "$switch")) {
        note(resolve_from(view(*text), item));
      } else if (text != nullptr && name == "path") {
        note_placeholders(view(*text));
      } else if (text != nullptr && name == "limit" && is_pointer(view(*text))) {
        note(from_root(view(*text)));
      } else {
        collect(value, name == "$item" ? inner : item);
      }
    }
  }

  // The whole field, or part of it.
  [[nodiscard]] bool whole(const Tokens &field) const {
    return std::ranges::any_of(places_,
                               [&](const Tokens &place) { return begins_with(field, place); });
  }
  [[nodiscard]] bool part(const Tokens &field) const {
    return std::ranges::any_of(places_,
                               [&](const Tokens &place) { return begins_with(place, field); });
  }

 private:
  static constexpr std::string_view elsewhere = "\n";  // no field's name

  void note(Tokens place) {
    if (place.empty() || place.front() != elsewhere) places_.push_back(std::move(place));
  }

  // What does not lead into the input is marked.
  [[nodiscard]] Tokens from_root(std::string_view pointer) const {
    if (!is_pointer(pointer)) return {};
    Tokens tokens = pointer_tokens(pointer);
    if (member_.empty()) return tokens;
    if (tokens.empty() || tokens.front() != member_) return {std::string(elsewhere)};
    tokens.erase(tokens.begin());
    return tokens;
  }

  [[nodiscard]] Tokens resolve_from(std::string_view text, const Tokens &item) const {
    if (!text.starts_with('.')) return from_root(text);
    Tokens out = item;
    if (!is_pointer(text.substr(1))) return out;
    for (std::string &token : pointer_tokens(text.substr(1))) out.push_back(std::move(token));
    return out;
  }

  void note_placeholders(std::string_view path) {
    while (true) {
      const auto open = path.find('{');
      const auto close = path.find('}', open);
      if (open == std::string_view::npos || close == std::string_view::npos) return;
      std::string_view name = path.substr(open + 1, close - open - 1);
      if (name.ends_with('?')) name.remove_suffix(1);
      note(name.starts_with('/') ? from_root(name) : from_root(pointer_join("", name)));
      path.remove_prefix(close + 1);
    }
  }

  std::string_view member_;
  std::vector<Tokens> places_;
};

class Unread {
 public:
  Unread(Findings &findings, const Reads &reads, std::string pointer)
      : findings_(findings), reads_(reads), pointer_(std::move(pointer)) {}

  void check(const json::value &input) {
    decide(input, 0);
    walk(input, {}, pointer_, 0);
  }

 private:
  static constexpr int deepest = 32;

  // Names that a condition, the visibility of a field, or the choices of a field hang on.
  void decide(const json::value &schema, int depth) {
    const json::value *target = dereference(&schema, findings_.defs());
    const json::object *rules = target == nullptr ? nullptr : target->if_object();
    if (rules == nullptr || depth > deepest) return;
    if (const json::value *condition = rules->if_contains("if")) note_condition(*condition, 0);
    if (const json::object *ui = object_in(*rules, "x-ui")) note_names(*ui, "visible_when");
    if (const json::object *options = object_in(*rules, "x-options")) note_options(*options);
    if (const json::object *properties = object_in(*rules, "properties")) {
      for (const auto &property : *properties) decide(property.value(), depth + 1);
    }
    for (const std::string_view keyword : {"items", "then", "else"}) {
      if (const json::value *inner = rules->if_contains(keyword)) decide(*inner, depth + 1);
    }
    for (const std::string_view keyword : {"allOf", "anyOf", "oneOf"}) {
      const json::array *list = array_in(*rules, keyword);
      for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        decide((*list)[i], depth + 1);
      }
    }
  }

  void note_names(const json::object &owner, std::string_view key) {
    if (const json::object *names = object_in(owner, key)) {
      for (const auto &name : *names) deciding_.emplace(name.key().data(), name.key().size());
    }
  }

  void note_condition(const json::value &condition, int depth) {
    const json::object *rules = condition.if_object();
    if (rules == nullptr || depth > deepest) return;
    note_names(*rules, "properties");
    for (const std::string_view keyword : {"allOf", "anyOf", "oneOf"}) {
      const json::array *list = array_in(*rules, keyword);
      for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        note_condition((*list)[i], depth + 1);
      }
    }
    if (const json::value *inner = rules->if_contains("not")) note_condition(*inner, depth + 1);
  }

  void note_options(const json::object &options) {
    if (const json::object *renamed = object_in(options, "depends_on")) {
      for (const auto &each : *renamed) {
        if (const json::string *name = each.value().if_string()) deciding_.emplace(view(*name));
      }
    }
    note_list(array_in(options, "depends_on"));
    const json::array *lookups = array_in(findings_.manifest(), "lookups");
    for (std::size_t i = 0; lookups != nullptr && i < lookups->size(); ++i) {
      const json::object *lookup = (*lookups)[i].if_object();
      if (lookup != nullptr && text_in(*lookup, "id") == text_in(options, "lookup")) {
        note_list(array_in(*lookup, "depends_on"));
      }
    }
  }

  void note_list(const json::array *names) {
    for (std::size_t i = 0; names != nullptr && i < names->size(); ++i) {
      if (const json::string *name = (*names)[i].if_string()) deciding_.emplace(view(*name));
    }
  }

  void walk(const json::value &schema, const Tokens &at, const std::string &pointer, int depth) {
    const json::object *rules = schema.if_object();
    if (rules == nullptr || depth > deepest) return;
    if (const json::value *target = dereference(&schema, findings_.defs());
        target != nullptr && target != &schema) {
      walk(*target, at, pointer, depth + 1);
      return;
    }
    if (const json::object *properties = object_in(*rules, "properties")) {
      for (const auto &[key, field] : *properties) {
        const std::string_view name(key.data(), key.size());
        Tokens place = at;
        place.emplace_back(name);
        const bool own = at.empty() || pointer.ends_with("/input");
        const std::string where =
            own ? pointer_join(pointer_join(pointer_, "properties"), name) : pointer;
        if (reads_.whole(place)) continue;
        if (reads_.part(place)) {
          walk(field, place, where, depth + 1);
        } else if (!deciding_.contains(name)) {
          findings_.add("M333", where,
                        "nothing uses \"" + std::string(name) + "\", so it would be dropped");
        }
      }
    }
    if (const json::value *items = rules->if_contains("items")) {
      Tokens element = at;
      element.emplace_back("*");
      walk(*items, element, pointer, depth + 1);
    }
    for (const std::string_view keyword : {"anyOf", "oneOf"}) {
      const json::array *list = array_in(*rules, keyword);
      for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        walk((*list)[i], at, pointer, depth + 1);
      }
    }
  }

  Findings &findings_;
  const Reads &reads_;
  std::string pointer_;
  std::set<std::string, std::less<>> deciding_;
};

}  // namespace

void check_unread_input(Findings &findings, const json::object &operation,
                        const std::string &pointer, std::string_view member) {
  const json::value *input = operation.if_contains("input");
  if (input == nullptr || operation.contains("handler")) return;
  static constexpr std::array<std::string_view, 7> no_template = {
      "input", "output", "sample", "sample_input", "answer", "dedupe", "effects"};
  Reads reads(member);
  for (const auto &part : operation) {
    const std::string_view name(part.key().data(), part.key().size());
    if (std::ranges::find(no_template, name) == no_template.end()) reads.collect(part.value(), {});
  }
  Unread(findings, reads, pointer_join(pointer, "input")).check(*input);
}

}  // namespace cpi::manifest
