#include "cpi/language/network.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace cpi {

namespace json = boost::json;

Network Network::compile(const json::object &manifest) {
  Problems problems;
  Network out = compile(manifest, problems);
  problems.throw_first();
  return out;
}

Network Network::compile(const json::object &manifest, Problems &problems) {
  const std::string where = "/network";
  Network out;
  const auto *found = manifest.if_contains("network");
  const auto *object = found != nullptr ? found->if_object() : nullptr;
  if (object == nullptr) {
    problems.add(where, "must be an object");
    return out;
  }
  const auto *hosts = object->if_contains("allowed_hosts");
  const auto *list = hosts != nullptr ? hosts->if_array() : nullptr;
  const auto is_text = [](const json::value &host) { return host.is_string(); };
  if (list == nullptr || list->empty() || !std::all_of(list->begin(), list->end(), is_text)) {
    problems.add(where + "/allowed_hosts", "must be a list of host names");
    return out;
  }
  for (const auto &host : *list) out.allowed_hosts.emplace_back(host.get_string());

  const auto *base = object->if_contains("base_url");
  if (base == nullptr || !base->is_string()) {
    problems.add(where + "/base_url", "must be text");
    return out;
  }
  out.base_url = base->get_string();
  constexpr std::string_view scheme = "https://";
  if (!out.base_url.starts_with(scheme) ||
      out.base_url.find_first_of("?#@ \\", scheme.size()) != std::string::npos) {
    problems.add(where + "/base_url", "must be an https address without query or user");
  } else if (!out.allows(out.base_url)) {
    problems.add(where + "/base_url", '"' + out.base_url + "\" is not on an allowed host",
                 ProblemKind::foreign_host);
  }
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  return out;
}

bool Network::allows(std::string_view url) const {
  const std::string host = host_of(url);
  return !host.empty() &&
         std::find(allowed_hosts.begin(), allowed_hosts.end(), host) != allowed_hosts.end();
}

std::string host_of(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme)) return {};
  url.remove_prefix(scheme.size());
  std::string host(url.substr(0, url.find_first_of("/?#")));
  if (host.find('@') != std::string::npos) return {};
  for (char &c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (host.ends_with(":443")) host.resize(host.size() - 4);
  return host;
}

}  // namespace cpi
