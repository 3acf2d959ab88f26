// The hosts that an operation may contact: the manifest's `network`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "cpi/language/problem.hpp"

namespace cpi {

struct Network {
  std::string base_url;  // without a trailing slash
  std::vector<std::string> allowed_hosts;

  // Throws LanguageError. [any]
  static Network compile(const boost::json::object &manifest);
  static Network compile(const boost::json::object &manifest, Problems &problems);

  // True for an https URL on one of the hosts. [any]
  bool allows(std::string_view url) const;
};

// Host and port of an https URL in lower case, without port 443. Empty for other URLs, and for one
// with user information. [any]
std::string host_of(std::string_view url);

}  // namespace cpi
