#include "server/access.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <stdexcept>

namespace host::server {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool authority_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-.:[]").find(c) != std::string_view::npos;
}

// 127.0.0.0/8 as four numbers, or ::1. A name that only begins like one of them is not.
bool is_loopback_address(const std::string &address) {
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six{};
  return ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace

bool Origin::is_loopback() const {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    return end != std::string::npos && is_loopback_address(authority.substr(1, end - 1));
  }
  const std::string host = authority.substr(0, authority.find(':'));
  return host == "localhost" || is_loopback_address(host);
}

std::string place_of(const std::string &address, std::uint16_t port) {
  const bool six = address.find(':') != std::string::npos;
  return "http://" + (six ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

Origin own_origin(std::string_view chosen, const std::string &address, std::uint16_t port) {
  constexpr std::string_view proxy =
      "Put a TLS proxy in front of it, and set the proxy's address: --origin https://HOST.";
  if (chosen.empty()) {
    if (!is_loopback_address(address))
      throw std::invalid_argument("Other machines can reach " + address +
                                  ", and their unencrypted requests could be intercepted. " +
                                  std::string(proxy));
    return parse_origin(place_of(address, port));
  }
  Origin origin = parse_origin(chosen);
  if (!origin.secure() && !origin.is_loopback())
    throw std::invalid_argument("The origin " + origin.text() +
                                " is not encrypted, and requests to it could be intercepted; "
                                "http is allowed for 127.0.0.1, [::1] and localhost only. " +
                                std::string(proxy));
  return origin;
}

std::string link_to(const Origin &own, std::string_view token) {
  return own.text() + "/#/open/" + std::string(token);
}

Origin parse_origin(std::string_view text) {
  const std::string whole = lower(text);
  Origin origin;
  for (const std::string_view scheme : {"http", "https"}) {
    const std::string start = std::string(scheme) + "://";
    if (!whole.starts_with(start)) continue;
    origin.scheme = scheme;
    origin.authority = whole.substr(start.size());
  }
  if (origin.authority.ends_with('/')) origin.authority.pop_back();
  if (origin.authority.empty() || !std::ranges::all_of(origin.authority, authority_letter))
    throw std::invalid_argument("\"" + std::string(text) +
                                "\" is not an origin. Use the form https://host or "
                                "http://host:port");
  // In the form that browsers send.
  const std::string own_port = origin.secure() ? ":443" : ":80";
  if (origin.authority.ends_with(own_port))
    origin.authority.resize(origin.authority.size() - own_port.size());
  return origin;
}

std::string localhost_of(const Origin &own) {
  for (const std::string_view address : {"127.0.0.1", "[::1]"}) {
    if (!own.authority.starts_with(address)) continue;
    const std::string port = own.authority.substr(address.size());
    if (port.empty() || port.starts_with(':')) return "localhost" + port;
  }
  return {};
}

Access check_access(const Asked &asked, const Origin &own) {
  const std::string host = lower(asked.host);
  if (host != own.authority) {
    const bool reads = asked.method == "GET" || asked.method == "HEAD";
    const bool known = !host.empty() && host == localhost_of(own);
    return known && reads && asked.landing ? Access::other_name : Access::wrong_host;
  }
  if (!asked.origin.empty() && lower(asked.origin) != own.text()) return Access::wrong_origin;
  if (asked.landing) return Access::allowed;
  const bool own_site =
      asked.fetch_site.empty() || asked.fetch_site == "same-origin" || asked.fetch_site == "none";
  return own_site ? Access::allowed : Access::wrong_origin;
}

}  // namespace host::server
