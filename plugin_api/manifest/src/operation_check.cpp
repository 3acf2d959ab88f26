#include "operation_check.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth_check.hpp"
#include "certain_members.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/rfc3339.hpp"
#include "cpi/language/answer_shape.hpp"
#include "cpi/language/error_rule.hpp"
#include "cpi/language/network.hpp"
#include "cpi/language/paging.hpp"
#include "cpi/language/placement.hpp"
#include "cpi/language/probe.hpp"
#include "cpi/language/probe_writes.hpp"
#include "cpi/language/problem.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/language/trigger_templates.hpp"
#include "cpi/manifest/assumptions.hpp"
#include "cpi/manifest/path_pattern.hpp"
#include "embedded_schemas.hpp"
#include "json_access.hpp"
#include "schema_view.hpp"
#include "template_check.hpp"
#include "unread_input.hpp"

namespace cpi::manifest {
namespace {

std::string named(std::string_view text) {
  return '"' + std::string(text) + '"';
}

// Calls visit(object, pointer) for each object in the list under `key`.
template <typename Visit>
void for_each_object(const json::object &owner, std::string_view key, const std::string &pointer,
                     const Visit &visit) {
  const json::array *list = array_in(owner, key);
  if (list == nullptr) return;
  const std::string place = pointer_join(pointer, key);
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (const json::object *object = (*list)[i].if_object()) visit(*object, pointer_join(place, i));
  }
}

const json::object *find_by_id(const json::object &manifest, std::string_view list,
                               std::string_view id) {
  const json::object *found = nullptr;
  for_each_object(manifest, list, "", [&](const json::object &object, const std::string &) {
    if (found == nullptr && text_in(object, "id") == id) found = &object;
  });
  return found;
}

void check_ids(Findings &findings, const json::object &owner, std::string_view key,
               const std::string &pointer) {
  std::set<std::string, std::less<>> seen;
  for_each_object(owner, key, pointer, [&](const json::object &object, const std::string &at) {
    const std::string_view id = text_in(object, "id");
    if (!id.empty() && !seen.emplace(id).second) {
      findings.add("M301", pointer_join(at, "id"),
                   named(id) + " is already an id in " + std::string(key));
    }
  });
}

// Texts for people, wherever they stand; samples and templates are data and stay out.
void check_texts(Findings &findings, const json::value &value, const std::string &pointer) {
  static constexpr std::array<std::string_view, 10> data = {"sample",   "sample_input", "default",
                                                            "examples", "enum",         "const",
                                                            "equals",   "request",      "read"};
  static constexpr std::array<std::string_view, 7> texts = {
      "title", "description", "summary", "message", "advice", "instead", "group"};
  const auto check_one = [&](const json::value &each, const std::string &at) {
    const json::string *text = each.if_string();
    if (text == nullptr) {
      check_texts(findings, each, at);
      return;
    }
    const std::string_view words = view(*text);
    constexpr std::string_view blanks = " \t\r\n";
    if (words.find_first_not_of(blanks) == std::string_view::npos) {
      findings.add("M302", at, "the text is empty");
    } else if (blanks.find(words.front()) != std::string_view::npos ||
               blanks.find(words.back()) != std::string_view::npos) {
      findings.add("M302", at, "the text starts or ends with a blank");
    }
  };
  if (const json::array *array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      check_texts(findings, (*array)[i], pointer_join(pointer, i));
    }
  } else if (const json::object *object = value.if_object()) {
    for (const auto &[name, each] : *object) {
      const std::string_view key(name.data(), name.size());
      const std::string at = pointer_join(pointer, key);
      if (std::find(data.begin(), data.end(), key) != data.end()) continue;
      if (key == "blind_spots" && each.is_array()) {
        const json::array &spots = each.get_array();
        for (std::size_t i = 0; i < spots.size(); ++i) check_one(spots[i], pointer_join(at, i));
      } else if (std::find(texts.begin(), texts.end(), key) != texts.end()) {
        check_one(each, at);
      } else {
        check_texts(findings, each, at);
      }
    }
  }
}

class Parts {
 public:
  explicit Parts(Findings &findings) : findings_(findings), manifest_(findings.manifest()) {}

  void check() {
    check_network();
    check_auth();
    for (const std::string_view list :
         {"rate_limits", "lookups", "triggers", "actions", "limitations"}) {
      check_ids(findings_, manifest_, list, "");
    }
    for_each_object(
        manifest_, "rate_limits", "",
        [&](const json::object &limit, const std::string &at) { check_rate_limit(limit, at); });
    if (const json::value *errors = manifest_.if_contains("errors");
        errors != nullptr && !findings_.broken("/errors")) {
      compile_part(
          [&](Problems &problems) { ErrorRule::compile_list(*errors, "/errors", problems); });
    }
    for (const std::string_view list : {"lookups", "triggers", "actions"}) {
      for_each_object(manifest_, list, "", [&](const json::object &each, const std::string &at) {
        if (findings_.broken(at)) return;
        operation_ = at;
        if (list == "lookups") check_lookup(each, at);
        if (list == "triggers") check_trigger(each, at);
        if (list == "actions") check_action(each, at);
        check_reading(each, at);
        check_deprecated(each, at, list);
      });
    }
    check_probe();
    if (!findings_.broken("/$defs")) check_field_lookups();
    check_unread();
    check_texts(findings_, findings_.root(), "");
  }

