// Reads members of a JSON object that may be missing or of another type; both give an empty result.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <string_view>

namespace host {

inline const boost::json::object *object_at(const boost::json::object &object,
                                            std::string_view key) noexcept {
  const boost::json::value *value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

// Empty if missing or not text. Valid as long as `object`.
inline std::string_view text_at(const boost::json::object &object, std::string_view key) noexcept {
  const boost::json::value *value = object.if_contains(key);
  const boost::json::string *text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

inline bool flag_at(const boost::json::object &object, std::string_view key) noexcept {
  const boost::json::value *value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace host
