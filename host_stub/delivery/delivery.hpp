// Takes recorded events to every sink: at least once, under the same id, in order for each trigger.
//
// Each sink has a thread and a Store of its own, so a receiver that hangs holds up nobody else.
// What was accepted is marked through the Committer before the next events are fetched.
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

struct DeliveryNotice {  // worth a line in the log
  enum class Kind {
    failing,       // the first refusal after things went well
    recovered,     // accepted again
    gave_up,       // on one event: it is dead now
    disabled,      // the receiver is gone; its events are kept
    closed,        // the reader went away: end the host, what is undelivered is kept
    store_failed,  // the database refuses; delivery waits, so as not to repeat itself
  };
  Kind kind;
  std::string sink;
  std::string event_id;  // empty when it is not about one
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
  std::int64_t depth = 0;       // events waiting, as of a second ago or less
  bool closed = false;
  bool disabled = false;
};

class Delivery {
 public:
  // Makes `sinks` the ones that new events are for (Store::set_sinks) and starts delivering what
  // waits for them. The committer must outlive it. Throws StoreError, and SinkError for two sinks
  // of a name.
  Delivery(const std::filesystem::path &data_dir, Committer &committer,
           std::vector<std::unique_ptr<Sink>> sinks, DeliveryOptions options);
  ~Delivery();  // stops: the event under way is finished, or abandoned after Sink::stop_grace
  Delivery(const Delivery &) = delete;
  Delivery &operator=(const Delivery &) = delete;

  void notify();  // events were recorded  [any thread]
  void stop();    // begins to stop and returns at once; the destructor waits  [any thread]

  // Waits until every sink has tried all that is due; later retries are not waited for. False: the
  // time was over. [any thread]
  bool drain(std::chrono::milliseconds timeout);

  // Nothing waits for any of the sinks, none is disabled, and no event was given up: as of the last
  // `drain`. [any thread]
  bool all_delivered() const;

  std::vector<SinkStatus> status() const;  // [any thread]

 private:
  class Runner;
  std::vector<std::unique_ptr<Runner>> runners_;
};

}  // namespace host
