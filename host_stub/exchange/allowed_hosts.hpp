// Where requests may go. Deliberately not a URL parser: two parsers that disagree about a URL are
// how such checks are passed by, so a URL must have one of a few literal forms that everybody
// reads alike, and anything else is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

class AllowedHosts {
 public:
  // `hosts` are names as in a URL, in lower case: "api.sendpulse.com". One with a port,
  // "localhost:8443", allows just that port, the others 443. Throws std::invalid_argument for what
  // cannot be a host. With `http_to_loopback`, http:// is allowed too for localhost, 127.0.0.1 and
  // [::1], as far as they are listed.
  explicit AllowedHosts(const std::vector<std::string> &hosts, bool http_to_loopback = false);

  // Why a request to `url` is not allowed, as a sentence for a person; nothing when it is allowed:
  // https, a listed host and its port, no user name, no fragment, no control character, space,
  // backslash or byte above ASCII, no empty first segment and no dot segment in the path, in
  // whatever encoding. [any thread]
  std::optional<std::string> refuse(std::string_view url) const;

 private:
  std::vector<std::string> origins_;  // "https://host" as a URL may begin, in lower case
};

// The host of a URL that was allowed, and its host and path without the query; views into `url`.
std::string_view url_host(std::string_view url);
std::string_view url_host_and_path(std::string_view url);

}  // namespace host
