// JSON Pointers (RFC 6901) as text, token by token.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {

// `pointer` with one more token, escaped. [any]
[[nodiscard]] std::string child(std::string_view pointer, std::string_view token);
[[nodiscard]] std::string child(std::string_view pointer, std::size_t index);

// The unescaped tokens of a well-formed pointer. [any]
[[nodiscard]] std::vector<std::string> tokens_of(std::string_view pointer);

// True when `pointer` is "" or starts with "/" and has only the escapes ~0 and ~1. [any]
[[nodiscard]] bool is_pointer(std::string_view pointer);

// What `pointer` names in `value`; null when there is no such thing. [any]
[[nodiscard]] const boost::json::value *resolve(const boost::json::value &value,
                                                std::string_view pointer);

}  // namespace cpi::manifest
