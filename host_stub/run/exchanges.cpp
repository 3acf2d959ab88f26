#include "run/exchanges.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace host {

namespace {

namespace json = boost::json;

// One of the manifest's `errors`, judged as the plugin judges it.
struct HintRule {
  std::vector<int> statuses;        // empty: any
  std::string pointer;              // empty: the status alone
  std::string name;                 // of the member it points to, in quotes
  std::vector<json::value> equals;  // empty: it is there
  AnswerHint hint = AnswerHint::none;
};

// All rules up to the last that concerns the exchange: the first that holds decides.
std::vector<HintRule> hint_rules(const cpi::manifest::Manifest &manifest) {
  std::vector<HintRule> rules;
  const json::value *errors = manifest.json().if_contains("errors");
  if (errors == nullptr) return rules;
  for (const json::value &error : errors->as_array()) {
    const json::object &entry = error.as_object();
    HintRule rule;
    if (const json::value *statuses = entry.if_contains("status"))
      for (const json::value &status : statuses->as_array())
        rule.statuses.push_back(status.to_number<int>());
    if (const json::value *pointer = entry.if_contains("pointer")) {
      rule.pointer = pointer->as_string();
      rule.name = '"' + rule.pointer.substr(rule.pointer.rfind('/') + 1) + '"';
    }
    if (const json::value *equals = entry.if_contains("equals")) {
      if (equals->is_array()) {
        rule.equals.assign(equals->get_array().begin(), equals->get_array().end());
      } else {
        rule.equals.push_back(*equals);
      }
    }
    const json::string &name = entry.at("class").as_string();
    if (name == "auth_expired") rule.hint = AnswerHint::unauthorised;
    if (name == "rate_limited") rule.hint = AnswerHint::rate_limited;
    rules.push_back(std::move(rule));
  }
  while (!rules.empty() && rules.back().hint == AnswerHint::none) rules.pop_back();
  return rules;
}

std::string_view without_mark_and_blanks(std::string_view body) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  return body;
}

// An envelope is an object. Data is not parsed for this unless the name is somewhere in it.
bool may_be_envelope(const std::vector<HintRule> &rules, std::string_view body) {
  constexpr std::size_t short_enough = 512;
  constexpr std::size_t longest_envelope = 64u << 10;
  if (!body.starts_with('{') || body.size() > longest_envelope) return false;
  if (body.size() <= short_enough) return true;
  return std::ranges::any_of(rules, [&](const HintRule &rule) {
    return rule.hint != AnswerHint::none && !rule.name.empty() &&
           memmem(body.data(), body.size(), rule.name.data(), rule.name.size()) != nullptr;
  });
}

std::optional<std::int64_t> code_of(const json::value &value) {
  if (value.is_int64()) return value.get_int64();
  const json::string *text = value.if_string();
  if (text == nullptr) return std::nullopt;
  std::int64_t code = 0;
  const char *end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, code);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return code;
}

// 401 and "401" are the same code.
bool same_code(const json::value &a, const json::value &b) {
  if (a == b) return true;
  const auto code = code_of(a);
  return code && code == code_of(b);
}

bool holds(const HintRule &rule, int status, const json::value *body) {
  if (!rule.statuses.empty() && std::ranges::find(rule.statuses, status) == rule.statuses.end())
    return false;
  if (rule.pointer.empty()) return true;
  boost::system::error_code error;
  const json::value *found = body == nullptr ? nullptr : body->find_pointer(rule.pointer, error);
  if (found == nullptr) return false;
  return rule.equals.empty() || std::ranges::any_of(rule.equals, [&](const json::value &wanted) {
           return same_code(*found, wanted);
         });
}

// Some services say with an error envelope, under any status, what others say with 401 or 429.
AnswerHint hint_of(const std::vector<HintRule> &rules, const HttpResponse &response) {
  const std::string_view body = without_mark_and_blanks(response.body);
  std::optional<json::value> document;
  if (may_be_envelope(rules, body)) {
    boost::system::error_code error;
    json::parse_options deep;
    deep.max_depth = 64;  // as the plugin reads it
    json::value parsed = json::parse(body, error, {}, deep);
    if (!error) document = std::move(parsed);
  }
  for (const HintRule &rule : rules) {
    if (rule.pointer.empty() && rule.statuses.empty()) continue;
    if (holds(rule, response.status, document ? &*document : nullptr)) return rule.hint;
  }
  return AnswerHint::none;
}

}  // namespace

ExchangeOptions exchange_options(const cpi::manifest::Manifest &manifest) {
  const cpi::manifest::Network &network = manifest.network();
  ExchangeOptions options;
  options.allowed_hosts = network.allowed_hosts;
  options.timeout = network.total_timeout;
  options.max_response_bytes = network.max_response_bytes;
  for (const cpi::manifest::RateLimit &limit : manifest.rate_limits()) {
    options.rate_rules.push_back({.id = limit.id,
                                  .window = limit.window,
                                  .limit = limit.limit,
                                  .poll_share = limit.poll_share,
                                  .applies_to = limit.applies_to,
                                  .per = limit.per});
  }
  if (auto rules = hint_rules(manifest); !rules.empty()) {
    options.hint = [rules = std::move(rules)](const HttpResponse &response) {
      return hint_of(rules, response);
    };
  }
  return options;
}

Exchange &Exchanges::of(const Plugin &plugin) {
  const auto known = by_plugin_.find(plugin.id());
  if (known != by_plugin_.end()) return *known->second;
  ExchangeOptions options = exchange_options(plugin.manifest());
  options.answer_cache.lifetime = answers_live_;
  options.rate_book = &rate_book_;
  auto made = std::make_unique<Exchange>(loop_, credentials_, std::move(options), observer_);
  return *by_plugin_.emplace(plugin.id(), std::move(made)).first->second;
}

}  // namespace host
