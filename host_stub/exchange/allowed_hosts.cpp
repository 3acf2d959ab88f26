// Checks every URL, and extracts the two parts of it that may appear in logs.
#include "exchange/allowed_hosts.hpp"

#include <algorithm>
#include <stdexcept>

namespace host {

namespace {

constexpr std::string_view https = "https://";
constexpr std::string_view plain_scheme = "http://";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view text, std::string_view lower_case_start) {
  return text.size() >= lower_case_start.size() &&
         std::equal(lower_case_start.begin(), lower_case_start.end(), text.begin(),
                    [](char a, char b) { return a == lower(b); });
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// One character of a path as a server may decode it, and its length in the text.
struct PathCharacter {
  char value;
  std::size_t size;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

PathCharacter read_character(std::string_view text) {
  if (text[0] != '%' || text.size() < 3) return {text[0], 1};
  const int high = hex_digit(text[1]);
  const int low = hex_digit(text[2]);
  if (high < 0 || low < 0) return {text[0], 1};
  return {static_cast<char>(high * 16 + low), 3};
}

// "." or ".." between slashes, plain or encoded
bool has_dot_segment(std::string_view path) {
  std::size_t dots = 0;
  bool only_dots = true;
  while (!path.empty()) {
    const PathCharacter c = read_character(path);
    path.remove_prefix(c.size);
    if (c.value == '/' || c.value == '\\') {
      if (only_dots && (dots == 1 || dots == 2)) return true;
      dots = 0;
      only_dots = true;
    } else if (c.value == '.') {
      ++dots;
    } else {
      only_dots = false;
    }
  }
  return only_dots && (dots == 1 || dots == 2);
}

std::string_view authority_of(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) return {};
  url.remove_prefix(start + 3);
  return url.substr(0, url.find_first_of("/?#\\"));
}

std::string sentence_about_origin(std::string_view url) {
  if (!begins_with(url, https)) return "the request is not https";
  const std::string_view authority = authority_of(url);
  if (authority.find('@') != std::string_view::npos)
    return "the URL has a user name before its host";
  return "the host '" + std::string(authority) +
         "' is not among the allowed hosts of the connector's manifest";
}

}  // namespace

AllowedHosts::AllowedHosts(const std::vector<std::string> &hosts, bool http_to_loopback) {
  for (const std::string &host : hosts) {
    const bool is_host =
        !host.empty() && host.size() <= 255 + 6 && is_visible_ascii(host) &&
        host.find_first_of("/?#\\@%ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
    if (!is_host)
      throw std::invalid_argument("allowed host '" + host + "' is not a host name in lower case");
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && host.back() != ']';
    const std::string name = has_port ? host.substr(0, colon) : host;
    origins_.push_back(std::string(https) + host);
    if (!has_port) origins_.push_back(std::string(https) + host + ":443");
    if (has_port && host.substr(colon) == ":443") origins_.push_back(std::string(https) + name);
    if (http_to_loopback && (name == "localhost" || name == "127.0.0.1" || name == "[::1]"))
      origins_.push_back(std::string(plain_scheme) + host);
  }
}

std::optional<std::string> AllowedHosts::refuse(std::string_view url) const {
  if (!is_visible_ascii(url) || url.find('\\') != std::string_view::npos)
    return "the URL has a space, a backslash, a control character or a byte above ASCII";
  // The origin must match completely: "https://api.example.com" is also a prefix of
  // "https://api.example.com.evil.com".
  const auto origin = std::find_if(origins_.begin(), origins_.end(), [&](std::string_view each) {
    return begins_with(url, each) &&
           (url.size() == each.size() || url[each.size()] == '/' || url[each.size()] == '?');
  });
  if (origin == origins_.end()) return sentence_about_origin(url);
  const std::string_view rest = url.substr(origin->size());
  if (rest.find('#') != std::string_view::npos) return "the URL has a fragment";
  const std::string_view path = rest.substr(0, rest.find('?'));
  if (path.starts_with("//")) return "the URL's path begins with an empty segment";
  if (has_dot_segment(path)) return "the URL's path has a '.' or '..' segment";
  return std::nullopt;
}

std::string_view url_host(std::string_view url) {
  return authority_of(url);
}

std::string_view url_host_and_path(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) return {};
  url.remove_prefix(start + 3);
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace host
