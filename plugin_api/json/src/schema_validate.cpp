// Value and schema are walked together.
//
// What keeps the list of violations free of false ones:
//
// 1. Of a value of a wrong type a schema says nothing else.
// 2. An `if` that asks about a member which itself is wrong or missing cannot be answered: neither
//    of its branches is looked at.
// 3. Of the forms that a value may have (anyOf, oneOf) the one is meant whose type and constants
//    fit; only its violations are told. Where it does not matter which members are given, that is
//    one sentence.
// 4. Two places of a schema may say the same of one value; it is told once.
//
// Each of the rules leaves out violations of a value that has another one, so that none of them
// makes a value fit.
#include <functional>
#include <map>
#include <unordered_set>
#include <utility>

#include <boost/json/object.hpp>

#include "cpi/json/base64.hpp"
#include "cpi/json/document.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/utf8.hpp"
#include "equality.hpp"
#include "schema_graph.hpp"
#include "schema_words.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// A schema that applies to a value, and those that did before it: they know the titles of its
// members.
struct AppliedNode {
  const SchemaNode *node;
  const AppliedNode *before;
};

// Where a value stands, from the inside outwards.
struct ValuePlace {
  const ValuePlace *outer = nullptr;
  std::string_view name = {};  // of a member
  std::size_t index = 0;       // of an element
  bool is_element = false;
  bool secret = false;
  const AppliedNode *applied = nullptr;
  std::vector<std::string_view> *failed = nullptr;  // members that are wrong or missing

  std::string pointer() const {
    if (outer == nullptr) return {};
    return is_element ? pointer_join(outer->pointer(), index)
                      : pointer_join(outer->pointer(), name);
  }
  std::string_view title_of(std::string_view member) const {
    for (const auto *each = applied; each != nullptr; each = each->before) {
      if (const auto *property = each->node->property(member)) {
        if (!property->shown_title().empty()) return property->shown_title();
      }
    }
    return {};
  }
  bool has_failed(std::string_view member) const {
    return failed != nullptr && std::find(failed->begin(), failed->end(), member) != failed->end();
  }
};

class SchemaWalk {
 public:
  // Without a list it only finds out whether the value fits, and stops where it does not.
  SchemaWalk(const Schema::Graph &graph, std::string_view what, Violations *list)
      : graph_(graph), what_(what), list_(list) {}

  bool fits() const { return found_ == 0; }

  void check(const SchemaNode &node, const json::value &value, const ValuePlace &place) {
    if (node.nothing_fits) {
      return report(node, place, "false schema", [&]() -> std::string {
        return place.outer == nullptr ? "is not allowed here"
                                      : "is not used with the other values given; leave it out";
      });
    }
    if (node.ref != nullptr) return check(*node.ref, value, place);
    if (is_written_number(value)) return check(node, nearest_number(value), place);
    const AppliedNode applied{&node, place.applied};
    std::vector<std::string_view> failed;
    ValuePlace here = place;
    here.secret = place.secret || node.secret;
    here.applied = &applied;
    if (here.failed == nullptr) here.failed = &failed;

    if (node.types != 0 && !type_fits(node.types, value)) {
      return report(node, here, "type", [&] {
        return "must be " + type_phrase(node.types) + ", not " + shown_kind(value, here.secret);
      });
    }
    check_choice(node, value, here);
    if (value.is_number()) check_number(node, value, here);
    if (const auto *text = value.if_string()) check_text(node, *text, here);
    if (const auto *list = value.if_array()) check_list(node, *list, here);
    if (const auto *object = value.if_object()) check_object(node, *object, here);

    for (const auto *each : node.all_of) {
      if (decided()) return;
      check(*each, value, here);
    }
    for (const auto &each : node.dependencies) {
      const auto *object = value.if_object();
      if (each.node == nullptr || object == nullptr || !object->contains(each.name)) continue;
      check(*each.node, value, here);
    }
    if (!node.any_of.empty() && !decided()) check_any(node, value, here);
    if (!node.one_of.empty() && !decided()) check_one(node, value, here);
    if (node.not_this != nullptr && !decided() && matches(*node.not_this, value, here)) {
      report(node, here, "not", [&] { return not_phrase(*node.not_this, here); });
    }
    if (node.if_this != nullptr && !decided() && can_be_answered(*node.if_this, here)) {
      const auto *branch = matches(*node.if_this, value, here) ? node.then_this : node.else_this;
      if (branch != nullptr) check(*branch, value, here);
    }
  }

