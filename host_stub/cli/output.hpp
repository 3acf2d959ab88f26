// A command's output: its data on standard output, as text or, with --json, as one line of JSON;
// everything else on standard error. All output passes through the redactor, and none of it can
// steer a terminal (terminal_text.hpp).
//
// With --json a command that fails prints {"error": {...}} on standard output as well.
#pragma once

#include <boost/json/value.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/failure.hpp"
#include "log/redaction.hpp"

namespace host::cli {

// Standard output was closed by its reader. This is not an error, but the command can stop.
class OutputClosed : public std::runtime_error {
 public:
  OutputClosed() : std::runtime_error("standard output was closed") {}
};

struct OutputOptions {
  bool json = false;
  bool colour_out = false;
  bool colour_err = false;
  int out = 1;
  int err = 2;
};

class Output {
 public:
  // The redactor must outlive it.
  Output(const OutputOptions &options, const Redactor &redactor)
      : options_(options), redactor_(redactor) {}

  bool json() const noexcept { return options_.json; }
  bool colour() const noexcept { return options_.colour_out; }

  // The command's result: the first is printed with --json, the second without. Throws
  // OutputClosed, or CommandFailure (io) when it cannot be written.
  void result(const boost::json::value &data, std::string_view text);

  // A remark for a person, on standard error; "note: " before it.
  void note(std::string_view text);
  void failure(const CommandFailure &failure);

  // A word in color if the terminal supports it. `quiet` and `error` are for standard error.
  enum class Tone { good, doubtful, bad, heading, quiet, error };
  std::string toned(Tone tone, std::string_view word) const;

 private:
  void write_err(std::string text);

  OutputOptions options_;
  const Redactor &redactor_;
};

// Whether this descriptor is a terminal with colors; NO_COLOR (no-color.org) and TERM=dumb turn
// them off.
bool wants_colour(int descriptor, std::string_view no_color, std::string_view term);

// One line, without its line break; characters that could steer a terminal are escaped.
std::string json_line(const boost::json::value &value);

// The same for several lines.
std::string pretty(const boost::json::value &value);

// {"class", "fault", "message", "advice"?, "details"?, "http_status"?, "vendor_code"?,
//  "retry_after_ms"?, "exit_code"}
boost::json::object error_json(const CommandFailure &failure);

// An error for people: the message, each problem of the details, the advice, when to try again and
// who is responsible; several lines, each with its line break.
std::string error_text(const OperationError &error);

}  // namespace host::cli