 private:
  // ---- Network and signing in ----

  void check_network() {
    if (object_in(manifest_, "network") == nullptr || findings_.broken("/network")) return;
    Problems problems;
    network_ = cpi::Network::compile(manifest_, problems);
    add(problems);
  }

  void check_url(const json::object &owner, std::string_view key, const std::string &pointer) {
    const std::string_view url = text_in(owner, key);
    const std::string place = pointer_join(pointer, key);
    if (url.empty() || findings_.broken(place) || no_network()) return;
    if (!network_.allows(url)) {
      findings_.add("M311", place, named(url) + " is not on an allowed host");
    }
  }

  // What is said of hosts then is not judged.
  [[nodiscard]] bool no_network() const { return network_.allowed_hosts.empty(); }

  void check_auth() {
    const json::object *auth = object_in(manifest_, "auth");
    if (auth == nullptr) return;
    check_ids(findings_, *auth, "methods", "/auth");
    for_each_object(*auth, "methods", "/auth",
                    [&](const json::object &method, const std::string &at) {
                      check_url(method, "token_url", at);
                      if (!findings_.broken(at)) check_auth_method(findings_, method, at);
                    });
    const json::object *test = object_in(*auth, "test");
    if (test == nullptr || findings_.broken("/auth/test")) return;
    if (const json::value *request = test->if_contains("request")) {
      check_request(*request, "/auth/test/request", {});
    }
    const json::value *output = test->if_contains("output");
    if (output != nullptr && spot_in(*output, text_in(*test, "label")).kind != Spot::Kind::found) {
      findings_.add("M329", "/auth/test/label",
                    "the output has no " + named(text_in(*test, "label")));
    }
  }

  // ---- The probe ----

  void check_probe() {
    const json::value *node = manifest_.if_contains("probe");
    if (node == nullptr || findings_.broken("/probe")) return;
    const json::object &probe = node->get_object();
    check_ids(findings_, probe, "requests", "/probe");
    check_ids(findings_, probe, "assumptions", "/probe");
    operation_ = "/probe";
    Problems problems;
    const Probe compiled = Probe::compile(*node, network_, "/probe", problems);
    add(problems);
    for (std::size_t i = 0; i < compiled.requests.size(); ++i) {
      const ProbeRequest &each = compiled.requests[i];
      const std::vector<std::string_view> known(each.known.begin(), each.known.end());
      check_reads(findings_, each.request.reads(), {nullptr, {}, known});
      if (problems.empty())
        check_limitations(each.request, "/probe/requests/" + std::to_string(i) + "/request");
    }
    for (const std::size_t i : unused_assumptions(manifest_)) {
      findings_.add("M345", "/probe/assumptions/" + std::to_string(i),
                    "no operation sends what it is about");
    }
    check_probe_writes(probe);
  }

  void check_probe_writes(const json::object &probe) {
    const json::object *node = object_in(probe, "writes");
    if (node == nullptr) return;
    const std::string at = "/probe/writes";
    check_ids(findings_, *node, "assumptions", at);
    for_each_object(*node, "assumptions", at, [&](const json::object &each, const std::string &of) {
      const std::string_view id = text_in(each, "id");
      bool taken = false;
      for_each_object(probe, "assumptions", "",
                      [&](const json::object &other, const std::string &) {
                        taken = taken || text_in(other, "id") == id;
                      });
      if (taken)
        findings_.add("M301", pointer_join(of, "id"),
                      named(id) + " is already an id in the assumptions of the probe");
    });
    Problems problems;
    const std::optional<ProbeWrites> writes = ProbeWrites::compile(manifest_, network_, problems);
    add(problems);
    if (!writes || !problems.empty()) return;
    const auto each_call = [&](std::string_view list, std::size_t i, std::string_view inside,
                               const ProbeCall &call) {
      const std::string place = pointer_join(at + '/' + std::string(list), i) + std::string(inside);
      check_probe_call(call, writes->place.sample_scope(), place);
    };
    for (std::size_t i = 0; i < writes->before.size(); ++i)
      each_call("before", i, "", writes->before[i].call);
    for (std::size_t i = 0; i < writes->steps.size(); ++i)
      each_call("steps", i, "", writes->steps[i].call);
    for (std::size_t i = 0; i < writes->cleanup.size(); ++i) {
      each_call("cleanup", i, "", writes->cleanup[i].call);
      each_call("cleanup", i, "/verify", writes->cleanup[i].verify);
    }
  }

  void check_probe_call(const ProbeCall &call, const json::object &scope, const std::string &at) {
    check_limitations(call.request, at + (call.action.empty() ? "/request" : "/action"));
    const json::object *action =
        call.action.empty() ? nullptr : find_by_id(manifest_, "actions", call.action);
    const json::value *schema = action == nullptr ? nullptr : action->if_contains("input");
    if (schema == nullptr || findings_.broken("/$defs")) return;
    const Schema compiled = Schema::compile(*schema, findings_.defs(), at, UnknownFormats::ignored);
    for (const Violation &violation : compiled.validate(call.input_for(scope), "The input").listed)
      findings_.add("M309", at + "/input", violation);
  }

  // ---- Operations ----

