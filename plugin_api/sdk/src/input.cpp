#include "cpi/sdk/input.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parser.hpp>

#include "cpi/json/utf8.hpp"
#include "cpi/sdk/failure.hpp"

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

[[noreturn]] void refuse_input(std::string message, std::span<const Problem> problems) {
  Failure failure(ErrorClass::invalid_input, Fault::user, std::move(message),
                  "Correct the input and try again.");
  failure.details = problems_json(problems);
  throw std::move(failure);
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
      const std::string why = error == json::error::incomplete   ? "it ends too early"
                              : error == json::error::extra_data ? "something follows its end"
                              : deep                             ? "it is nested too deeply"
                                                                 : "it is malformed";
      const Problem problem{
          "", "The input is not JSON: " + why + " at " + place_in(text, used) + ".", "json"};
      refuse_input(problem.message, std::span(&problem, 1));
    }
    document = parser.release();
  }
  const auto problems = schema.validate(document);
  if (problems.empty() && document.is_object()) return std::move(document.get_object());
  if (problems.empty()) {
    const Problem problem{"", "The input must be an object.", "type"};
    refuse_input(problem.message, std::span(&problem, 1));
  }
  refuse_input(problems.size() == 1
                   ? problems.front().message
                   : "The input has " + std::to_string(problems.size()) + " problems.",
               problems);
}

}  // namespace cpi
