#include "cpi/manifest/path_pattern.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One pass of percent-decoding. Nothing when an escape is broken.
std::optional<std::string> decode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return result;
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (!segment.empty()) segments.push_back(segment);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

}  // namespace

std::optional<std::string> normalize_path(std::string_view path) {
  std::string text(path.substr(0, path.find_first_of("?#")));
  // Until nothing changes: a gateway and the server behind it may each decode once.
  while (text.find('%') != std::string::npos) {
    auto decoded = decode(text);
    if (!decoded) return std::nullopt;
    text = *std::move(decoded);
  }
  for (char &c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\') return std::nullopt;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // What escapes hid may be a query; servers that decode early would see it.
  text.resize(std::min(text.find_first_of("?#"), text.size()));
  std::vector<std::string_view> kept;
  for (std::string_view segment : segments_of(text)) {
    segment = segment.substr(0, segment.find(';'));  // RFC 3986, section 3.3: parameters
    if (segment == "." || segment.empty()) continue;
    if (segment == "..") {
      if (kept.empty()) return std::nullopt;
      kept.pop_back();
    } else {
      kept.push_back(segment);
    }
  }
  std::string result;
  for (const std::string_view segment : kept) result.append("/").append(segment);
  return result.empty() ? "/" : result;
}

bool path_matches(std::string_view pattern, std::string_view path) {
  const auto wanted = segments_of(pattern);
  const auto given = segments_of(path);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{*}") return true;
    if (i >= given.size()) return false;
    if (wanted[i] == "{}") continue;
    if (wanted[i].size() != given[i].size()) return false;
    for (std::size_t k = 0; k < wanted[i].size(); ++k) {
      char c = wanted[i][k];
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (c != given[i][k]) return false;
    }
  }
  return wanted.size() == given.size();
}

}  // namespace cpi::manifest
