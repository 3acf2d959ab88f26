// How a person hands over a connection's input without its secrets showing up in the process list
// or the shell's history: from standard input, from a file, or typed unseen.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"

namespace host {

class InputRefused : public std::runtime_error {
 public:
  InputRefused(std::string where, const std::string &message)
      : std::runtime_error(message), pointer(std::move(where)) {}
  std::string pointer;  // JSON Pointer into the input; empty: the whole
};

// The process's own terminal and standard input; a test brings another.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual bool interactive() const = 0;                   // can a person be asked?
  virtual Secret ask_hidden(std::string_view title) = 0;  // without echo; throws InputRefused
  virtual Secret read_standard_input() = 0;               // to its end, at most 1 MiB
};
std::unique_ptr<Terminal> process_terminal();

// JSON Pointers of the fields marked `writeOnly` in an auth method's input schema.
std::vector<std::string> secret_fields(const boost::json::object &schema);

// Reads the input of an auth method. `argument` is
//   -       the whole JSON object from standard input
//   @PATH   the whole JSON object from a file
//   {...}   JSON; each `writeOnly` field must be "-" (standard input), "@PATH" (a file's text
//   without
//           its last line break) or left out. A secret in plain sight is refused.
// What `required` names among the secrets and is still missing is asked for when a person is there.
// The result is not validated beyond that. Throws InputRefused.
boost::json::object read_secret_input(std::string_view argument, const boost::json::object &schema,
                                      Terminal &terminal);

}  // namespace host
