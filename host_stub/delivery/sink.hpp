// A destination of events: the interface that the delivery loop uses. A sink keeps no state about
// events; the loop handles acceptance and retries.
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
  accepted,     // all events
  refused,      // the next event was not accepted: retry it by the retry schedule
  unavailable,  // no event can be accepted now: wait without counting a try
  gone,         // the receiver permanently wants no more events
  closed,       // the reader is gone: no more deliveries in this run
  interrupted,  // stop was requested
};

struct SinkOutcome {
  std::size_t accepted = 0;  // how many, from the first; the verdict is about the next one
  SinkVerdict verdict = SinkVerdict::accepted;
  std::string reason;                        // for a person; never a secret
  std::chrono::milliseconds retry_after{0};  // requested by the receiver, else 0
};

// A sink that cannot be created. The message says what to do and never contains a secret.
class SinkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Sink {
 public:
  // After a stop request, a delivery that hangs is abandoned after this time.
  static constexpr std::chrono::seconds stop_grace{8};

  Sink() = default;
  virtual ~Sink() = default;
  Sink(const Sink &) = delete;
  Sink &operator=(const Sink &) = delete;

  // Its name in the store: the same in every run. Shown to users, so it contains no secret.
  virtual const std::string &name() const = 0;
  // The preferred number of events per call.
  virtual std::size_t batch() const = 0;
  // Delivers in order. Blocks; used from one thread, which has SIGPIPE blocked. The span must not
  // be empty.
  virtual SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &stop) = 0;
};

}  // namespace host
