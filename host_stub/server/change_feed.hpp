// Reports changes of the running host to connected browsers: as numbered messages, of which about
// the last thousand are kept for clients that reconnect. Without clients it only records the
// results of the last polls.
//
// The engine reports polls to it; it finds all other changes in the database, whoever made them.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "polling/request_use.hpp"
#include "run/engine.hpp"
#include "store/store.hpp"

namespace host::server {

// The result of a trigger's last poll.
struct PollNote {
  std::int64_t row = 0;
  std::string trigger;  // its id
  std::int64_t at = 0;  // end of the poll, Unix milliseconds
  bool ok = false;
  bool baseline = false;
  std::uint64_t events = 0;
  std::uint64_t held = 0;
  std::uint32_t requests = 0;
  RequestUse use;  // of this poll and those before it
  std::int64_t duration_ms = 0;
  TriggerState state = TriggerState::active;
  std::string output;  // JSON, or empty
  std::string error;   // JSON, or empty
};

class ChangeFeed : public EngineObserver, public CredentialsObserver {
 public:
  static constexpr std::size_t most_listeners = 32;
  static constexpr std::size_t kept_messages = 1024;
  static constexpr std::size_t kept_polls = 10'000;

  // Converts records to messages. Called on the feed's own thread.
  struct Rows {
    std::function<boost::json::object(const PollNote &)> poll;
    std::function<boost::json::object(const EventRecord &)> event;
    std::function<boost::json::object(const TriggerRecord &)> trigger;
    std::function<boost::json::object(const ConnectionRecord &)> connection;
  };

  ChangeFeed();
  ~ChangeFeed() override;  // as `stop`

  // Starts reading the database. The feed owns `store`.
  void start(std::unique_ptr<Store> store, Rows rows);
  void stop();  // ends all streams, and waits for the feed's thread

  // ---- for listeners  [any thread]
  class Listener {
   public:
    explicit Listener(ChangeFeed &feed) : feed_(feed) {}
    ~Listener();
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;
    // The messages since the last call, as server-sent events; waits at most `at_most` if there are
    // none. Empty: the feed has ended.
    std::optional<std::string> next(std::chrono::milliseconds at_most);

   private:
    friend class ChangeFeed;
    ChangeFeed &feed_;
    std::uint64_t seen_ = 0;
    bool missed_ = false;
  };
  // Null if there are too many. It receives messages from now on, and those after `last_event_id`
  // if that is known.
  std::unique_ptr<Listener> listen(std::string_view last_event_id);

  std::optional<PollNote> last_poll(std::int64_t row) const;  // [any thread]

  struct Counts {
    std::uint64_t renewed = 0;
    std::uint64_t delayed = 0;
    std::uint64_t refused = 0;
    std::uint64_t polls = 0;
    std::uint64_t poll_ms = 0;
  };
  Counts counts() const;  // since the start  [any thread]

  // ---- EngineObserver, CredentialsObserver
  void polled(const PollReport &report) override;
  void refreshed(std::string_view connection, Refresh result, std::string_view reason) override;
  void state_changed(std::string_view connection, ConnectionState state,
                     std::string_view reason) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host::server
