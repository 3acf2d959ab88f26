// The hosts that requests may be sent to. Deliberately not a URL parser: such checks are bypassed
// with URLs that two parsers read differently. So a URL must have one of a few literal forms that
// all parsers read alike; anything else is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

class AllowedHosts {
 public:
  // `hosts` are names as in a URL, in lower case: "api.sendpulse.com". One with a port,
  // "localhost:8443", allows only that port, the others 443. Throws std::invalid_argument for an
  // invalid host. With `http_to_loopback`, http:// is also allowed for localhost, 127.0.0.1 and
  // [::1] if they are listed.
  explicit AllowedHosts(const std::vector<std::string> &hosts, bool http_to_loopback = false);

  // Why a request to `url` is not allowed, as a sentence for a person; empty if it is allowed:
  // https, a listed host and its port, no user name, no fragment, no control character, space,
  // backslash or byte above ASCII, no empty first segment and no dot segment in the path, in any
  // encoding. [any thread]
  std::optional<std::string> refuse(std::string_view url) const;

 private:
  std::vector<std::string> origins_;  // allowed beginnings of URLs: "https://host", in lower case
};

// The host of an allowed URL, and its host and path without the query; views into `url`.
std::string_view url_host(std::string_view url);
std::string_view url_host_and_path(std::string_view url);

}  // namespace host