  // Last: a pointer that finds nothing leaves the field that was meant unread as well.
  void check_unread() {
    if (findings_.broken("/$defs")) return;
    for (const std::string_view list : {"lookups", "triggers", "actions"}) {
      for_each_object(manifest_, list, "", [&](const json::object &each, const std::string &at) {
        if (findings_.broken(at)) return;
        check_unread_input(findings_, each, at, list == "triggers" ? "input" : "", reads_[at]);
      });
    }
  }

  // The SDK makes the output itself then: it can say yes, and no more.
  void check_done_if_repeated(const json::object &action, const json::value &output,
                              const std::string &at) {
    compile_part([&](Problems &problems) { AnswerCondition::of_repeated(action, at, problems); });
    if (!action.contains("done_if_repeated")) return;
    for (const std::string &name : required_of(output)) {
      if (may_be(spot_in(output, pointer_join("", name)), "boolean")) continue;
      findings_.add(
          "M337", pointer_join(at, "done_if_repeated"),
          "the output needs " + named(name) + ", which no answer to a repeated request gives");
    }
  }

  [[nodiscard]] Spot spot_in(const json::value &schema, std::string_view pointer) const {
    const std::array<const json::value *, 1> schemas = {&schema};
    return find_spot(schemas, pointer_tokens(pointer), findings_.defs());
  }

  void check_action(const json::object &action, const std::string &at) {
    const json::value *input = action.if_contains("input");
    const json::value *output = action.if_contains("output");
    if (input == nullptr || output == nullptr) return;
    check_either(action, at, "request");
    if (const json::value *request = action.if_contains("request")) {
      check_request(*request, pointer_join(at, "request"), {input, {}, {}});
      check_method(action, text_in(request->as_object(), "method"), at);
    }
    check_effects(action, at);
    check_paging(action, *input, at);
    if (action.contains("paging") && spot_in(*output, "/items").kind != Spot::Kind::found) {
      findings_.add("M329", pointer_join(at, "output"), "a paged action's output has items");
    }
    check_sample(action, "sample", *output, "M308", at);
    check_sample(action, "sample_input", *input, "M309", at);
    check_done_if_repeated(action, *output, at);
    if (const json::object *duplicate = object_in(action, "duplicate_check")) {
      check_duplicate(*duplicate, *input, at + "/duplicate_check");
    }
  }

  // ---- Duplicate checks ----

  void check_duplicate(const json::object &duplicate, const json::value &input,
                       const std::string &at) {
    static constexpr std::array<std::string_view, 7> of_list = {
        "filter", "rows", "each", "below", "same", "newer", "details"};
    const bool lists_rows = duplicate.contains("list");
    for (const auto &member : duplicate) {
      const std::string_view name(member.key().data(), member.key().size());
      const bool of_list_only = std::ranges::find(of_list, name) != of_list.end();
      if (lists_rows ? name != "match" : !of_list_only) continue;
      findings_.add("M317", pointer_join(at, name),
                    named(name) + " belongs to " + (lists_rows ? "a lookup" : "a list") +
                        ", and this check has none");
    }
    if (lists_rows) {
      check_duplicate_list(duplicate, input, at);
    } else {
      check_duplicate_lookup(duplicate, input, at);
    }
  }

  void check_duplicate_lookup(const json::object &duplicate, const json::value &input,
                              const std::string &at) {
    const std::string_view name = text_in(duplicate, "lookup");
    const json::object *lookup = find_by_id(manifest_, "lookups", name);
    if (lookup == nullptr) {
      findings_.add("M303", at + "/lookup", "there is no lookup " + named(name));
    } else {
      check_dependencies(*lookup, input, at + "/lookup");
    }
    const json::object *match = object_in(duplicate, "match");
    if (match == nullptr) return;
    const std::string_view pointer = text_in(*match, "input");
    const std::string place = at + "/match/input";
    expect_input(input, pointer, place);
    // The host compares texts: anything else would never be found.
    const Spot spot = spot_in(input, pointer);
    if (spot.kind == Spot::Kind::found && !may_be(spot, "string")) {
      findings_.add("M317", place, "the input's " + named(pointer) + " is no text");
    }
  }

  static bool may_be(const Spot &spot, std::string_view type) {
    return std::ranges::any_of(
        spot.schemas, [&](const json::value *schema) { return allows_type(*schema, type); });
  }

  void expect_input(const json::value &input, std::string_view pointer, const std::string &at) {
    if (spot_in(input, pointer).kind == Spot::Kind::missing)
      findings_.add("M317", at, "the input has no " + named(pointer));
  }

  void check_duplicate_list(const json::object &duplicate, const json::value &input,
                            const std::string &at) {
    const std::string_view name = text_in(duplicate, "list");
    const json::object *list = find_by_id(manifest_, "actions", name);
    const json::object *effects = list == nullptr ? nullptr : object_in(*list, "effects");
    if (effects == nullptr || !flag_in(*effects, "read_only")) {
      findings_.add("M303", at + "/list", "there is no read-only action " + named(name));
      return;
    }
    if (const json::value *wanted = list->if_contains("input")) {
      check_duplicate_filter(duplicate, *wanted, input, at);
    }
    for_each_object(duplicate, "same", at, [&](const json::object &each, const std::string &place) {
      const json::value *pointers = each.if_contains("input");
      if (pointers == nullptr) return;
      if (const json::string *one = pointers->if_string())
        expect_input(input, view(*one), place + "/input");
      if (const json::array *several = pointers->if_array())
        for (const json::value &one : *several)
          if (one.is_string()) expect_input(input, view(one.get_string()), place + "/input");
    });
    if (list->contains("output")) check_duplicate_rows(duplicate, *list, at);
    if (const json::object *details = object_in(duplicate, "details")) {
      check_duplicate_details(*details, input, at + "/details");
    }
  }