 private:
  bool decided() const { return list_ == nullptr && found_ > 0; }

  ValuePlace member(const ValuePlace &outer, std::string_view name) const {
    return {.outer = &outer,
            .name = name,
            .secret = outer.secret || graph_.secret_names.contains(name)};
  }
  static ValuePlace element(const ValuePlace &outer, std::size_t index) {
    return {.outer = &outer, .index = index, .is_element = true, .secret = outer.secret};
  }

  // How a person knows the value: by its title, else by its name in the document.
  std::string subject(std::string_view title, const ValuePlace &place) const {
    if (place.outer == nullptr) return std::string(what_);
    if (place.is_element) {
      return "Item " + std::to_string(place.index + 1) +
             (place.outer->outer != nullptr ? " of " + name_of(*place.outer) : "");
    }
    return title.empty() ? name_of(place) : std::string(title);
  }
  static std::string name_of(const ValuePlace &place) {
    if (place.is_element) return "item " + std::to_string(place.index + 1);
    return name_of_member(*place.outer, place.name);
  }
  static std::string name_of_member(const ValuePlace &place, std::string_view name) {
    const auto title = place.title_of(name);
    return title.empty() ? quoted_text(name) : std::string(title);
  }

  // `what` makes the sentence behind its subject; it is asked only when it is listed.
  template <typename What>
  void report(const SchemaNode &node, const ValuePlace &place, std::string_view keyword,
              const What &what) {
    add(place, keyword, [&] { return subject(node.shown_title(), place) + " " + what() + "."; });
  }
  template <typename Sentence>
  void add(const ValuePlace &place, std::string_view keyword, const Sentence &sentence) {
    ++found_;
    if (list_ == nullptr) return;
    take({place.pointer(), sentence(), std::string(keyword)});
  }
  void take(Violation violation) {
    const auto key = std::hash<std::string>{}(violation.pointer + '\n' + violation.message);
    if (!known_.insert(key).second) return;
    if (list_->listed.size() < Violations::most_listed) {
      list_->listed.push_back(std::move(violation));
    } else {
      ++list_->others;
    }
  }
  void take_all(const Violations &violations) {
    found_ += violations.count();
    for (const auto &each : violations.listed) take(each);
    list_->others += violations.others;
  }

  static bool type_fits(unsigned types, const json::value &value) {
    switch (value.kind()) {
      case json::kind::null:
        return (types & type_null) != 0;
      case json::kind::bool_:
        return (types & type_boolean) != 0;
      case json::kind::string:
        return (types & type_string) != 0;
      case json::kind::array:
        return (types & type_array) != 0;
      case json::kind::object:
        return (types & type_object) != 0;
      default:
        return (types & type_number) != 0 ||
               ((types & type_integer) != 0 && is_whole_number(value));
    }
  }

  void check_choice(const SchemaNode &node, const json::value &value, const ValuePlace &place) {
    if (!node.allowed.empty() &&
        std::none_of(node.allowed.begin(), node.allowed.end(),
                     [&](const auto &each) { return same_json(each, value); })) {
      report(node, place, "enum", [&] { return one_of_phrase(node.allowed, value, place.secret); });
    }
    if (node.constant && !same_json(*node.constant, value)) {
      report(node, place, "const", [&] {
        return place.secret
                   ? "has a value that is not allowed"
                   : "must be " + shown_value(*node.constant) + ", not " + shown_value(value);
      });
    }
  }

  static std::string one_of_phrase(const std::vector<json::value> &allowed,
                                   const json::value &value, bool secret) {
    if (secret) return "has a value that is not allowed";
    constexpr std::size_t most = 12;
    std::vector<std::string> choices;
    for (const auto &each : allowed) {
      if (choices.size() < most) choices.push_back(shown_value(each));
    }
    std::string out = "must be " + std::string(choices.size() > 1 ? "one of " : "") +
                      joined_words(choices, " or ");
    if (allowed.size() > most) out += " (or " + std::to_string(allowed.size() - most) + " others)";
    return out + ", not " + shown_value(value);
  }

