// How requests leave this machine: the same for the service's API, its token endpoints and
// webhooks. Only the settings decide. The environment's http_proxy, https_proxy, all_proxy and
// no_proxy are ignored, since an environment that somebody else set must not redirect tokens or
// events.
#pragma once

#include <string>

namespace host {

struct ProxyPolicy {
  std::string url;  // http://HOST:PORT or as CURLOPT_PROXY takes it; empty: none
  // Hosts that are reached without it, separated by commas, as CURLOPT_NOPROXY takes them. Never
  // empty: libcurl would take no_proxy from the environment instead.
  std::string direct = "localhost,127.0.0.0/8,::1";
};

}  // namespace host