  void check_duplicate_details(const json::object &details, const json::value &input,
                               const std::string &at) {
    const std::string_view name = text_in(details, "action");
    const json::object *action = find_by_id(manifest_, "actions", name);
    const json::object *effects = action == nullptr ? nullptr : object_in(*action, "effects");
    if (effects == nullptr || !flag_in(*effects, "read_only")) {
      findings_.add("M303", at + "/action", "there is no read-only action " + named(name));
      return;
    }
    const json::object *filter = object_in(details, "filter");
    const json::value *wanted = action->if_contains("input");
    for (const std::string &field : wanted ? required_of(*wanted) : std::vector<std::string>()) {
      if (filter != nullptr && filter->contains(field)) continue;
      findings_.add("M317", at + "/filter", named(name) + " needs the field " + named(field));
    }
    for (const auto &member : filter != nullptr ? *filter : json::object()) {
      const std::string_view field(member.key().data(), member.key().size());
      if (wanted != nullptr &&
          spot_in(*wanted, pointer_join("", field)).kind != Spot::Kind::missing) {
        continue;
      }
      findings_.add("M317", pointer_join(at + "/filter", field),
                    named(name) + " has no field " + named(field));
    }
    expect_input(input, text_in(details, "input"), at + "/input");
    const std::string_view rows_at = text_in(details, "rows");
    if (!action->contains("output")) return;
    const Spot rows = spot_in(action->at("output"), rows_at);
    if (rows.kind != Spot::Kind::found || !may_be(rows, "array")) {
      findings_.add("M317", at + "/rows",
                    "the output of " + named(name) + " has no list " + named(rows_at));
      return;
    }
    const Spot elements = elements_of(rows, findings_.defs());
    const std::vector<std::string> tokens = pointer_tokens(text_in(details, "row"));
    if (find_spot(elements.schemas, tokens, findings_.defs()).kind != Spot::Kind::found) {
      findings_.add("M317", at + "/row",
                    "a row of " + named(name) + " has no " + named(text_in(details, "row")));
    }
  }

  // `wanted`: the input of the list.
  void check_duplicate_filter(const json::object &duplicate, const json::value &wanted,
                              const json::value &input, const std::string &at) {
    const std::string_view name = text_in(duplicate, "list");
    const json::object *filter = object_in(duplicate, "filter");
    for (const std::string &field : required_of(wanted)) {
      if (filter != nullptr && filter->contains(field)) continue;
      findings_.add("M317", at + (filter != nullptr ? "/filter" : "/list"),
                    named(name) + " needs the field " + named(field));
    }
    if (filter == nullptr) return;
    for (const auto &[key, node] : *filter) {
      const std::string_view field(key.data(), key.size());
      const std::string place = pointer_join(at + "/filter", field);
      const Spot spot = spot_in(wanted, pointer_join("", field));
      if (spot.kind == Spot::Kind::missing) {
        findings_.add("M317", place, named(name) + " has no field " + named(field));
        continue;
      }
      const json::object *placement = node.if_object();
      if (placement != nullptr && placement->contains("$from")) {
        expect_input(input, text_in(*placement, "$from"), place);
      } else if (!findings_.broken("/$defs")) {
        for (const json::value *schema : spot.schemas) check_literal(node, *schema, place);
      }
    }
  }

  void check_literal(const json::value &literal, const json::value &schema,
                     const std::string &place) {
    const Schema compiled =
        Schema::compile(schema, findings_.defs(), place, UnknownFormats::ignored);
    for (const Violation &violation : compiled.validate(literal, "The filter").listed) {
      findings_.add("M317", place, violation);
    }
  }

  [[nodiscard]] std::vector<std::string> required_of(const json::value &schema) const {
    std::vector<std::string> names;
    const json::value *form = dereference(&schema, findings_.defs());
    const json::object *rules = form == nullptr ? nullptr : form->if_object();
    const json::array *required = rules == nullptr ? nullptr : array_in(*rules, "required");
    for (std::size_t i = 0; required != nullptr && i < required->size(); ++i) {
      if ((*required)[i].is_string()) names.emplace_back(view((*required)[i].get_string()));
    }
    return names;
  }

