#include "cpi/language/error_rule.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/array.hpp>

#include "manifest_part.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

constexpr std::array error_classes{
    ErrorClassRow{"plugin_fault", ErrorClass::plugin_fault, Fault::connector,
                  "Report this to the connector's authors."},
    ErrorClassRow{"invalid_input", ErrorClass::invalid_input, Fault::user,
                  "Correct the input and try again."},
    ErrorClassRow{"auth_expired", ErrorClass::auth_expired, Fault::user,
                  "If this error persists, sign in again."},
    ErrorClassRow{"needs_reauth", ErrorClass::needs_reauth, Fault::user,
                  "Sign in to this connection again."},
    ErrorClassRow{"app_misconfigured", ErrorClass::app_misconfigured, Fault::user,
                  "Check the client ID, the secret and the redirect address."},
    ErrorClassRow{"forbidden", ErrorClass::forbidden, Fault::user,
                  "Check the rights of this account and what its plan includes."},
    ErrorClassRow{"not_found", ErrorClass::not_found, Fault::user,
                  "Check that it exists and belongs to this account."},
    ErrorClassRow{"conflict", ErrorClass::conflict, Fault::user,
                  "Check its current state, then try again."},
    ErrorClassRow{"rate_limited", ErrorClass::rate_limited, Fault::vendor, "Try again later."},
    ErrorClassRow{"quota", ErrorClass::quota, Fault::user,
                  "Wait until the limit is renewed, or raise it with the service."},
    ErrorClassRow{"too_large", ErrorClass::too_large, Fault::user,
                  "Send or request less data at once."},
    ErrorClassRow{"unavailable", ErrorClass::unavailable, Fault::vendor, "Try again later."},
    ErrorClassRow{"timeout", ErrorClass::timeout, Fault::vendor, "Try again later."},
    ErrorClassRow{"unknown_outcome", ErrorClass::unknown_outcome, Fault::vendor,
                  "Check in the service whether the request took effect before you try again."},
    ErrorClassRow{"bad_response", ErrorClass::bad_response, Fault::vendor,
                  "Try again later. If the error persists, report it to the connector's authors."},
    ErrorClassRow{"limitation", ErrorClass::limitation, Fault::connector, ""},
};

void read_condition(const ManifestPart &part, AnswerCondition &rule) {
  if (const auto *status = part.find("status")) {
    const auto *list = status->if_array();
    const auto is_number = [](const json::value &each) { return each.is_int64(); };
    if (list == nullptr || list->empty() || !std::ranges::all_of(*list, is_number)) {
      part.refuse("status", "must be a list of numbers");
    } else {
      for (const auto &each : *list) rule.statuses.push_back(static_cast<int>(each.get_int64()));
    }
  }
  rule.pointer = part.pointer("pointer");
  if (const auto *equals = part.find("equals")) {
    if (const auto *list = equals->if_array()) {
      rule.equals.assign(list->begin(), list->end());
    } else {
      rule.equals.push_back(*equals);
    }
  }
}

void expect_condition(const ManifestPart &part, const AnswerCondition &rule) {
  if (!part.has("status") && !part.has("pointer")) {
    part.refuse("has neither status nor pointer, so it matches every failure",
                ProblemKind::matches_everything);
  }
  if (part.has("equals") && !part.has("pointer")) part.refuse("has equals but no pointer");
  if (rule.pointer && rule.pointer->whole()) part.refuse("points to the whole answer");
}

ErrorRule compile_error_rule(const ManifestPart &part) {
  ErrorRule rule;
  part.only({"status", "pointer", "equals", "class", "retry_after_s", "message", "advice", "fault"},
            "is not a part of an error rule");
  read_condition(part, rule);
  if (!part.has("class")) part.refuse("has no class");
  if (const auto wanted = part.text("class")) {
    if (const ErrorClassRow *known = find_error_class(*wanted)) {
      rule.error_class = known->error_class;
    } else {
      part.refuse("class", '"' + *wanted + "\" is not an error class");
    }
  }
  rule.retry_after_ms =
      static_cast<std::uint64_t>(part.whole("retry_after_s", 0).value_or(0)) * 1000;
  rule.message = part.text("message").value_or("");
  rule.advice = part.text("advice").value_or("");
  if (const auto fault = part.word("fault", {"user", "vendor", "connector"})) {
    rule.fault = fault == "user"     ? Fault::user
                 : fault == "vendor" ? Fault::vendor
                                     : Fault::connector;
  }
  expect_condition(part, rule);
  return rule;
}

}  // namespace

const ErrorClassRow *find_error_class(std::string_view name) noexcept {
  const auto *found = std::ranges::find(error_classes, name, &ErrorClassRow::name);
  return found == error_classes.end() ? nullptr : found;
}

const ErrorClassRow &about(ErrorClass error_class) noexcept {
  return *std::ranges::find(error_classes, error_class, &ErrorClassRow::error_class);
}

std::vector<AnswerCondition> AnswerCondition::of_repeated(const json::object &action,
                                                          std::string_view where) {
  Problems problems;
  auto out = of_repeated(action, where, problems);
  problems.throw_first();
  return out;
}

std::vector<AnswerCondition> AnswerCondition::of_repeated(const json::object &action,
                                                          std::string_view where,
                                                          Problems &problems) {
  constexpr std::string_view name = "done_if_repeated";
  std::vector<AnswerCondition> out;
  const auto *found = action.if_contains(name);
  if (found == nullptr) return out;
  const std::string place = pointer_join(where, name);
  const auto *list = found->if_array();
  if (list == nullptr || list->empty()) problems.add(place, "must be a list of answers");
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const ManifestPart part((*list)[i], pointer_join(place, i), problems);
    if (!part.given()) continue;
    part.only({"status", "pointer", "equals"}, "is not a part of an answer that is meant");
    read_condition(part, out.emplace_back());
    expect_condition(part, out.back());
  }
  const auto *found_effects = action.if_contains("effects");
  const auto *effects = found_effects != nullptr ? found_effects->if_object() : nullptr;
  const auto is_set = [&](std::string_view effect) {
    const auto *flag = effects != nullptr ? effects->if_contains(effect) : nullptr;
    return flag != nullptr && flag->is_bool() && flag->get_bool();
  };
  if (is_set("read_only") || !is_set("idempotent")) {
    problems.add(place,
                 "is for an idempotent action that changes something; others are not repeated");
  }
  if (action.contains("handler") || action.contains("paging")) {
    problems.add(place, "is for an action with a single request");
  }
  return out;
}

std::vector<ErrorRule> ErrorRule::compile_list(const json::value &errors, std::string_view where) {
  Problems problems;
  auto out = compile_list(errors, where, problems);
  problems.throw_first();
  return out;
}

std::vector<ErrorRule> ErrorRule::compile_list(const json::value &errors, std::string_view where,
                                               Problems &problems) {
  std::vector<ErrorRule> out;
  const auto *list = errors.if_array();
  if (list == nullptr) problems.add(std::string(where), "must be a list");
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const ManifestPart part((*list)[i], pointer_join(where, i), problems);
    if (part.given()) out.push_back(compile_error_rule(part));
  }
  return out;
}

}  // namespace cpi
