// Who may ask at all, by what a browser cannot be made to say: the Host it thinks it talks to (a
// page that has its own name point here, DNS rebinding, says that name), and the Origin a request
// comes from. Sessions and their tokens are browser_sessions.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace host::server {

// "http://127.0.0.1:7117": where this server is reached, and nowhere else.
struct Origin {
  std::string scheme;
  std::string authority;  // with its port, unless it is the scheme's own
  std::string text() const { return scheme + "://" + authority; }
  bool secure() const { return scheme == "https"; }
  bool is_loopback() const;  // 127.0.0.0/8, [::1] or localhost, at any port
};
// The page that opens a session. The token is in the fragment, which browsers send to no server and
// name to no other site.
std::string link_to(const Origin &own, std::string_view token);

// Throws std::invalid_argument for what is no http or https origin.
Origin parse_origin(std::string_view text);

// Where browsers reach a server that listens at `address`: what was `chosen`, or that very place.
// Without TLS that must be this machine: what is sent elsewhere could be read on the way. Throws
// std::invalid_argument, with a sentence that says what to do.
Origin own_origin(std::string_view chosen, const std::string &address, std::uint16_t port);

// "http://[::1]:7117"
std::string place_of(const std::string &address, std::uint16_t port);

// The other name of 127.0.0.1, or of [::1], with its port: "localhost:7117"; empty for other hosts.
std::string localhost_of(const Origin &own);

struct Asked {
  std::string_view method;
  std::string_view host;
  std::string_view origin;      // empty when the header is absent
  std::string_view fetch_site;  // Sec-Fetch-Site; likewise
  // A page that the person may come to from elsewhere, as a link or as the end of a sign-in.
  bool landing = false;
};

enum class Access { allowed, other_name, wrong_host, wrong_origin };

// `other_name`: the page was asked for by localhost_of(own); it lives at `own`.
Access check_access(const Asked &asked, const Origin &own);

}  // namespace host::server