  // Outputs are open, so what a pointer into a row names must be described: a typing error would
  // compare nothing, and find nothing for ever.
  void check_duplicate_rows(const json::object &duplicate, const json::object &list,
                            const std::string &at) {
    const std::string_view name = text_in(duplicate, "list");
    const bool named_rows = duplicate.contains("rows");
    const std::string_view rows_at = named_rows ? text_in(duplicate, "rows") : "/items";
    const Spot rows = spot_in(list.at("output"), rows_at);
    if (rows.kind != Spot::Kind::found) {
      findings_.add("M317", at + (named_rows ? "/rows" : "/list"),
                    "the output of " + named(name) + " has no " + named(rows_at));
      return;
    }
    const Spot elements = elements_of(rows, findings_.defs());
    const std::vector<const json::value *> &row =
        may_be(rows, "array") && !elements.schemas.empty() ? elements.schemas : rows.schemas;
    const auto spot_of = [&](const std::vector<std::string> &tokens) {
      return find_spot(row, tokens, findings_.defs());
    };
    for (const std::string_view key : {"each", "below"}) {
      if (!duplicate.contains(key)) continue;
      const Spot spot = spot_of(pointer_tokens(text_in(duplicate, key)));
      if (spot.kind == Spot::Kind::found && may_be(spot, "array")) continue;
      findings_.add("M317", pointer_join(at, key),
                    "a row of " + named(name) + " has no list " + named(text_in(duplicate, key)));
    }
    const std::vector<std::string> each = duplicate.contains("each")
                                              ? pointer_tokens(text_in(duplicate, "each"))
                                              : std::vector<std::string>();
    const auto tokens_in_row = [&](std::string_view pointer) {
      std::vector<std::string> tokens = pointer_tokens(pointer);
      const auto [in_each, in_tokens] = std::ranges::mismatch(each, tokens);
      if (!each.empty() && in_each == each.end()) tokens.insert(in_tokens, "*");
      return tokens;
    };
    const auto expect_row = [&](std::string_view pointer, const std::string &place) {
      const Spot spot = spot_of(tokens_in_row(pointer));
      if (spot.kind != Spot::Kind::found) {
        findings_.add("M317", place, "a row of " + named(name) + " has no " + named(pointer));
      }
      return spot;
    };
    for_each_object(duplicate, "same", at, [&](const json::object &same, const std::string &place) {
      if (same.contains("row")) expect_row(text_in(same, "row"), place + "/row");
    });
    if (!duplicate.contains("newer")) return;
    const std::string_view newer = text_in(duplicate, "newer");
    const Spot time = expect_row(newer, at + "/newer");
    std::string in_sample(rows_at);
    if (may_be(rows, "array")) in_sample += "/*";
    for (const std::string &token : tokens_in_row(newer))
      in_sample = pointer_join(in_sample, token);
    if (time.kind == Spot::Kind::found && !is_time(time, list, in_sample)) {
      findings_.add("M317", at + "/newer",
                    "in a row of " + named(name) + ", " + named(newer) + " is no time");
    }
  }

  // A text, of a format of times if of any, and a time in the list's sample.
  static bool is_time(const Spot &spot, const json::object &list, std::string_view in_sample) {
    const bool fits = std::ranges::any_of(spot.schemas, [](const json::value *schema) {
      const json::object *rules = schema->if_object();
      if (rules == nullptr || rules->contains("enum") || rules->contains("const")) return false;
      return allows_type(*schema, "string") &&
             (!rules->contains("format") || text_in(*rules, "format").starts_with("date"));
    });
    bool all = true;
    const json::value *sample = list.if_contains("sample");
    if (sample != nullptr) {
      json::value copy = *sample;
      Pointer::compile(in_sample, "newer").each(copy, [&](json::value &value) {
        const json::string *text = value.if_string();
        if (text != nullptr && !parse_lenient(view(*text))) all = false;
      });
    }
    return fits && all;
  }

  void check_trigger(const json::object &trigger, const std::string &at) {
    const json::value *input = trigger.if_contains("input");
    const json::value *output = trigger.if_contains("output");
    if (input == nullptr || output == nullptr) return;
    check_either(trigger, at, "read");
    if (trigger.contains("read") && !trigger.contains("detect")) {
      findings_.add("M324", at, "a trigger that reads needs detect");
    }
    check_detection(trigger, *input, at);
    if (const auto least = integer_in(trigger, "min_interval_s").value_or(60);
        integer_in(trigger, "interval_s").value_or(0) < least) {
      findings_.add("M310", pointer_join(at, "interval_s"),
                    "the interval is below the minimum of " + std::to_string(least) + " s");
    }
    if (const json::object *start = object_in(trigger, "start")) {
      if (!lists(array_in(*start, "allow"), text_in(*start, "default"))) {
        findings_.add("M322", at + "/start/default",
                      named(text_in(*start, "default")) + " is not among start.allow");
      }
    }
    // A wrong key is one problem, not one more for each member that it does not hold.
    if (check_dedupe(trigger, *output, at)) check_required_members(findings_, trigger, at);
    check_sample(trigger, "sample", *output, "M308", at);
    check_sample(trigger, "sample_input", *input, "M309", at);
  }

  void check_detection(const json::object &trigger, const json::value &input,
                       const std::string &at) {
    if (const json::object *read = object_in(trigger, "read")) check_reading(*read, at + "/read");
    if (const json::object *detect = object_in(trigger, "detect")) {
      const json::object *gate = object_in(*detect, "gate");
      if (gate != nullptr) check_reading(*gate, at + "/detect/gate");
    }
    for (const TriggerTemplate &each : trigger_templates(trigger, at)) {
      const TemplateInput scope{&input, "input", each.sees};
      if (each.kind == TriggerTemplate::Kind::request) {
        check_request(*each.value, each.place, scope);
      } else {
        check_node(*each.value, each.place, scope);
      }
    }
  }