  void check_number(const SchemaNode &node, const json::value &value, const ValuePlace &place) {
    const auto bound = [&](bool fine, std::string_view keyword, std::string_view must,
                           const json::value &limit, std::string_view after) {
      if (fine) return;
      report(node, place, keyword, [&] {
        return std::string(must) + shown_value(limit) + std::string(after) +
               (place.secret ? "" : ", not " + shown_value(value));
      });
    };
    if (const auto &limit = node.minimum) {
      bound(compare_numbers(value, *limit) >= 0, "minimum", "must be ", *limit, " or more");
    }
    if (const auto &limit = node.maximum) {
      bound(compare_numbers(value, *limit) <= 0, "maximum", "must be ", *limit, " or less");
    }
    if (const auto &limit = node.above) {
      bound(compare_numbers(value, *limit) > 0, "exclusiveMinimum", "must be more than ", *limit,
            "");
    }
    if (const auto &limit = node.below) {
      bound(compare_numbers(value, *limit) < 0, "exclusiveMaximum", "must be less than ", *limit,
            "");
    }
    if (const auto &step = node.multiple_of) {
      bound(is_multiple_of(value, *step), "multipleOf", "must be a multiple of ", *step, "");
    }
  }

  void check_text(const SchemaNode &node, std::string_view text, const ValuePlace &place) {
    if (node.min_length || node.max_length) {
      const auto length = code_points(text);
      if (node.min_length && length < *node.min_length) {
        report(node, place, "minLength", [&]() -> std::string {
          if (length == 0) return "must not be empty";
          return "must have at least " +
                 counted_words(*node.min_length, "character", "characters") + ", and has " +
                 std::to_string(length);
        });
      }
      if (node.max_length && length > *node.max_length) {
        report(node, place, "maxLength", [&] {
          return "must have at most " + counted_words(*node.max_length, "character", "characters") +
                 ", and has " + std::to_string(length);
        });
      }
    }
    if (node.pattern && !node.pattern->search(text)) {
      report(node, place, "pattern", [&] {
        return node.example.empty() || place.secret ? "must match the pattern " + node.pattern_text
                                                    : "must be written like " + node.example;
      });
    }
    if (node.format != nullptr && !node.format->fits(text)) {
      report(node, place, "format", [&] {
        return "must be " + std::string(node.format->example_phrase) +
               (place.secret ? "" : ", not " + quoted_text(text));
      });
    }
    if (node.base64) {
      std::string ignored;
      if (!base64_decode(text, ignored)) {
        report(node, place, "contentEncoding", [] { return std::string("must be base64 text"); });
      }
    }
  }

  void check_list(const SchemaNode &node, const json::array &list, const ValuePlace &place) {
    if (node.min_items && list.size() < *node.min_items) {
      report(node, place, "minItems", [&] {
        return "must have at least " + counted_words(*node.min_items, "item", "items") +
               ", and has " + std::to_string(list.size());
      });
    }
    if (node.max_items && list.size() > *node.max_items) {
      report(node, place, "maxItems", [&] {
        return "must have at most " + counted_words(*node.max_items, "item", "items") +
               ", and has " + std::to_string(list.size());
      });
    }
    if (node.unique && list.size() > 1 && !decided()) check_unique(node, list, place);
    if (node.items != nullptr) {
      for (std::size_t i = 0; i < list.size() && !decided(); ++i) {
        const auto here = element(place, i);
        check(*node.items, list[i], here);
      }
    }
    if (node.contains != nullptr && !decided()) {
      bool found = false;
      for (std::size_t i = 0; i < list.size() && !found; ++i) {
        found = matches(*node.contains, list[i], element(place, i));
      }
      if (!found) {
        report(node, place, "contains",
               [] { return std::string("has no item of the kind it must have"); });
      }
    }
  }

