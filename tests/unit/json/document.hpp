// JSON with the test's line breaks.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace documents {

inline boost::json::value json(std::string_view text) {
  return boost::json::parse(text);
}
inline boost::json::object object(std::string_view text) {
  return json(text).as_object();
}

}  // namespace documents
