#include "delivery/stdout_sink.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "base/clock.hpp"
#include "delivery/sink_spec.hpp"
#include "text/terminal_text.hpp"

namespace host {

namespace {

// A ready pipe accepts this much without blocking, so a stalled reader cannot delay a stop.
constexpr std::size_t chunk = 4096;
constexpr int poll_ms = 100;

SinkOutcome failure(int error) {
  if (error == EPIPE) return {0, SinkVerdict::closed, "the reader closed the pipe", {}};
  return {0,
          SinkVerdict::unavailable,
          "standard output cannot be written: " + std::generic_category().message(error),
          {}};
}

}  // namespace

StdoutSink::StdoutSink(int descriptor)
    : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1) {}

SinkOutcome StdoutSink::deliver(std::span<const Outgoing> events, const std::stop_token &stop) {
  SinkOutcome outcome;
  // A line that an error interrupted is finished first, so that no partial line is followed by
  // another.
  std::string finished;
  if (written_ > 0) {
    outcome = write_rest(stop);
    if (outcome.verdict != SinkVerdict::accepted) return outcome;
    finished = line_id_;
  }
  for (const Outgoing &event : events) {
    if (event.id != finished) {
      if (stop.stop_requested()) {
        outcome.verdict = SinkVerdict::interrupted;
        return outcome;
      }
      line_ = (terminal_ ? harmless_json(event.body) : event.body) + '\n';
      line_id_ = event.id;
      const std::size_t accepted = outcome.accepted;
      outcome = write_rest(stop);
      outcome.accepted = accepted;
      if (outcome.verdict != SinkVerdict::accepted) return outcome;
    }
    ++outcome.accepted;
  }
  return outcome;
}

SinkOutcome StdoutSink::write_rest(const std::stop_token &stop) {
  std::optional<Clock::time_point> give_up;
  while (written_ < line_.size()) {
    if (stop.stop_requested()) {
      if (!give_up) give_up = Clock::now() + stop_grace;
      if (Clock::now() > *give_up)
        return {0, SinkVerdict::interrupted, "the reader does not read its input", {}};
    }
    pollfd ready{descriptor_, POLLOUT, 0};
    const int polled = ::poll(&ready, 1, poll_ms);
    if (polled < 0 && errno != EINTR) return failure(errno);
    if (polled <= 0) continue;
    const std::size_t size = std::min(chunk, line_.size() - written_);
    const ssize_t wrote = ::write(descriptor_, line_.data() + written_, size);
    if (wrote >= 0) {
      written_ += static_cast<std::size_t>(wrote);
    } else if (errno != EINTR && errno != EAGAIN) {
      return failure(errno);
    }
  }
  written_ = 0;
  return {};
}

extern const SinkKind stdout_sink_kind;
const SinkKind stdout_sink_kind{
    .word = "stdout",
    .target = {},
    .noun = {},
    .example = {},
    .name = [](const std::string &) { return std::string(standard_output_sink); },
    .open = [](const std::string &, const WebhookOptions &) -> std::unique_ptr<Sink> {
      return std::make_unique<StdoutSink>();
    }};

}  // namespace host