  void check_unique(const SchemaNode &node, const json::array &list, const ValuePlace &place) {
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto [first, is_new] = known.emplace(canonical_json(list[i]), i);
      if (is_new) continue;
      return report(node, place, "uniqueItems", [&, first = first->second] {
        return "has the same item twice, as number " + std::to_string(first + 1) + " and " +
               std::to_string(i + 1);
      });
    }
  }

  void require(const ValuePlace &place, std::string_view name, std::string_view because) {
    const auto missing = member(place, name);
    place.failed->push_back(name);
    add(missing, because.empty() ? "required" : "dependencies", [&] {
      return name_of_member(place, name) + " is required" +
             (because.empty() ? "" : " with " + name_of_member(place, because)) + ".";
    });
  }

  void check_object(const SchemaNode &node, const json::object &object, const ValuePlace &place) {
    for (const auto &name : node.required) {
      if (!object.contains(name)) require(place, name, {});
    }
    for (const auto &each : node.dependencies) {
      if (!object.contains(each.name)) continue;
      for (const auto &name : each.required) {
        if (!object.contains(name)) require(place, name, each.name);
      }
    }
    if (node.min_properties && object.size() < *node.min_properties) {
      report(node, place, "minProperties", [&] {
        return "must have at least " + counted_words(*node.min_properties, "member", "members");
      });
    }
    if (node.max_properties && object.size() > *node.max_properties) {
      report(node, place, "maxProperties", [&] {
        return "must have at most " + counted_words(*node.max_properties, "member", "members");
      });
    }
    for (const auto &each : object) {
      if (decided()) return;
      const auto before = found_;
      check_member(node, each, place);
      if (found_ > before) place.failed->push_back(each.key());
    }
  }

  void check_member(const SchemaNode &node, const json::key_value_pair &each,
                    const ValuePlace &place) {
    const auto here = member(place, each.key());
    bool known = false;
    if (const auto *property = node.property(each.key())) {
      known = true;
      check(*property, each.value(), here);
    }
    for (const auto &by_pattern : node.pattern_properties) {
      if (!by_pattern.pattern.search(each.key())) continue;
      known = true;
      check(*by_pattern.node, each.value(), here);
    }
    if (node.names != nullptr) {
      const json::value name(each.key());
      check_name(*node.names, name, here);
    }
    if (known || node.additional == nullptr) return;
    if (node.additional->nothing_fits) {
      report_unknown(node, each.key(), here);
    } else {
      check(*node.additional, each.value(), here);
    }
  }

  void check_name(const SchemaNode &node, const json::value &name, const ValuePlace &place) {
    if (matches(node, name, place)) return;
    add(place, "propertyNames", [&] {
      return quoted_text(name.get_string()) + " is not a name that is allowed here" +
             (node.pattern_text.empty() ? "" : "; it must match the pattern " + node.pattern_text) +
             ".";
    });
  }

  void report_unknown(const SchemaNode &node, std::string_view name, const ValuePlace &place) {
    add(place, "additionalProperties", [&] {
      const auto *best = nearest_property(node, name);
      return quoted_text(name) + " is not a known field" +
             (best != nullptr ? "; did you mean " + best->name + "?" : ".");
    });
  }

  // ---- Conditions and alternatives ----

  bool matches(const SchemaNode &node, const json::value &value, ValuePlace place) const {
    place.failed = nullptr;  // what another schema said of the value is nothing to this one
    SchemaWalk walk(graph_, what_, nullptr);
    walk.check(node, value, place);
    return walk.fits();
  }
  Violations violations_of(const SchemaNode &node, const json::value &value,
                           ValuePlace place) const {
    place.failed = nullptr;
    Violations violations;
    SchemaWalk(graph_, what_, &violations).check(node, value, place);
    return violations;
  }

  static bool can_be_answered(const SchemaNode &condition, const ValuePlace &place) {
    const auto &asked = condition.target();
    return std::none_of(asked.properties.begin(), asked.properties.end(),
                        [&](const auto &each) { return place.has_failed(each.name); }) &&
           std::none_of(asked.required.begin(), asked.required.end(),
                        [&](const auto &name) { return place.has_failed(name); });
  }

  using Alternatives = std::vector<const SchemaNode *>;

  // A list of constants with titles is a choice, and is reported as one.
  static std::optional<std::vector<json::value>> constants_of(const Alternatives &alternatives) {
    std::vector<json::value> out;
    for (const auto *each : alternatives) {
      if (!each->target().constant) return std::nullopt;
      out.push_back(*each->target().constant);
    }
    return out;
  }

  void check_any(const SchemaNode &node, const json::value &value, const ValuePlace &place) {
    if (std::any_of(node.any_of.begin(), node.any_of.end(),
                    [&](const auto *each) { return matches(*each, value, place); })) {
      return;
    }
    report_no_match(node, node.any_of, "anyOf", value, place);
  }

  void check_one(const SchemaNode &node, const json::value &value, const ValuePlace &place) {
    const auto fitting =
        std::count_if(node.one_of.begin(), node.one_of.end(),
                      [&](const auto *each) { return matches(*each, value, place); });
    if (fitting == 1) return;
    if (fitting > 1) {
      return report(node, place, "oneOf",
                    [] { return std::string("fits more than one of the forms it may have"); });
    }
    report_no_match(node, node.one_of, "oneOf", value, place);
  }

  void report_no_match(const SchemaNode &node, const Alternatives &alternatives,
                       std::string_view keyword, const json::value &value,
                       const ValuePlace &place) {
    if (list_ == nullptr) {
      ++found_;
      return;
    }
    if (const auto choices = constants_of(alternatives)) {
      return report(node, place, keyword,
                    [&] { return one_of_phrase(*choices, value, place.secret); });
    }
    const std::string pointer = place.pointer();
    Alternatives meant;
    std::vector<Violations> of_meant;
    for (const auto *each : alternatives) {
      auto violations = violations_of(*each, value, place);
      const auto &listed = violations.listed;
      const bool other_form =
          std::any_of(listed.begin(), listed.end(), [&](const Violation &violation) {
            return violation.keyword == "const" || violation.keyword == "enum" ||
                   (violation.keyword == "type" && violation.pointer == pointer);
          });
      if (other_form) continue;
      meant.push_back(each);
      of_meant.push_back(std::move(violations));
    }
    if (meant.size() == 1) return take_all(of_meant.front());
    if (meant.size() > 1 && std::all_of(of_meant.begin(), of_meant.end(), [&](const auto &each) {
          return lacks_members_only(each, pointer);
        })) {
      return add(place, keyword, [&] { return either_sentence(of_meant, pointer, place); });
    }
    std::vector<std::string> forms;
    for (const auto *each : alternatives) forms.push_back(form_of(*each, place));
    report(node, place, keyword, [&] { return "must be " + joined_words(forms, " or "); });
  }

  static bool lacks_members_only(const Violations &violations, const std::string &pointer) {
    return violations.others == 0 &&
           std::all_of(violations.listed.begin(), violations.listed.end(), [&](const auto &each) {
             return each.keyword == "required" &&
                    each.pointer.rfind('/') == pointer.size();  // a member of this very object
           });
  }

  // "Mailing lists or Segment is required."
  std::string either_sentence(const std::vector<Violations> &ways, const std::string &pointer,
                              const ValuePlace &place) const {
    std::vector<std::string> choices;
    bool several = false;
    for (const auto &way : ways) {
      std::vector<std::string> names;
      for (const auto &each : way.listed) {
        names.push_back(name_of_member(
            place, Pointer::compile(each.pointer.substr(pointer.size()), "").tokens().front()));
      }
      several = several || names.size() > 1;
      choices.push_back(joined_words(names, " and "));
    }
    std::string where;
    if (place.outer != nullptr) where = subject({}, place) + ": ";
    return where + joined_words(choices, several ? ", or " : " or ") +
           (several ? " are required." : " is required.");
  }

  static std::string form_of(const SchemaNode &alternative, const ValuePlace &place) {
    if (!alternative.title.empty()) return quoted_text(alternative.title);
    const SchemaNode &node = alternative.target();
    if (!node.title.empty()) return quoted_text(node.title);
    if (node.format != nullptr) return std::string(node.format->example_phrase);
    if (node.constant) return shown_value(*node.constant);
    std::vector<std::string> names;
    for (const auto &name : node.required) {
      const auto *property = node.property(name);
      const auto title = property != nullptr ? property->shown_title() : place.title_of(name);
      names.push_back(title.empty() ? quoted_text(name) : std::string(title));
    }
    const std::string with = names.empty() ? "" : " with " + joined_words(names, " and ");
    if (node.types != 0) return type_phrase(node.types) + with;
    return "something" + (with.empty() ? " else" : with);
  }

  static std::string not_phrase(const SchemaNode &refused, const ValuePlace &place) {
    const auto &node = refused.target();
    if (node.required.size() > 1 && node.types == 0) {
      std::vector<std::string> names;
      for (const auto &name : node.required) names.push_back(name_of_member(place, name));
      return "must not have " + joined_words(names, " and ") + " together";
    }
    if (node.required.size() == 1 && node.properties.empty()) {
      return "must not have " + name_of_member(place, node.required.front());
    }
    if (node.constant && !place.secret) return "must not be " + shown_value(*node.constant);
    return "has a form that is not allowed";
  }

  const Schema::Graph &graph_;
  std::string_view what_;
  Violations *list_;
  std::size_t found_ = 0;                  // counts one that is told twice twice
  std::unordered_set<std::size_t> known_;  // of pointers with their messages
};

}  // namespace

Violations validate_against(const Schema::Graph &graph, const json::value &document,
                            std::string_view what) {
  Violations violations;
  SchemaWalk quick(graph, what, nullptr);
  quick.check(*graph.root, document, {});
  if (quick.fits()) return violations;
  SchemaWalk(graph, what, &violations).check(*graph.root, document, {});
  return violations;
}

}  // namespace cpi
