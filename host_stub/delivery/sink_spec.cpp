#include "delivery/sink_spec.hpp"

#include <array>
#include <cstddef>

namespace host {

extern const SinkKind stdout_sink_kind;
extern const SinkKind file_sink_kind;
extern const SinkKind webhook_sink_kind;

namespace {

constexpr std::array<const SinkKind *, 3> kinds{&stdout_sink_kind, &file_sink_kind,
                                                &webhook_sink_kind};

std::string spelled(const SinkKind &kind, std::string_view target) {
  std::string text(kind.word);
  if (!kind.target.empty()) text.append(":").append(target);
  return text;
}

SinkSpec with_target(const SinkKind &kind, std::string_view target) {
  if (target.empty())
    throw SinkError("The destination \"" + spelled(kind, {}) + "\" has no " +
                    std::string(kind.noun) + ". Use " + spelled(kind, kind.example) + '.');
  if (target.find('\0') != std::string_view::npos)
    throw SinkError("A " + std::string(kind.noun) + " cannot contain a NUL character.");
  return {&kind, std::string(target)};
}

}  // namespace

SinkSpec parse_sink_spec(std::string_view text) {
  for (const SinkKind *kind : kinds) {
    if (kind->target.empty()) {
      if (text == kind->word) return {kind, {}};
    } else if (const std::string start = spelled(*kind, {}); text.starts_with(start)) {
      return with_target(*kind, text.substr(start.size()));
    }
  }
  if (text.starts_with("https://") || text.starts_with("http://"))
    throw SinkError("To send events to a URL, put webhook: before it.");
  std::string known;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i > 0) known += i + 1 == kinds.size() ? " or " : ", ";
    known += spelled(*kinds[i], kinds[i]->target);
  }
  throw SinkError("Unknown destination. Use " + known + '.');
}

std::string sink_name(const SinkSpec &spec) {
  return spec.kind->name(spec.target);
}

std::unique_ptr<Sink> make_sink(const SinkSpec &spec, const WebhookOptions &webhook) {
  return spec.kind->open(spec.target, webhook);
}

}  // namespace host
