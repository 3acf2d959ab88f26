// JSON as a test writes it.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cpi/language/network.hpp"

namespace cpi::language::test {

inline boost::json::value json(std::string_view text) {
  return boost::json::parse(text);
}

inline boost::json::object object(std::string_view text) {
  return boost::json::parse(text).as_object();
}

inline const Network &network() {
  static const Network value{.base_url = "https://api.acme.example",
                             .allowed_hosts = {"api.acme.example", "files.acme.example"}};
  return value;
}

}  // namespace cpi::language::test
