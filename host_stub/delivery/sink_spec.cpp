#include "delivery/sink_spec.hpp"

#include "delivery/file_sink.hpp"
#include "delivery/stdout_sink.hpp"

namespace host {

SinkSpec parse_sink_spec(std::string_view text) {
  constexpr std::string_view file = "file:";
  constexpr std::string_view webhook = "webhook:";
  if (text == "stdout") return {SinkSpec::Kind::standard_output, {}};
  if (text.starts_with(file)) {
    const std::string_view path = text.substr(file.size());
    if (path.empty()) throw SinkError("The destination \"file:\" has no path. Use file:PATH.");
    if (path.find('\0') != std::string_view::npos)
      throw SinkError("A path cannot contain a NUL character.");
    return {SinkSpec::Kind::file, std::string(path)};
  }
  if (text.starts_with(webhook)) {
    const std::string_view url = text.substr(webhook.size());
    if (url.empty())
      throw SinkError("The destination \"webhook:\" has no URL. Use webhook:https://HOST/PATH.");
    if (url.find('\0') != std::string_view::npos)
      throw SinkError("A URL cannot contain a NUL character.");
    return {SinkSpec::Kind::webhook, std::string(url)};
  }
  if (text.starts_with("https://") || text.starts_with("http://"))
    throw SinkError("To send events to a URL, put webhook: before it.");
  throw SinkError("Unknown destination. Use stdout, file:PATH or webhook:URL.");
}

std::string sink_name(const SinkSpec &spec) {
  switch (spec.kind) {
    case SinkSpec::Kind::file:
      return FileSink::name_of(spec.target);
    case SinkSpec::Kind::webhook:
      return WebhookSink::name_of(spec.target);
    case SinkSpec::Kind::standard_output:
      break;
  }
  return std::string(standard_output_sink);
}

std::unique_ptr<Sink> make_sink(const SinkSpec &spec, const WebhookOptions &webhook) {
  switch (spec.kind) {
    case SinkSpec::Kind::file:
      return std::make_unique<FileSink>(spec.target);
    case SinkSpec::Kind::webhook:
      return std::make_unique<WebhookSink>(spec.target, webhook);
    case SinkSpec::Kind::standard_output:
      break;
  }
  return std::make_unique<StdoutSink>();
}

}  // namespace host
