#include "cpi/json/format.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "cpi/json/rfc3339.hpp"

namespace cpi {

namespace {

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
// Bytes of non-ASCII characters count as letters: internationalised names are allowed.
bool is_name(char c) {
  return is_decimal(c) || is_alpha(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const auto dot = text.find('.');
    const auto label = text.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), [](char c) { return is_name(c) || c == '-'; })) {
      return false;
    }
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// What mail services take: an unquoted local part, and a domain with a dot.
bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return false;
  const auto local = text.substr(0, at);
  const auto domain = text.substr(at + 1);
  constexpr std::string_view allowed = "!#$%&'*+/=?^_`{|}~-.";
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos ||
      !std::all_of(local.begin(), local.end(), [&](char c) {
        return is_name(c) || allowed.find(c) != std::string_view::npos;
      })) {
    return false;
  }
  return domain.find('.') != std::string_view::npos && is_hostname(domain);
}

bool is_date_time(std::string_view text) {
  return parse_rfc3339(text).has_value();
}
// A wall clock of the account. It may say its offset, which whoever takes it has to compare with
// the account's.
bool is_date_time_local(std::string_view text) {
  if (text.size() < 16 || (text[10] != 'T' && text[10] != 't')) return false;
  return parse_lenient(text).has_value();
}
bool is_date(std::string_view text) {
  return parse_date(text).has_value();
}
bool is_time(std::string_view text) {
  return parse_rfc3339(std::string("1970-01-01T").append(text)).has_value();
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < text.size() && digits < 4 && is_decimal(text[digits])) {
      value = value * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || value > 255 || (digits > 1 && text.front() == '0')) return false;
    text.remove_prefix(digits);
    if (part == 3) return text.empty();
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

// Groups of a colon-separated stretch; -1 when malformed. An IPv4 tail counts as two.
int ipv6_groups(std::string_view text) {
  if (text.empty()) return 0;
  int groups = 0;
  while (true) {
    const auto colon = text.find(':');
    const auto group = text.substr(0, colon);
    if (colon == std::string_view::npos && is_ipv4(group)) return groups + 2;
    if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex)) {
      return -1;
    }
    ++groups;
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
  }
}

bool is_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return ipv6_groups(text) == 8;
  const auto head = text.substr(0, gap);
  if (head.find('.') != std::string_view::npos) return false;
  const int before = ipv6_groups(head);
  const int after = ipv6_groups(text.substr(gap + 2));
  return before >= 0 && after >= 0 && before + after <= 7;
}

// RFC 3986, with a scheme; http and https with a host.
bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text.front())) return false;
  const auto scheme = text.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_alpha(c) || is_decimal(c) || c == '+' || c == '-' || c == '.';
      })) {
    return false;
  }
  constexpr std::string_view allowed = "-._~:/?#[]@!$&'()*+,;=%";
  for (std::size_t i = colon + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_alpha(c) && !is_decimal(c) && allowed.find(c) == std::string_view::npos) return false;
    if (c == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))) {
      return false;
    }
  }
  std::string lower(scheme);
  for (char &c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  if (lower != "http" && lower != "https") return colon + 1 < text.size();
  auto rest = text.substr(colon + 1);
  if (!rest.starts_with("//")) return false;
  rest.remove_prefix(2);
  auto host = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto user = host.rfind('@'); user != std::string_view::npos) {
    if (host.substr(0, user).find_first_of("[]") != std::string_view::npos) return false;
    host.remove_prefix(user + 1);
  }
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end != std::string_view::npos && is_ipv6(host.substr(1, end - 1));
  }
  if (const auto port = host.find(':'); port != std::string_view::npos) {
    const auto digits = host.substr(port + 1);
    if (!std::all_of(digits.begin(), digits.end(), is_decimal)) return false;
    host = host.substr(0, port);
  }
  return is_hostname(host);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

constexpr std::array formats{
    Format{"date", is_date, "a date like 2025-03-01"},
    Format{"date-time", is_date_time,
           "a date and time with its time zone, like 2025-03-01T09:00:00Z"},
    Format{"date-time-local", is_date_time_local,
           "a date and time as the account shows it, like 2025-03-01T09:00:00"},
    Format{"email", is_email, "an email address like jane@example.org"},
    Format{"hostname", is_hostname, "a host name like example.org"},
    Format{"ipv4", is_ipv4, "an IPv4 address like 192.0.2.1"},
    Format{"ipv6", is_ipv6, "an IPv6 address like 2001:db8::1"},
    Format{"time", is_time, "a time with its zone, like 09:00:00Z"},
    Format{"uri", is_uri, "a link like https://example.org/page"},
    Format{"uuid", is_uuid, "a UUID like 123e4567-e89b-12d3-a456-426614174000"},
};

}  // namespace

const Format *find_format(std::string_view name) noexcept {
  const auto *found = std::find_if(formats.begin(), formats.end(),
                                   [&](const Format &each) { return each.name == name; });
  return found == formats.end() ? nullptr : found;
}

}  // namespace cpi
