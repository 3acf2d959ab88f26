#include "server/oauth_flows.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "server/browser_sessions.hpp"
#include "server/rows.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

std::string_view name(OAuthFlow::State state) {
  switch (state) {
    case OAuthFlow::State::waiting:
      return "waiting";
    case OAuthFlow::State::working:
      return "working";
    case OAuthFlow::State::done:
      return "done";
    case OAuthFlow::State::failed:
      return "failed";
  }
  return {};
}

}  // namespace

std::string state_in(std::string_view url) {
  constexpr std::string_view parameter = "state=";
  for (std::size_t at = url.find(parameter); at != std::string_view::npos;
       at = url.find(parameter, at + 1)) {
    if (at == 0 || (url[at - 1] != '&' && url[at - 1] != '?')) continue;
    const std::string_view rest = url.substr(at + parameter.size());
    return std::string(rest.substr(0, rest.find_first_of("&#")));
  }
  return {};
}

void OAuthFlows::forget_old() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(flows_, [now](const auto &one) {
    return one.second->until <= now && one.second->state != OAuthFlow::State::working;
  });
}

void OAuthFlows::add(std::shared_ptr<OAuthFlow> flow) {
  const std::scoped_lock lock(mutex_);
  forget_old();
  const std::string id = flow->id;
  flows_[id] = std::move(flow);
  while (flows_.size() > most)
    flows_.erase(std::ranges::min_element(flows_, {}, [](const auto &one) {
      return one.second->state == OAuthFlow::State::working
                 ? std::chrono::steady_clock::time_point::max()
                 : one.second->until;
    }));
}

std::optional<json::object> OAuthFlows::show(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = flows_.find(id);
  if (found == flows_.end()) return std::nullopt;
  const OAuthFlow &flow = *found->second;
  json::object out{{"flow", flow.id},
                   {"state", name(flow.state)},
                   {"plugin", flow.plugin},
                   {"method", flow.method}};
  if (!flow.connection.empty()) out["connection"] = flow.connection;
  if (flow.failure) out["error"] = failure_json(*flow.failure).at("error");
  json::array notes;
  for (const std::string &note : flow.notes) notes.emplace_back(note);
  out["notes"] = std::move(notes);
  return out;
}

bool OAuthFlows::cancel(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  const auto found = flows_.find(id);
  if (found == flows_.end()) return false;
  if (found->second->state != OAuthFlow::State::working) flows_.erase(found);
  return true;
}

std::shared_ptr<OAuthFlow> OAuthFlows::take(std::string_view state, std::string_view browser) {
  const std::scoped_lock lock(mutex_);
  forget_old();
  for (const auto &[id, flow] : flows_) {
    if (flow->state != OAuthFlow::State::waiting) continue;
    if (!same_secret(state_in(flow->code->url()), state)) continue;
    if (!same_secret(flow->browser, browser)) return nullptr;
    flow->state = OAuthFlow::State::working;
    return flow;
  }
  return nullptr;
}

void OAuthFlows::finished(const std::shared_ptr<OAuthFlow> &flow, std::string connection,
                          std::vector<std::string> notes) {
  const std::scoped_lock lock(mutex_);
  flow->state = OAuthFlow::State::done;
  flow->connection = std::move(connection);
  flow->notes = std::move(notes);
  flow->input = SecretObject();
  flow->code.reset();
}

void OAuthFlows::failed(const std::shared_ptr<OAuthFlow> &flow, Failure why) {
  const std::scoped_lock lock(mutex_);
  flow->state = OAuthFlow::State::failed;
  flow->failure = std::move(why);
  flow->input = SecretObject();
  flow->code.reset();
}

}  // namespace host::server
