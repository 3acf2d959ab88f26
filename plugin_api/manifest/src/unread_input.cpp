#include "unread_input.hpp"

#include <algorithm>
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

// What templates read, as tokens from the input's root.
class Reads {
 public:
  Reads(const std::vector<Read> &reads, std::string_view member) {
    for (const Read &read : reads) {
      Tokens place = read.tokens;
      if (!member.empty() && !place.empty()) {
        if (place.front() != member) continue;  // not of the input
        place.erase(place.begin());
      }
      if (read.as == Read::As::list) {
        // The list is gone through; what is read of an element are reads of their own.
        place.emplace_back("*");
        place.emplace_back(nothing);
      }
      places_.push_back(std::move(place));
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
  static constexpr std::string_view nothing = "\n";  // no field's name

  std::vector<Tokens> places_;
};

class Unread {
 public:
  Unread(Findings &findings, Reads reads, std::string pointer)
      : findings_(findings), reads_(std::move(reads)), pointer_(std::move(pointer)) {}

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
  Reads reads_;
  std::string pointer_;
  std::set<std::string, std::less<>> deciding_;
};

}  // namespace

void check_unread_input(Findings &findings, const json::object &operation,
                        const std::string &pointer, std::string_view member,
                        const std::vector<Read> &reads) {
  const json::value *input = operation.if_contains("input");
  if (input == nullptr || operation.contains("handler")) return;
  Unread(findings, Reads(reads, member), pointer_join(pointer, "input")).check(*input);
}

}  // namespace cpi::manifest
