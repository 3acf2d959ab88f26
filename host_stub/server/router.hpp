// Finds the handler for a method and a path: patterns like "/api/triggers/{trigger}/pause", in
// which {name} is any non-empty segment.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace host::server {

using PathValues = std::map<std::string, std::string, std::less<>>;

template <typename Handler>
class Router {
 public:
  void add(std::string_view method, std::string_view pattern, Handler handler) {
    routes_.push_back({std::string(method), segments_of(pattern), std::move(handler)});
  }

  // Calls visit(method, pattern, handler) for each route, in the order in which they were added.
  template <typename Visit>
  void for_each(const Visit &visit) const {
    for (const Route &route : routes_) visit(route.method, pattern_of(route), route.handler);
  }

  struct Match {
    const Handler *handler = nullptr;  // null: no handler
    PathValues values;
    std::string pattern{};             // of the handler
    std::vector<std::string> methods;  // the allowed methods, if the method is not one of them
  };
  // HEAD is answered like GET.
  Match find(std::string_view method, std::string_view path) const {
    const std::vector<std::string> segments = segments_of(path);
    Match match;
    for (const Route &route : routes_) {
      PathValues values;
      if (!fits(route.segments, segments, values)) continue;
      if (route.method == (method == "HEAD" ? "GET" : method))
        return {&route.handler, std::move(values), pattern_of(route), {}};
      match.methods.push_back(route.method);
    }
    return match;
  }

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
  };

  static std::string pattern_of(const Route &route) {
    std::string pattern;
    for (const std::string &segment : route.segments) pattern += '/' + segment;
    return pattern;
  }

  static std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> out;
    if (path.starts_with('/')) path.remove_prefix(1);
    for (;;) {
      const std::size_t slash = path.find('/');
      out.emplace_back(path.substr(0, slash));
      if (slash == std::string_view::npos) return out;
      path.remove_prefix(slash + 1);
    }
  }

  static bool fits(const std::vector<std::string> &pattern,
                   const std::vector<std::string> &segments, PathValues &values) {
    if (pattern.size() != segments.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const std::string_view wanted = pattern[i];
      if (wanted.starts_with('{')) {
        if (segments[i].empty()) return false;
        values[std::string(wanted.substr(1, wanted.size() - 2))] = segments[i];
      } else if (wanted != segments[i]) {
        return false;
      }
    }
    return true;
  }

  std::vector<Route> routes_;
};

}  // namespace host::server
