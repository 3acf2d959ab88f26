#include "certain_members.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

using MemberPath = std::span<const std::string>;

enum class Made : std::uint8_t { absent, perhaps, certain };

class EventMembers {
 public:
  EventMembers(const json::object &trigger, const json::object &defs, const json::object &detect)
      : trigger_(trigger), defs_(defs), detect_(detect) {}

  [[nodiscard]] bool certain(MemberPath path) const {
    const json::value *data = detect_.if_contains("data");
    if (data == nullptr) return from_row(path);
    return made(*data, path) == Made::certain;
  }

 private:
  [[nodiscard]] Made made(const json::value &node, MemberPath path) const {
    const json::object *object = node.if_object();
    if (object == nullptr) return path.empty() ? Made::certain : Made::absent;
    if (object->contains("$from")) return placed(*object, path);
    if (const json::array *parts = array_in(*object, "$merge")) {
      // The last part that has the member counts, and a part of the service's may have any.
      for (std::size_t i = parts->size(); i-- > 0;) {
        if (const Made found = made((*parts)[i], path); found != Made::absent) return found;
      }
      return Made::absent;
    }
    const bool plain = std::ranges::none_of(
        *object, [](const auto &member) { return member.key().starts_with('$'); });
    if (!plain) return Made::perhaps;
    if (path.empty()) return Made::certain;
    const json::value *inner = object->if_contains(path.front());
    return inner == nullptr ? Made::absent : made(*inner, path.subspan(1));
  }

  [[nodiscard]] Made placed(const json::object &node, MemberPath path) const {
    if (node.contains("$values")) return Made::perhaps;
    std::vector<std::string> tokens = pointer_tokens(text_in(node, "$from"));
    const bool kept = !tokens.empty() && (tokens.front() == "previous" ||
                                          tokens.front() == "delta" || tokens.front() == "input");
    if (kept && path.empty() && node.contains("$default")) return Made::certain;
    tokens.insert(tokens.end(), path.begin(), path.end());
    return sourced(tokens) ? Made::certain : Made::perhaps;
  }

  [[nodiscard]] bool sourced(MemberPath tokens) const {
    if (tokens.empty()) return false;
    const std::string &part = tokens.front();
    const MemberPath rest = tokens.subspan(1);
    if (part == "row") return from_row(rest);
    if (part == "gate") {
      const json::object *gate = object_in(detect_, "gate");
      return gate != nullptr && leads_to_key(array_in(*gate, "key"), rest);
    }
    if (part == "change" || part == "key") return rest.empty();
    if (part == "previous" || part == "delta") return rest.empty() && remembers();
    return part == "input" && from_input(rest);
  }

  [[nodiscard]] bool from_row(MemberPath rest) const {
    if (rest.empty()) return true;
    if (const json::array *key = array_in(detect_, "key")) return leads_to_key(key, rest);
    const json::object *dedupe = object_in(trigger_, "dedupe");
    return dedupe != nullptr && leads_to_key(array_in(*dedupe, "key"), rest);
  }

  // The key itself, or an object that holds it.
  static bool leads_to_key(const json::array *key, MemberPath rest) {
    if (key == nullptr) return false;
    return std::ranges::any_of(*key, [&](const json::value &each) {
      if (!each.is_string()) return false;
      const std::vector<std::string> tokens = pointer_tokens(view(each.get_string()));
      return rest.size() <= tokens.size() && std::equal(rest.begin(), rest.end(), tokens.begin());
    });
  }

  // An event about something new has nothing before it. hash and watch report changes alone unless
  // `emits` says otherwise; the other strategies report what is new.
  [[nodiscard]] bool remembers() const {
    if (!detect_.contains("remember")) return false;
    if (const json::array *emits = array_in(detect_, "emits")) return !lists(emits, "new");
    const std::string_view strategy = text_in(detect_, "strategy");
    return strategy == "hash" || strategy == "watch";
  }

  [[nodiscard]] bool from_input(MemberPath rest) const {
    const json::value *input = trigger_.if_contains("input");
    if (input == nullptr) return false;
    const json::value *const schemas[] = {input};
    const Spot spot = find_spot(schemas, rest, defs_);
    return spot.kind == Spot::Kind::found && spot.required;
  }

  const json::object &trigger_;
  const json::object &defs_;
  const json::object &detect_;
};

// Only what is required at every step: the rest can be left out with what holds it.
void check_required(Findings &findings, const json::object &trigger, const json::value *schema,
                    std::vector<std::string> &path, const std::string &at) {
  const json::value *form = dereference(schema, findings.defs());
  const json::object *rules = form == nullptr ? nullptr : form->if_object();
  const json::array *required = rules == nullptr ? nullptr : array_in(*rules, "required");
  if (required == nullptr) return;
  constexpr std::size_t deepest = 16;  // a schema may contain itself
  if (path.size() == deepest) return;
  const json::object *properties = object_in(*rules, "properties");
  for (const json::value &each : *required) {
    if (!each.is_string()) continue;
    const std::string_view name = view(each.get_string());
    path.emplace_back(name);
    if (is_certain(trigger, findings.defs(), path)) {
      const json::value *inner = properties == nullptr ? nullptr : properties->if_contains(name);
      if (inner != nullptr) check_required(findings, trigger, inner, path, at);
    } else {
      std::string pointer;
      for (const std::string &token : path) pointer = pointer_join(pointer, token);
      findings.add("M346", at, "\"" + pointer + "\" is required, and a service may leave it out");
    }
    path.pop_back();
  }
}

}  // namespace

bool is_certain(const json::object &trigger, const json::object &defs, MemberPath tokens) {
  const json::object *detect = object_in(trigger, "detect");
  return detect == nullptr || EventMembers(trigger, defs, *detect).certain(tokens);
}

void check_required_members(Findings &findings, const json::object &trigger,
                            const std::string &at) {
  if (!trigger.contains("detect") || findings.broken("/$defs")) return;
  std::vector<std::string> path;
  check_required(findings, trigger, trigger.if_contains("output"), path,
                 pointer_join(at, "output"));
}

}  // namespace cpi::manifest
