#include "plugins/request_preview.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "plugins/text_check.hpp"

namespace host {
namespace {

namespace json = boost::json;

constexpr std::string_view mask = "***";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char &c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

void mask_members(json::value &value) {
  if (auto *object = value.if_object()) {
    for (auto &member : *object) {
      if (is_secret_name(member.key()))
        member.value() = mask;
      else
        mask_members(member.value());
    }
  } else if (auto *array = value.if_array()) {
    for (json::value &element : *array) mask_members(element);
  }
}

// name=value&name=value, as in a query or a form.
std::string mask_parameters(std::string_view parameters) {
  std::string out;
  while (!parameters.empty()) {
    const std::string_view one = parameters.substr(0, parameters.find('&'));
    const std::size_t equals = one.find('=');
    if (equals != std::string_view::npos && is_secret_name(one.substr(0, equals)))
      out.append(one.substr(0, equals + 1)).append(mask);
    else
      out.append(one);
    parameters.remove_prefix(one.size());
    if (!parameters.empty()) {
      out.push_back('&');
      parameters.remove_prefix(1);
    }
  }
  return out;
}

std::string mask_url(std::string_view url) {
  const std::size_t query = url.find('?');
  if (query == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, query + 1)) + mask_parameters(url.substr(query + 1));
}

std::string_view origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t path = url.find_first_of("/?#", host == std::string_view::npos ? 0 : host + 3);
  return url.substr(0, path);
}

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // its terminator
  return out;
}

void add_body(json::object &out, std::span<const std::uint8_t> body,
              std::string_view content_type) {
  const std::string_view text(reinterpret_cast<const char *>(body.data()), body.size());
  if (is_json(text)) {
    json::value value = json::parse(text);
    mask_members(value);
    out["body"] = std::move(value);
  } else if (!is_utf8(text)) {
    out["body_base64"] = base64(body);
  } else if (content_type.find("application/x-www-form-urlencoded") != std::string_view::npos) {
    out["body_text"] = mask_parameters(text);
  } else {
    out["body_text"] = text;
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array parts{"secret",  "password", "passwd",        "authorization",
                             "api_key", "apikey",   "api-key",       "access_token",
                             "cookie",  "x-auth",   "refresh_token", "private_key"};
  const std::string text = lower(name);
  return text == "token" || text == "key" || std::ranges::any_of(parts, [&](std::string_view part) {
           return text.find(part) != std::string::npos;
         });
}

json::object request_preview(const SendStep &step, const HttpCredential &credential) {
  json::object out;
  out["method"] = step.method;
  if (step.secret) {
    out["url"] = std::string(origin_of(step.url)) + "/***";
    out["secret"] = true;
    return out;
  }
  std::string url = mask_url(step.url);
  using Place = HttpCredential::Place;
  if (step.credentials && credential.place == Place::query) {
    url += url.find('?') == std::string::npos ? '?' : '&';
    url.append(credential.name).append("=").append(mask);
  }
  out["url"] = std::move(url);
  json::object headers;
  std::string content_type;
  for (const cpi_header &header : step.headers) {
    const std::string name = lower({header.name.data, header.name.size});
    const std::string_view value(header.value.data, header.value.size);
    if (name == "content-type") content_type = lower(value);
    headers[name] = is_secret_name(name) ? mask : value;
  }
  if (step.credentials && credential.place == Place::header) headers[lower(credential.name)] = mask;
  out["headers"] = std::move(headers);
  if (!step.body.empty()) add_body(out, step.body, content_type);
  return out;
}

}  // namespace host
