// How a user specifies a sink: `stdout`, `file:PATH` or `webhook:URL`. Each kind is defined in the
// file of its sink, and is a row of the table in sink_spec.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "delivery/sink.hpp"
#include "delivery/webhook_sink.hpp"

namespace host {

struct SinkKind {
  std::string_view word;     // "file"; the whole specification of a kind without a target
  std::string_view target;   // what follows "file:", as help shows it: PATH; empty: nothing
  std::string_view noun;     // the target in a sentence: "path"
  std::string_view example;  // of a target, for the message about a missing one
  // Throw SinkError.
  std::string (*name)(const std::string &target);
  std::unique_ptr<Sink> (*open)(const std::string &target, const WebhookOptions &webhook);
};

struct SinkSpec {
  const SinkKind *kind;  // never null; lives as long as the program
  std::string target;    // the path or the URL
};

// Throws SinkError for anything else; the message does not repeat a URL.
SinkSpec parse_sink_spec(std::string_view text);

// The name of the specified sink, without opening it. Throws SinkError.
std::string sink_name(const SinkSpec &spec);

// Opens the specified sink. Throws SinkError.
std::unique_ptr<Sink> make_sink(const SinkSpec &spec, const WebhookOptions &webhook);

}  // namespace host
