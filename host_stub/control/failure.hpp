// The error for a request of a user or a program to the host. The command line converts it to an
// exit code, the server to an HTTP status.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cpi/json/schema.hpp"
#include "plugins/outcome.hpp"

namespace host {

class Failure : public std::exception {
 public:
  enum class Kind : std::uint8_t {
    operation,   // the operation failed; see the error's class
    wrong_call,  // the request is invalid; see the message
    unknown,     // there is no such name; `sought` is the kind of object
    unusable,    // the plugin was found but cannot be used
    running,     // the same request is in progress; ask again
  };
  explicit Failure(OperationError why, Kind what = Kind::operation)
      : kind(what), error(std::move(why)) {}
  const char *what() const noexcept override { return error.message.c_str(); }

  Kind kind;
  OperationError error;
  std::string sought;        // of `unknown`: "plugin", "trigger", ...
  std::string of_plugin;     // of `unknown`: the plugin whose manifest was searched
  boost::json::object more;  // further members to show beside the error
};

Failure wrong_call(std::string message, std::string advice = {});

// The failure for an invalid input, with the same text as from a plugin.
Failure violations_failure(const cpi::Violations &violations);

// The failure for a `name` that is not in `known`, with the most similar names. `sought`:
// "trigger".
Failure unknown_name(std::string_view sought, std::string_view name,
                     std::span<const std::string> known, std::string_view of_plugin = {});

// Converts the current exception to a Failure. Call it inside a catch handler.
Failure failure_of_current_exception();

}  // namespace host