  // False if it found a problem.
  bool check_dedupe(const json::object &trigger, const json::value &output, const std::string &at) {
    bool fine = true;
    const json::object *dedupe = object_in(trigger, "dedupe");
    const json::array *keys = dedupe == nullptr ? nullptr : array_in(*dedupe, "key");
    for (std::size_t i = 0; keys != nullptr && i < keys->size(); ++i) {
      if (!(*keys)[i].is_string()) continue;
      const std::string_view pointer = view((*keys)[i].get_string());
      const std::string place = pointer_join(at + "/dedupe/key", i);
      const Spot spot = spot_in(output, pointer);
      if (pointer.empty() || spot.kind != Spot::Kind::found) {
        fine = false;
        findings_.add("M306", place, "the output does not describe " + named(pointer));
      } else if (!spot.required && is_certain(trigger, findings_.defs(), pointer_tokens(pointer))) {
        fine = false;
        findings_.add("M307", place, "the output may come without " + named(pointer));
      }
    }
    return fine;
  }

  void check_lookup(const json::object &lookup, const std::string &at) {
    check_either(lookup, at, "request");
    const json::value *input = lookup.if_contains("input");
    TemplateInput fields;
    fields.schema = input;
    const json::array *depends_on = array_in(lookup, "depends_on");
    for (std::size_t i = 0; depends_on != nullptr && i < depends_on->size(); ++i) {
      if (!(*depends_on)[i].is_string()) continue;
      const std::string_view name = view((*depends_on)[i].get_string());
      fields.extra.push_back(name);
      if (input != nullptr && spot_in(*input, pointer_join("", name)).kind != Spot::Kind::found) {
        findings_.add("M305", pointer_join(pointer_join(at, "depends_on"), i),
                      "the lookup's input has no field " + named(name));
      }
    }
    if (flag_in(lookup, "search")) fields.extra.emplace_back("search");
    check_conditions(lookup, "where", at, fields);
    for (const std::string_view member : {"where", "below"}) {
      if (!lookup.contains(member) || lookup.contains("request")) continue;
      findings_.add("M337", pointer_join(at, member), "belongs to a lookup with a request");
    }
    if (const json::value *request = lookup.if_contains("request")) {
      check_request(*request, pointer_join(at, "request"), fields);
      if (!lookup.contains("value") || !lookup.contains("label")) {
        findings_.add("M329", at, "value or label is missing");
      }
    }
  }

  void check_conditions(const json::object &owner, std::string_view key, const std::string &at,
                        const TemplateInput &fields) {
    for_each_object(owner, key, at, [&](const json::object &each, const std::string &place) {
      for (const std::string_view member : {"in", "not_in", "min"}) {
        const json::value *node = each.if_contains(member);
        if (node != nullptr) check_node(*node, pointer_join(place, member), fields);
      }
      check_conditions(each, "any", place, fields);
    });
  }

  void check_rate_limit(const json::object &limit, const std::string &at) {
    const json::array *ids = array_in(limit, "applies_to");
    const std::string_view per = text_in(limit, "per");
    if (!per.empty() && ids == nullptr) {
      findings_.add("M332", pointer_join(at, "per"),
                    "applies_to does not name the actions whose input is meant");
    }
    for (std::size_t i = 0; ids != nullptr && i < ids->size(); ++i) {
      if (!(*ids)[i].is_string()) continue;
      const std::string_view id = view((*ids)[i].get_string());
      const json::object *action = find_by_id(manifest_, "actions", id);
      if (action == nullptr) {
        findings_.add("M321", pointer_join(pointer_join(at, "applies_to"), i),
                      "there is no action " + named(id));
        continue;
      }
      const json::value *input = action->if_contains("input");
      if (per.empty() || input == nullptr) continue;
      const Spot spot = spot_in(*input, per);
      if (spot.kind != Spot::Kind::found || !spot.required) {
        findings_.add("M332", pointer_join(at, "per"),
                      "the input of " + named(id) + " has no required field " + named(per));
      }
    }
  }

  void check_deprecated(const json::object &operation, const std::string &at,
                        std::string_view list) {
    const json::object *deprecated = object_in(operation, "deprecated");
    const std::string_view use =
        deprecated == nullptr ? std::string_view() : text_in(*deprecated, "use");
    if (!use.empty() && find_by_id(manifest_, list, use) == nullptr) {
      findings_.add("M330", at + "/deprecated/use", "there is no " + named(use));
    }
  }

  void check_either(const json::object &operation, const std::string &at, std::string_view what) {
    const bool data = operation.contains(what);
    const bool code = operation.contains("handler");
    if (data != code) return;
    findings_.add("M324", at,
                  data ? "both " + std::string(what) + " and handler are given"
                       : "neither " + std::string(what) + " nor handler is given");
  }

  void check_effects(const json::object &action, const std::string &at) {
    const json::object *effects = object_in(action, "effects");
    if (effects == nullptr || !flag_in(*effects, "read_only")) return;
    if (flag_in(*effects, "destructive") || !flag_in(*effects, "idempotent") ||
        flag_in(*effects, "queued")) {
      findings_.add("M323", pointer_join(at, "effects"),
                    "a read-only action is marked as destructive, queued or not idempotent");
    }
  }

  void check_method(const json::object &action, std::string_view method, const std::string &at) {
    const json::object *effects = object_in(action, "effects");
    if (effects == nullptr) return;
    const bool reads = flag_in(*effects, "read_only");
    const std::string place = at + "/request/method";
    if (method == "GET" && !reads) {
      findings_.add("M328", place, "a GET, but the action is not read_only");
    } else if (method == "DELETE" && !flag_in(*effects, "destructive")) {
      findings_.add("M328", place, "a DELETE, but the action is not destructive");
    } else if (reads && (method == "PUT" || method == "PATCH")) {
      findings_.add("M328", place, "a " + std::string(method) + ", but the action is read_only");
    }
  }

