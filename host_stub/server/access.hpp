// Checks of request headers that a web page cannot forge: the Host that the browser addresses (with
// DNS rebinding it is the attacker's name), and the Origin of a request. Sessions and their tokens
// are in browser_sessions.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace host::server {

// "http://127.0.0.1:7117": the only address of this server.
struct Origin {
  std::string scheme;
  std::string authority;  // with its port, unless it is the scheme's default
  std::string text() const { return scheme + "://" + authority; }
  bool secure() const { return scheme == "https"; }
  bool is_loopback() const;  // 127.0.0.0/8, [::1] or localhost, at any port
};
// The page that opens a session. The token is in the fragment, which browsers never send to a
// server or reveal to other sites.
std::string link_to(const Origin &own, std::string_view token);

// Throws std::invalid_argument if it is not an http or https origin.
Origin parse_origin(std::string_view text);

// The origin of a server that listens at `address`: `chosen`, or else that address. Without TLS it
// must be on this machine: traffic to other machines could be read. Throws std::invalid_argument
// with advice.
Origin own_origin(std::string_view chosen, const std::string &address, std::uint16_t port);

// "http://[::1]:7117"
std::string place_of(const std::string &address, std::uint16_t port);

// The localhost name for 127.0.0.1 or [::1], with its port: "localhost:7117"; empty for other
// hosts.
std::string localhost_of(const Origin &own);

struct Asked {
  std::string_view method;
  std::string_view host;
  std::string_view origin;      // empty if the header is absent
  std::string_view fetch_site;  // Sec-Fetch-Site; empty if absent
  // A page that a user may open from another site, by a link or at the end of a sign-in.
  bool landing = false;
};

enum class Access { allowed, other_name, wrong_host, wrong_origin };

// `other_name`: the page was requested from localhost_of(own); redirect to `own`.
Access check_access(const Asked &asked, const Origin &own);

}  // namespace host::server
