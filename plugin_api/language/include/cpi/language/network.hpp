// The hosts an operation may talk to, as the manifest's `network` says.
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

  // Whether this is an https URL on one of the hosts. [any]
  bool allows(std::string_view url) const;
};

// Host and port of an https URL in lower case, without port 443; empty when it is not one, or names
// a user. [any]
std::string host_of(std::string_view url);

}  // namespace cpi