  void check_paging(const json::object &owner, const json::value &input, const std::string &at) {
    const json::object *paging = object_in(owner, "paging");
    if (paging == nullptr || !paging->contains("limit")) return;
    const std::string_view pointer = text_in(*paging, "limit");
    reads_[at].push_back({.tokens = pointer_tokens(pointer),
                          .as = Read::As::value,
                          .text = std::string(pointer),
                          .place = at + "/paging/limit",
                          .drops_offset = {}});
    const Spot spot = spot_in(input, pointer);
    const bool integer =
        spot.kind == Spot::Kind::found &&
        std::all_of(spot.schemas.begin(), spot.schemas.end(), [](const json::value *schema) {
          return allows_type(*schema, "integer") && !allows_type(*schema, "string");
        });
    if (!integer) {
      findings_.add("M327", at + "/paging/limit",
                    "the input has no integer field " + named(pointer));
    }
  }

  void check_sample(const json::object &operation, std::string_view key, const json::value &schema,
                    std::string_view code, const std::string &at) {
    const json::value *sample = operation.if_contains(key);
    if (sample == nullptr || findings_.broken("/$defs")) return;
    const Schema compiled = Schema::compile(schema, findings_.defs(), at, UnknownFormats::ignored);
    for (const Violation &violation : compiled.validate(*sample, "The sample").listed) {
      findings_.add(code, pointer_join(at, key), violation);
    }
  }

  // ---- Templates: compiled as the plugin compiles them ----

  void check_request(const json::value &request, const std::string &at,
                     const TemplateInput &input) {
    Problems problems;
    const RequestTemplate compiled =
        RequestTemplate::compile(request, network_, false, at, false, problems);
    judge(compiled.reads(), problems, input);
    if (!problems.empty()) return;
    check_limitations(compiled, at);
    check_omissions(compiled, at);
  }

  void check_node(const json::value &node, const std::string &at, const TemplateInput &input) {
    Problems problems;
    const Placement compiled = Placement::compile(node, at, problems);
    judge(compiled.reads(), problems, input);
  }

  void judge(std::vector<Read> reads, const Problems &problems, const TemplateInput &input) {
    add(problems);
    check_reads(findings_, reads, input);
    std::vector<Read> &all = reads_[operation_];
    std::ranges::move(reads, std::back_inserter(all));
  }

  // What is no template: paging, answer, errors.
  template <typename Compile>
  void compile_part(const Compile &compile) {
    Problems problems;
    compile(problems);
    for (const LanguageProblem &problem : problems.listed()) {
      const bool everything = problem.kind == ProblemKind::matches_everything;
      findings_.add(everything ? "M326" : "M337", problem.place, problem.why);
    }
  }

  // `owner`: an operation, or a trigger's `read` or `gate`.
  void check_reading(const json::object &owner, const std::string &at) {
    if (const json::value *paging = owner.if_contains("paging")) {
      compile_part([&](Problems &problems) {
        Paging::compile(*paging, pointer_join(at, "paging"), problems);
      });
    }
    if (const json::value *answer = owner.if_contains("answer")) {
      compile_part([&](Problems &problems) {
        AnswerShape::compile(*answer, pointer_join(at, "answer"), problems);
      });
    }
  }

  void add(const Problems &problems) {
    for (const LanguageProblem &problem : problems.listed()) {
      if (problem.kind == ProblemKind::foreign_host && no_network()) continue;
      add_problem(findings_, problem);
    }
  }

  void check_limitations(const RequestTemplate &request, const std::string &at) {
    const std::string shape = request.path_shape();
    const std::string &method = request.method();
    for_each_object(
        manifest_, "limitations", "", [&](const json::object &limitation, const std::string &) {
          for_each_object(limitation, "paths", "",
                          [&](const json::object &path, const std::string &) {
                            if (lists(array_in(path, "methods"), method) &&
                                !is_excepted(path, normalized_shape(shape)) &&
                                path_matches(text_in(path, "path"), normalized_shape(shape))) {
                              findings_.add("M320", pointer_join(at, "path"),
                                            "the limitation " + named(text_in(limitation, "id")) +
                                                " forbids " + method + " " + shape);
                            }
                          });
        });
  }

  static bool is_excepted(const json::object &path, const std::string &shape) {
    const json::array *except = array_in(path, "except");
    return except != nullptr && std::ranges::any_of(*except, [&](const json::value &each) {
             return each.is_string() && path_matches(view(each.get_string()), shape);
           });
  }

  // An endpoint that an operation uses is not left out.
  void check_omissions(const RequestTemplate &request, const std::string &at) {
    const std::string shape = request.path_shape();
    for_each_object(
        manifest_, "omissions", "", [&](const json::object &omission, const std::string &where) {
          if (!lists(array_in(omission, "methods"), request.method())) return;
          if (normalized_shape(std::string(text_in(omission, "path"))) != normalized_shape(shape))
            return;
          findings_.add("M340", where,
                        pointer_join(at, "path") + " uses " + request.method() + " " + shape);
        });
  }

  static std::string normalized_shape(const std::string &shape) {
    return normalize_path(shape).value_or(shape);
  }

  // ---- Fields that take their choices from a lookup ----

