// Members of an object by key and kind; absence and the wrong kind look the same.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cpi::manifest {

namespace json = boost::json;

inline std::string_view view(const json::string &text) {
  return {text.data(), text.size()};
}

inline const json::value *member(const json::value *value, std::string_view key) {
  const json::object *object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}

inline const json::object *object_in(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

inline const json::array *array_in(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

// Empty when absent.
inline std::string_view text_in(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  const json::string *text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : view(*text);
}

inline bool flag_in(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

inline std::optional<std::int64_t> integer_in(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

// True when the list has this text.
inline bool lists(const json::array *array, std::string_view text) {
  if (array == nullptr) return false;
  for (const json::value &each : *array) {
    if (each.is_string() && view(each.get_string()) == text) return true;
  }
  return false;
}

}  // namespace cpi::manifest
