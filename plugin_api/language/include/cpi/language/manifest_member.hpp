// Members of the manifest as they are compiled: what is wrong is refused with its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

// `where`: the JSON Pointer of what is refused. Throws LanguageError.
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

// Empty where the manifest does not say.
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
