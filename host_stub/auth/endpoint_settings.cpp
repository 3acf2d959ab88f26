#include "auth/endpoint_settings.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

namespace host {
namespace {

namespace json = boost::json;
using cpi::manifest::AuthMethod;

std::string joined(const std::vector<std::string> &scopes, std::string_view separator) {
  std::string out;
  for (const std::string &scope : scopes) {
    if (!out.empty()) out += separator;
    out += scope;
  }
  return out;
}

bool is_https(std::string_view url) {
  return url.starts_with("https://") && url.size() > 8 &&
         std::ranges::all_of(url, [](char c) { return c > ' ' && c < 127; });
}

// Nothing when it is no JSON object.
std::optional<json::object> parsed(std::string_view settings) {
  if (settings.empty()) return json::object();
  boost::system::error_code error;
  json::value value = json::parse(settings, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const json::string *text_at(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_string();
}

}  // namespace

EndpointSettings EndpointSettings::of(const AuthMethod &method, std::string_view settings) {
  EndpointSettings out{method.token_url, joined(method.scopes, method.scope_separator),
                       method.authorize_url};
  const std::optional<json::object> object = parsed(settings);
  if (!object) throw std::invalid_argument("the connection's settings are not a JSON object");
  for (const auto &member : *object) {
    const std::string_view key = member.key();
    if (std::ranges::find(method.overridable, key) == method.overridable.end())
      throw std::invalid_argument("/" + std::string(key) + ": the auth method " + method.id +
                                  " does not let a connection set this");
    if (key == "scopes") {
      std::vector<std::string> scopes;
      if (!member.value().is_array())
        throw std::invalid_argument("/scopes: expected a list of texts");
      for (const json::value &scope : member.value().get_array()) {
        if (!scope.is_string()) throw std::invalid_argument("/scopes: expected a list of texts");
        scopes.emplace_back(scope.get_string());
      }
      out.scope = joined(scopes, method.scope_separator);
      continue;
    }
    const json::string *url = member.value().if_string();
    if (url == nullptr || !is_https(*url))
      throw std::invalid_argument("/" + std::string(key) + ": expected an absolute https URL");
    (key == "token_url" ? out.token_url : out.authorize_url) = std::string_view(*url);
  }
  return out;
}

json::object SealedEndpoints::to_json() const {
  return {{"plugin", plugin},
          {"method", method},
          {"settings", settings},
          {"token_url", token_url},
          {"authorize_url", authorize_url}};
}

std::optional<SealedEndpoints> SealedEndpoints::from_json(const json::value &value) {
  const json::object *object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const json::value *settings = object->if_contains("settings");
  if (settings == nullptr || !settings->is_object()) return std::nullopt;
  SealedEndpoints out;
  out.settings = settings->get_object();
  for (const auto &[key, member] : {std::pair{"plugin", &SealedEndpoints::plugin},
                                    {"method", &SealedEndpoints::method},
                                    {"token_url", &SealedEndpoints::token_url},
                                    {"authorize_url", &SealedEndpoints::authorize_url}}) {
    const json::string *text = text_at(*object, key);
    if (text == nullptr) return std::nullopt;
    out.*member = std::string_view(*text);
  }
  return out;
}

EndpointSettings SealedEndpoints::in_force(const EndpointSettings &resolved) const {
  return {token_url, resolved.scope, authorize_url};
}

std::string SealedEndpoints::changed_in(const ConnectionRecord &row) const {
  if (row.plugin != plugin) return "the plugin";
  if (row.method != method) return "the sign-in method";
  const std::optional<json::object> now = parsed(row.settings);
  if (!now) return "the settings";
  for (const std::string_view name : {"token_url", "authorize_url", "scopes"}) {
    const json::value *before = settings.if_contains(name);
    const json::value *after = now->if_contains(name);
    const bool both = before != nullptr && after != nullptr;
    if (both ? *before != *after : before != after) return "the setting " + std::string(name);
  }
  return *now == settings ? "" : "the settings";
}

SealedEndpoints sealed_endpoints(const ConnectionRecord &row, const EndpointSettings &resolved) {
  return {row.plugin, row.method, parsed(row.settings).value_or(json::object()), resolved.token_url,
          resolved.authorize_url};
}

}  // namespace host
