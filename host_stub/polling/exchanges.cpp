#include "polling/exchanges.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>
#include <vector>

namespace host {

namespace {

namespace json = boost::json;

// One of the manifest's `errors` that concerns the exchange itself.
struct HintRule {
  std::string pointer;
  std::vector<json::value> equals;
  AnswerHint hint;
};

std::vector<HintRule> hint_rules(const cpi::manifest::Manifest &manifest) {
  std::vector<HintRule> rules;
  const json::value *errors = manifest.json().if_contains("errors");
  if (errors == nullptr) return rules;
  for (const json::value &error : errors->as_array()) {
    const json::object &entry = error.as_object();
    const json::value *pointer = entry.if_contains("pointer");
    const json::value *equals = entry.if_contains("equals");
    if (pointer == nullptr || equals == nullptr) continue;
    const json::string &name = entry.at("class").as_string();
    const AnswerHint hint = name == "auth_expired"   ? AnswerHint::unauthorised
                            : name == "rate_limited" ? AnswerHint::rate_limited
                                                     : AnswerHint::none;
    if (hint == AnswerHint::none) continue;
    HintRule rule{std::string(pointer->as_string()), {}, hint};
    if (equals->is_array()) {
      rule.equals.assign(equals->get_array().begin(), equals->get_array().end());
    } else {
      rule.equals.push_back(*equals);
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

// Some services say with HTTP 200 and an error envelope what others say with 401 or 429. An
// envelope is a short object; data is not parsed for this.
AnswerHint hint_of(const std::vector<HintRule> &rules, const HttpResponse &response) {
  constexpr std::size_t longest_envelope = 512;
  if (response.status != 200 || response.body.size() > longest_envelope ||
      !response.body.starts_with('{')) {
    return AnswerHint::none;
  }
  boost::system::error_code error;
  const json::value body = json::parse(response.body, error);
  if (error) return AnswerHint::none;
  for (const HintRule &rule : rules) {
    const json::value *found = body.find_pointer(rule.pointer, error);
    if (found == nullptr) continue;
    for (const json::value &wanted : rule.equals) {
      if (*found == wanted) return rule.hint;
    }
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
