// Reads members of the manifest during compilation; errors name their place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

// Throws LanguageError, as all compile functions do. `where`: the JSON Pointer of the error.
[[noreturn]] inline void refuse(const std::string &where, const std::string &why) {
  throw LanguageError({where, why});
}

// `where`: the JSON Pointer of `object`.
inline std::string text_member(const boost::json::object &object, std::string_view name,
                               const std::string &where) {
  const auto *found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) refuse(pointer_join(where, name), "must be text");
  return std::string(found->get_string());
}

// Empty if the manifest does not have it.
inline std::optional<bool> find_flag(const boost::json::object &object, std::string_view name,
                                     const std::string &where) {
  const auto *found = object.if_contains(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_bool()) refuse(pointer_join(where, name), "must be true or false");
  return found->get_bool();
}

inline bool flag_member(const boost::json::object &object, std::string_view name,
                        const std::string &where) {
  return find_flag(object, name, where).value_or(false);
}

}  // namespace cpi