  // The field names that the choices of one field hang on.
  using Edges = std::map<std::string, std::vector<std::string>, std::less<>>;

  void check_field_lookups() {
    for (const EmbeddedSchema &embedded : embedded_schemas(manifest_)) {
      if (embedded.role != SchemaRole::input || findings_.broken(embedded.pointer)) continue;
      Edges edges;
      std::set<const json::value *> seen;
      const json::value *root = dereference(embedded.schema, findings_.defs());
      if (root != nullptr) {
        follow_fields(*embedded.schema, embedded.pointer, *root, edges, seen);
      }
      check_circle(edges, embedded.pointer);
    }
  }

  void follow_fields(const json::value &schema, const std::string &pointer, const json::value &form,
                     Edges &edges, std::set<const json::value *> &seen) {
    const json::object *rules = schema.if_object();
    if (rules == nullptr || !seen.insert(&schema).second) return;
    if (rules->contains("$ref")) {
      if (const json::value *target = dereference(&schema, findings_.defs())) {
        const std::string name(text_in(*rules, "$ref"));
        follow_fields(*target, name.substr(1), form, edges, seen);
      }
      return;
    }
    if (const json::object *properties = object_in(*rules, "properties")) {
      const std::string place = pointer_join(pointer, "properties");
      for (const auto &[key, field] : *properties) {
        const std::string name(key.data(), key.size());
        note_edges(name, field, pointer_join(place, name), schema, form, edges);
        follow_fields(field, pointer_join(place, name), form, edges, seen);
      }
    }
    for (const std::string_view keyword : {"items", "additionalProperties"}) {
      if (const json::value *inner = rules->if_contains(keyword)) {
        note_edges({}, *inner, pointer_join(pointer, keyword), schema, form, edges);
        follow_fields(*inner, pointer_join(pointer, keyword), form, edges, seen);
      }
    }
    for (const std::string_view keyword : {"allOf", "anyOf", "oneOf"}) {
      if (const json::array *list = array_in(*rules, keyword)) {
        const std::string place = pointer_join(pointer, keyword);
        for (std::size_t i = 0; i < list->size(); ++i) {
          follow_fields((*list)[i], pointer_join(place, i), form, edges, seen);
        }
      }
    }
  }

  void note_edges(const std::string &name, const json::value &field, const std::string &pointer,
                  const json::value &owner, const json::value &form, Edges &edges) {
    const json::value *target = dereference(&field, findings_.defs());
    const json::object *details = target == nullptr ? nullptr : target->if_object();
    const json::object *options = details == nullptr ? nullptr : object_in(*details, "x-options");
    if (options == nullptr) return;
    const std::string place = pointer + "/x-options/lookup";
    const std::string_view id = text_in(*options, "lookup");
    const json::object *lookup = find_by_id(manifest_, "lookups", id);
    if (lookup == nullptr) {
      findings_.add("M303", place, "there is no lookup " + named(id));
      return;
    }
    const json::array *depends_on = array_in(*lookup, "depends_on");
    const json::object *renamed = object_in(*options, "depends_on");
    for (std::size_t i = 0; depends_on != nullptr && i < depends_on->size(); ++i) {
      if (!(*depends_on)[i].is_string()) continue;
      std::string_view other = view((*depends_on)[i].get_string());
      if (renamed != nullptr && !text_in(*renamed, other).empty()) other = text_in(*renamed, other);
      const bool near = spot_in(owner, pointer_join("", other)).kind == Spot::Kind::found;
      if (!near && spot_in(form, pointer_join("", other)).kind != Spot::Kind::found) {
        findings_.add("M305", place,
                      "the lookup " + named(id) + " needs a field " + named(other) +
                          ", which the form does not have");
      }
      if (!name.empty()) edges[name].emplace_back(other);
    }
  }

  void check_dependencies(const json::object &lookup, const json::value &input,
                          const std::string &place) {
    const json::array *depends_on = array_in(lookup, "depends_on");
    for (std::size_t i = 0; depends_on != nullptr && i < depends_on->size(); ++i) {
      if (!(*depends_on)[i].is_string()) continue;
      const std::string_view name = view((*depends_on)[i].get_string());
      if (spot_in(input, pointer_join("", name)).kind != Spot::Kind::found) {
        findings_.add("M305", place,
                      "the lookup " + named(text_in(lookup, "id")) + " needs a field " +
                          named(name) + ", which the input does not have");
      }
    }
  }

  void check_circle(const Edges &edges, const std::string &pointer) {
    for (const auto &[start, targets] : edges) {
      std::vector<std::string> open = targets;
      std::set<std::string, std::less<>> seen;
      while (!open.empty()) {
        const std::string current = std::move(open.back());
        open.pop_back();
        if (current == start) {
          findings_.add("M304", pointer,
                        "the choices of " + named(start) + " depend on " + named(start));
          return;
        }
        if (!seen.insert(current).second) continue;
        if (const auto next = edges.find(current); next != edges.end()) {
          open.insert(open.end(), next->second.begin(), next->second.end());
        }
      }
    }
  }

  Findings &findings_;
  const json::object &manifest_;
  cpi::Network network_;
  std::string operation_;  // the one that is checked: its JSON Pointer
  std::map<std::string, std::vector<Read>, std::less<>> reads_;  // of the templates of each
};

}  // namespace

void check_parts(Findings &findings) {
  Parts(findings).check();
}

}  // namespace cpi::manifest
