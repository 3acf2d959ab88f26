// Delivers recorded events to every sink: at least once, under the same id, in order per trigger.
//
// Each sink has its own thread and Store, so a receiver that hangs does not delay the others.
// Accepted events are marked through the Committer before the next ones are fetched.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "delivery/retry_schedule.hpp"
#include "delivery/sink.hpp"
#include "store/committer.hpp"

namespace host {

struct DeliveryNotice {  // to be logged
  enum class Kind {
    failing,       // the first refusal after a success
    recovered,     // accepted again
    gave_up,       // gave up one event: it is dead now
    disabled,      // the receiver is gone; its events are kept
    closed,        // the reader is gone: end the host; undelivered events are kept
    store_failed,  // the database cannot write; delivery waits, to avoid repeated deliveries
  };
  Kind kind;
  std::string sink;
  std::string event_id;  // empty if it is not about a single event
  std::string text;      // for a person; never a secret
};

struct DeliveryOptions {
  RetrySchedule schedule;
  std::function<void(const DeliveryNotice &)> notice;  // on a delivery thread; must not throw
};

struct SinkStatus {
  std::string sink;
  std::uint64_t delivered = 0;  // events, since this object was made
  std::uint64_t failed = 0;     // tries
  std::uint64_t dead = 0;       // events given up
  std::int64_t depth = 0;       // waiting events, at most a second old
  bool closed = false;
  bool disabled = false;
};

class Delivery {
 public:
  // Makes `sinks` the destinations of new events (Store::set_sinks) and starts delivering the
  // events that wait for them. The committer must outlive it. Throws StoreError, and SinkError for
  // two sinks with the same name.
  Delivery(const StoreAddress &address, Committer &committer,
           std::vector<std::unique_ptr<Sink>> sinks, DeliveryOptions options);
  ~Delivery();  // stops: finishes the current event, or abandons it after Sink::stop_grace
  Delivery(const Delivery &) = delete;
  Delivery &operator=(const Delivery &) = delete;

  void notify();  // events were recorded  [any thread]
  void stop();    // starts stopping and returns at once; the destructor waits  [any thread]

  // Waits until every sink has tried all due events; does not wait for later retries. False: timed
  // out. [any thread]
  bool drain(std::chrono::milliseconds timeout);

  // True if no event waits for a sink, no sink is disabled, and no event was given up, as of the
  // last `drain`. [any thread]
  bool all_delivered() const;

  std::vector<SinkStatus> status() const;  // [any thread]

 private:
  class Runner;
  std::vector<std::unique_ptr<Runner>> runners_;
};

}  // namespace host
