// Where events go: the interface that the delivery loop drives. A sink remembers nothing about
// events; what was accepted, and when to try again, is the loop's business.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace host {

struct Outgoing {
  std::string id;    // of the event: the same at every try
  std::string body;  // the CloudEvents text, one line without a line end
};

enum class SinkVerdict {
  accepted,     // all of them
  refused,      // the next event was not taken: try it again as the retry schedule says
  unavailable,  // nothing can be taken now, whichever event: wait without counting a try
  gone,         // the receiver wants no more events, ever
  closed,       // the reader went away: nothing more can be delivered in this run
  interrupted,  // we are asked to stop
};

struct SinkOutcome {
  std::size_t accepted = 0;  // how many of the first; the verdict is about the one behind them
  SinkVerdict verdict = SinkVerdict::accepted;
  std::string reason;                        // for a person; never a secret
  std::chrono::milliseconds retry_after{0};  // as the receiver asked, 0 when it did not
};

// A sink that cannot be made. The message says what to do and never shows a secret.
class SinkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Sink {
 public:
  // Once stop is requested a delivery that hangs is abandoned after this long.
  static constexpr std::chrono::seconds stop_grace{8};

  Sink() = default;
  virtual ~Sink() = default;
  Sink(const Sink &) = delete;
  Sink &operator=(const Sink &) = delete;

  // What the store knows it by: the same in every run. Shown to people, so it holds no secret.
  virtual const std::string &name() const = 0;
  // How many events it takes well at a time.
  virtual std::size_t batch() const = 0;
  // Delivers in order. Blocks; used from one thread, which has SIGPIPE blocked. Not for an empty
  // span.
  virtual SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &stop) = 0;
};

}  // namespace host
