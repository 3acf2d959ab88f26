// "0e999", "-0.00E+400": zeros in JSON's grammar, of which Boost.JSON makes zero times infinity,
// which is not a number.
#pragma once

#include <string_view>

namespace cpi {

// `text` is in JSON's number grammar.
inline bool is_zero_with_exponent(std::string_view text) noexcept {
  const auto exponent = text.find_first_of("eE");
  return exponent != std::string_view::npos &&
         text.substr(0, exponent).find_first_of("123456789") == std::string_view::npos;
}

}  // namespace cpi
