// Why something that a person or a program asked of the host was not done: the error they get to
// see. The command line makes an exit code of it, the server an HTTP status.
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
    operation,   // the operation itself, or what the error's class says
    wrong_call,  // what was asked for makes no sense: see the message
    unknown,     // there is nothing of that name; `sought` says what kind of thing
    unusable,    // the plugin was found, and is broken
    running,     // the same is being done at the moment: ask again
  };
  explicit Failure(OperationError why, Kind what = Kind::operation)
      : kind(what), error(std::move(why)) {}
  const char *what() const noexcept override { return error.message.c_str(); }

  Kind kind;
  OperationError error;
  std::string sought;        // of `unknown`: "plugin", "trigger", ...
  std::string of_plugin;     // whose manifest has no such thing; empty otherwise
  boost::json::object more;  // what else is known, to be shown beside the error
};

Failure wrong_call(std::string message, std::string advice = {});

// Every place where an input does not fit its schema, in the words that a plugin has for them.
Failure violations_failure(const cpi::Violations &violations);

// `name` is none of `known`: says so, with the nearest ones. `sought`: "trigger".
Failure unknown_name(std::string_view sought, std::string_view name,
                     std::span<const std::string> known, std::string_view of_plugin = {});

// What an exception of any room means to whoever asked. Call it inside of a handler.
Failure failure_of_current_exception();

}  // namespace host
