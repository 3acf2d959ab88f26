#include "log/redaction.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <cstddef>

namespace host {

namespace {

constexpr std::string_view mask = "***";
constexpr std::size_t shortest_secret = 6;

bool equal_letters(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  });
}

bool token_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

// "Bearer abc" -> "Bearer ***" (RFC 6750, section 2.1, RFC 7617, section 2).
std::string without_credentials(std::string_view text) {
  constexpr std::array<std::string_view, 2> schemes{"bearer ", "basic "};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    bool masked = false;
    for (const std::string_view scheme : schemes) {
      if (!equal_letters(text.substr(i, scheme.size()), scheme)) continue;
      std::size_t end = i + scheme.size();
      while (end < text.size() && token_letter(text[end])) ++end;
      // Prose has short words after "basic" and "bearer"; a token is longer.
      if (end - i - scheme.size() < 8) continue;
      out += text.substr(i, scheme.size());
      out += mask;
      i = end;
      masked = true;
      break;
    }
    if (!masked) out += text[i++];
  }
  return out;
}

}  // namespace

void Redactor::remember(std::string_view secret) {
  if (secret.size() < shortest_secret) return;
  std::string quoted = boost::json::serialize(boost::json::string(secret));
  const std::scoped_lock lock(mutex_);
  const auto add = [this](std::string_view text) {
    const Secret one(text);
    if (std::ranges::find(secrets_, one) == secrets_.end()) secrets_.push_back(one);
  };
  add(secret);
  add(std::string_view(quoted).substr(1, quoted.size() - 2));
  wipe(quoted);
  std::ranges::stable_sort(secrets_, std::ranges::greater{},
                           [](const Secret &one) { return one.reveal().size(); });
}

std::string Redactor::redact(std::string_view text) const {
  std::string out = without_credentials(text);
  const std::scoped_lock lock(mutex_);
  for (const Secret &secret : secrets_) {
    for (std::size_t at = out.find(secret.reveal()); at != std::string::npos;
         at = out.find(secret.reveal(), at + mask.size()))
      out.replace(at, secret.reveal().size(), mask);
  }
  return out;
}

}  // namespace host
