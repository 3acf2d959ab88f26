#include "run/exchanges.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace host {
namespace {

// Whether one of the actions does nothing but read.
bool any_only_reads(const cpi::manifest::Manifest &manifest, std::span<const std::string> actions) {
  return std::ranges::any_of(actions, [&](const std::string &id) {
    const boost::json::object *action = manifest.find_action(id);
    if (action == nullptr) return false;
    const boost::json::value *effects = action->if_contains("effects");
    const boost::json::object *known = effects != nullptr ? effects->if_object() : nullptr;
    const boost::json::value *flag = known != nullptr ? known->if_contains("read_only") : nullptr;
    return flag != nullptr && flag->is_bool() && flag->get_bool();
  });
}

}  // namespace

ExchangeOptions exchange_options(const cpi::manifest::Manifest &manifest) {
  const cpi::manifest::Network &network = manifest.network();
  ExchangeOptions options;
  options.allowed_hosts = network.allowed_hosts;
  options.timeout = network.total_timeout;
  options.connect_timeout = network.connect_timeout;
  options.max_response_bytes = network.max_response_bytes;
  for (const cpi::manifest::RateLimit &limit : manifest.rate_limits()) {
    options.rate_rules.push_back({.id = limit.id,
                                  .window = limit.window,
                                  .limit = limit.limit,
                                  .poll_share = limit.poll_share,
                                  .applies_to = limit.applies_to,
                                  .per = limit.per,
                                  .counts_reads = any_only_reads(manifest, limit.applies_to)});
  }
  return options;
}

Exchange &Exchanges::of(const Plugin &plugin) {
  const auto known = by_plugin_.find(plugin.id());
  if (known != by_plugin_.end()) return *known->second;
  ExchangeOptions options = exchange_options(plugin.manifest());
  options.answer_cache.lifetime = answers_live_;
  options.rate_store = &rate_store_;
  auto made = std::make_unique<Exchange>(loop_, credentials_, std::move(options), observer_);
  return *by_plugin_.emplace(plugin.id(), std::move(made)).first->second;
}

}  // namespace host
