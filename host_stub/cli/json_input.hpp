// Reads JSON that a person typed or piped in; an error names its place and what was expected there.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace host::cli {

// Where a text stops being JSON (RFC 8259). Lines and columns count from 1, columns in bytes.
struct JsonMistake {
  std::size_t offset = 0;
  std::size_t line = 1;
  std::size_t column = 1;
  std::string found;     // "the end", "'", "a line break"
  std::string expected;  // "a member name in double quotes"
};
// Nothing when it is JSON.
std::optional<JsonMistake> find_json_mistake(std::string_view text);

// The value of an option like --input: JSON, "-" for standard input, or "@PATH" for a file; empty
// is {}. `what` names it in messages: "--input". Throws CommandFailure: bad data, no input, io.
boost::json::object read_json_object(std::string_view argument, std::string_view what);

}  // namespace host::cli
