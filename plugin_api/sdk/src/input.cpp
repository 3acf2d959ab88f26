#include "cpi/sdk/input.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <boost/json/parser.hpp>

#include "cpi/json/utf8.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

std::string place_in(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  const auto before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n');
  const auto in_line =
      line_start == std::string_view::npos ? before : before.substr(line_start + 1);
  return "line " + std::to_string(line) + ", column " + std::to_string(code_points(in_line) + 1);
}

Failure violation_failure(Violation violation) {
  Violations only;
  only.listed.push_back(std::move(violation));
  return input_failure(only);
}

}  // namespace

json::object validate_input(const Schema &schema, std::string_view text) {
  json::object empty;
  json::value document;
  if (text.empty()) {
    document = std::move(empty);
  } else {
    json::parse_options options;
    options.max_depth = 64;
    json::parser parser({}, options);
    json::error_code error;
    const std::size_t used = parser.write_some(text, error);
    const bool more = text.find_first_not_of(" \t\r\n", used) != std::string_view::npos;
    if (!error && more) error = json::error::extra_data;
    if (error) {
      const bool deep = error == json::error::too_deep;
      const std::string why = error == json::error::incomplete ? "it ends too early"
                              : error == json::error::extra_data
                                  ? "it has extra content after its end"
                              : deep ? "it is nested too deeply"
                                     : "it is malformed";
      throw violation_failure(
          {"", "The input is not JSON: " + why + " at " + place_in(text, used) + ".", "json"});
    }
    document = parser.release();
  }
  if (const auto violations = schema.validate(document); !violations.empty()) {
    throw input_failure(violations);
  }
  if (!document.is_object()) throw violation_failure({"", "The input must be an object.", "type"});
  return std::move(document.get_object());
}

}  // namespace cpi
