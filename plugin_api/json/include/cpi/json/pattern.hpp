// Regular expressions of JSON Schema's `pattern`: the part of ECMA-262 that schemas use, over code
// points, in time linear in the text, including look-aheads. It does not backtrack, so no text can
// stall an operation.
//
// Why not a library: std::regex and Boost.Regex pull locale support into the plugin (more imports
// and half a megabyte), recurse for each character of the text, and take exponential time on some
// patterns.
#pragma once

#include <memory>
#include <string_view>

namespace cpi {

class Pattern {
 public:
  // Literals, ., [...], \d \D \w \W \s \S, \b \B, ^ $, (...), (?:...), (?=...), (?!...), |,
  // * + ? {n} {n,} {n,m} and their lazy forms, \uXXXX, \u{X...}, \xXX, \t \n \r \f \v. Throws
  //   std::invalid_argument for others (back references, look-behind, \p{...}). [any]
  static Pattern compile(std::string_view pattern);

  // Whether it matches anywhere in `text` (UTF-8; a malformed byte counts as one character). [any]
  bool search(std::string_view text) const;

  struct Program;

 private:
  std::shared_ptr<const Program> program_;
};

}  // namespace cpi
