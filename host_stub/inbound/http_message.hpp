// A received request, and its answer.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace host::inbound {

struct IncomingRequest {
  std::string method;
  std::string path;                                              // decoded; valid UTF-8
  std::string target;                                            // as received, with the query
  std::multimap<std::string, std::string, std::less<>> query;    // decoded; valid UTF-8
  std::multimap<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;

  std::string_view header(std::string_view name) const;     // empty if absent
  std::string_view parameter(std::string_view name) const;  // the first one; empty if absent
  std::string_view cookie(std::string_view name) const;     // empty if absent
};

struct HttpAnswer {
  int status = 200;
  std::string type{};  // Content-Type; empty if there is no body
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  // Instead of a body: called repeatedly until it returns false or the client is gone. It may block
  // for a second. Written data is sent when the call returns.
  using Write = std::function<void(std::string_view)>;
  std::function<bool(const Write &write)> stream{};
};

}  // namespace host::inbound
