// How a user specifies a sink: `stdout`, `file:PATH` or `webhook:URL`.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "delivery/sink.hpp"
#include "delivery/webhook_sink.hpp"

namespace host {

struct SinkSpec {
  enum class Kind { standard_output, file, webhook };
  Kind kind = Kind::standard_output;
  std::string target;  // the path or the URL
};

// Throws SinkError for anything else; the message does not repeat a URL.
SinkSpec parse_sink_spec(std::string_view text);

// The name of the specified sink, without opening it. Throws SinkError.
std::string sink_name(const SinkSpec &spec);

// Opens the specified sink. Throws SinkError.
std::unique_ptr<Sink> make_sink(const SinkSpec &spec, const WebhookOptions &webhook);

}  // namespace host
