#include "server/change_feed.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <list>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "server/browser_sessions.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds check_interval{250};  // between database checks, with listeners
constexpr std::size_t watched_events = 1000;
constexpr std::size_t most_compared = 2000;  // triggers; above that, changes are a `reset`
constexpr std::int64_t events_at_once = 200;
constexpr std::size_t most_waiting_polls = 5000;

struct Message {
  std::uint64_t number;
  std::string text;  // as sent
};

}  // namespace

struct ChangeFeed::Impl {
  mutable std::mutex mutex;
  std::condition_variable work;     // for the feed's thread
  std::condition_variable arrived;  // for listeners
  bool stopping = false;
  std::size_t listeners = 0;
  bool looking = false;  // the thread has the state at the arrival of the first listener
  std::uint64_t last_number = 0;
  std::deque<Message> messages;
  std::vector<PollNote> polls;  // not reported yet
  bool polls_lost = false;

  // The last polls, by row.
  std::list<PollNote> recent;  // newest first
  std::unordered_map<std::int64_t, std::list<PollNote>::iterator> by_row;
  Counts counts;

  std::string run = random_token().substr(0, 8);  // distinguishes this process in numbers
  std::unique_ptr<Store> store;
  Rows rows;
  std::thread thread;

  // ---- used by the thread only
  std::int64_t data_version = 0;
  std::int64_t last_seq = 0;
  std::map<std::int64_t, EventState> events;  // by seq: events whose delivery is tracked
  std::map<std::int64_t, std::string> event_ids;
  std::map<std::string, std::string> triggers;  // the state that listeners have of each, by id
  std::map<std::string, std::string> connections;

  void say(std::string_view event, const json::value &data) {
    const std::scoped_lock lock(mutex);
    ++last_number;
    messages.push_back({last_number, "id: " + run + '.' + std::to_string(last_number) +
                                         "\nevent: " + std::string(event) +
                                         "\ndata: " + json::serialize(data) + "\n\n"});
    if (messages.size() > kept_messages) messages.pop_front();
    arrived.notify_all();
  }

  static std::string sign(const TriggerRecord &trigger, std::int64_t held) {
    return std::string(to_string(trigger.state)) + '|' + std::to_string(trigger.interval_ms) + '|' +
           trigger.config_hash + '|' + std::to_string(held) + '|' +
           std::to_string(trigger.failures) + '|' + trigger.refused;
  }
  static std::string sign(const ConnectionRecord &connection) {
    return std::string(to_string(connection.state)) + '|' + connection.state_reason + '|' +
           connection.label + '|' + connection.settings;
  }

  void watch_event(const EventRecord &event) {
    events[event.seq] = event.state;
    event_ids[event.seq] = event.id;
    last_seq = std::max(last_seq, event.seq);
    while (events.size() > watched_events) {
      // The oldest finished one; else the oldest.
      auto oldest = std::ranges::find_if(events, [](const auto &one) {
        return one.second != EventState::pending && one.second != EventState::held;
      });
      if (oldest == events.end()) oldest = events.begin();
      event_ids.erase(oldest->first);
      events.erase(oldest);
    }
  }

  std::vector<EventRecord> newest(std::int64_t count) {
    Store::EventFilter filter;
    filter.limit = count;
    filter.newest_first = true;
    return store->events(filter);
  }

  // Compares the database with the reported state; without `reporting` it only records the state.
  void compare(bool reporting) {
    data_version = store->data_version();
    compare_events(reporting);
    compare_triggers(reporting);
    compare_connections(reporting);
  }

  void compare_events(bool reporting) {
    if (!reporting) {
      events.clear();
      event_ids.clear();
      last_seq = 0;
      for (const EventRecord &event : newest(events_at_once)) watch_event(event);
      return;
    }
    for (auto known = events.begin(); known != events.end();) {
      const auto event = store->event(event_ids[known->first]);
      if (!event) {
        event_ids.erase(known->first);
        known = events.erase(known);
        continue;
      }
      if (event->state != known->second) {
        known->second = event->state;
        say("delivery", rows.event(*event));
      }
      ++known;
    }
    Store::EventFilter behind;
    behind.after_seq = last_seq;
    behind.limit = events_at_once;
    const auto fresh = store->events(behind);
    for (const EventRecord &event : fresh) {
      watch_event(event);
      say("event", rows.event(event));
    }
    if (std::ssize(fresh) == events_at_once) {
      for (const EventRecord &event : newest(1)) last_seq = event.seq;
      say("reset", json::object());
    }
  }

  void compare_triggers(bool reporting) {
    const std::vector<TriggerRecord> now = store->triggers();
    if (now.size() > most_compared) {
      if (reporting) say("reset", json::object());
      return;
    }
    std::map<std::string, std::string> next;
    for (const TriggerRecord &trigger : now) {
      std::string sign_now = sign(trigger, store->count_held(trigger.row));
      const auto known = triggers.find(trigger.id);
      if (reporting && (known == triggers.end() || known->second != sign_now))
        say("trigger", rows.trigger(trigger));
      next[trigger.id] = std::move(sign_now);
    }
    if (reporting)
      for (const auto &[id, signature] : triggers)
        if (!next.contains(id)) say("trigger_removed", json::object{{"id", id}});
    triggers = std::move(next);
  }

  void compare_connections(bool reporting) {
    std::map<std::string, std::string> next;
    for (const ConnectionRecord &connection : store->connections()) {
      std::string sign_now = sign(connection);
      const auto known = connections.find(connection.id);
      if (reporting && (known == connections.end() || known->second != sign_now))
        say("connection", rows.connection(connection));
      next[connection.id] = std::move(sign_now);
    }
    if (reporting)
      for (const auto &[id, signature] : connections)
        if (!next.contains(id)) say("connection_removed", json::object{{"id", id}});
    connections = std::move(next);
  }

  void run_thread() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (listeners == 0) {
        looking = false;
        polls.clear();
        work.wait(lock, [this] { return stopping || listeners > 0; });
        continue;
      }
      const bool first = !looking;
      const std::vector<PollNote> ended = std::exchange(polls, {});
      const bool lost = std::exchange(polls_lost, false);
      lock.unlock();
      try {
        // Polls first: later changes are reported after them.
        for (const PollNote &note : ended) say("poll", rows.poll(note));
        if (first) {
          compare(false);
        } else if (store->data_version() != data_version) {
          compare(true);
        }
        if (lost) say("reset", json::object());
      } catch (const StoreError &) {
        // The engine logs the error; changes are found when the database can be read again.
      }
      lock.lock();
      if (first) {
        looking = true;
        arrived.notify_all();
      }
      work.wait_for(lock, check_interval, [this] { return stopping; });
    }
  }
};

ChangeFeed::ChangeFeed() : impl_(std::make_unique<Impl>()) {}

ChangeFeed::~ChangeFeed() {
  stop();
}

void ChangeFeed::start(std::unique_ptr<Store> store, Rows rows) {
  impl_->store = std::move(store);
  impl_->rows = std::move(rows);
  impl_->thread = std::thread([this] { impl_->run_thread(); });
}

void ChangeFeed::stop() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->work.notify_all();
  impl_->arrived.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

ChangeFeed::Listener::~Listener() {
  const std::scoped_lock lock(feed_.impl_->mutex);
  --feed_.impl_->listeners;
}

std::unique_ptr<ChangeFeed::Listener> ChangeFeed::listen(std::string_view last_event_id) {
  Impl &impl = *impl_;
  std::unique_lock lock(impl.mutex);
  if (impl.listeners >= most_listeners || impl.stopping) return nullptr;
  ++impl.listeners;
  auto listener = std::make_unique<Listener>(*this);
  impl.work.notify_all();
  // Everything that happens after this call returns is reported.
  impl.arrived.wait(lock, [&impl] { return impl.looking || impl.stopping; });
  listener->seen_ = impl.last_number;
  if (last_event_id.empty()) return listener;
  std::uint64_t number = 0;
  const std::string_view digits =
      last_event_id.starts_with(impl.run + '.') ? last_event_id.substr(impl.run.size() + 1) : "";
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool known = error == std::errc() && end == digits.data() + digits.size() &&
                     number <= impl.last_number &&
                     (number == impl.last_number ||
                      (!impl.messages.empty() && impl.messages.front().number <= number + 1));
  if (known) {
    listener->seen_ = number;
  } else {
    listener->missed_ = true;
  }
  return listener;
}

std::optional<std::string> ChangeFeed::Listener::next(std::chrono::milliseconds at_most) {
  Impl &impl = *feed_.impl_;
  std::unique_lock lock(impl.mutex);
  impl.arrived.wait_for(lock, at_most,
                        [&] { return impl.stopping || impl.last_number > seen_ || missed_; });
  if (impl.stopping) return std::nullopt;
  std::string out;
  const bool gone = !impl.messages.empty() && impl.messages.front().number > seen_ + 1;
  if (std::exchange(missed_, false) || gone) {
    seen_ = impl.last_number;
    return "id: " + impl.run + '.' + std::to_string(seen_) + "\nevent: reset\ndata: {}\n\n";
  }
  for (const Message &message : impl.messages)
    if (message.number > seen_) out += message.text;
  seen_ = impl.last_number;
  return out;
}

std::optional<PollNote> ChangeFeed::last_poll(std::int64_t row) const {
  const std::scoped_lock lock(impl_->mutex);
  const auto found = impl_->by_row.find(row);
  if (found == impl_->by_row.end()) return std::nullopt;
  return *found->second;
}

ChangeFeed::Counts ChangeFeed::counts() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->counts;
}

void ChangeFeed::polled(const PollReport &report) {
  PollNote note;
  note.row = report.trigger.row;
  note.trigger = report.trigger.id;
  note.at = unix_ms_now();
  note.ok = report.outcome.ok();
  note.baseline = report.baseline;
  note.events = report.events;
  note.held = report.held;
  note.requests = report.requests;
  note.use = report.use;
  note.duration_ms = report.took.count();
  note.state = report.state;
  if (note.ok) {
    note.output = report.outcome.output;
  } else {
    note.error = report.outcome.error.to_json();
  }
  Impl &impl = *impl_;
  const std::scoped_lock lock(impl.mutex);
  ++impl.counts.polls;
  impl.counts.poll_ms += static_cast<std::uint64_t>(std::max<std::int64_t>(note.duration_ms, 0));
  if (impl.listeners > 0) {
    if (impl.polls.size() < most_waiting_polls) {
      impl.polls.push_back(note);
    } else {
      impl.polls_lost = true;
    }
  }
  if (const auto known = impl.by_row.find(note.row); known != impl.by_row.end()) {
    impl.recent.splice(impl.recent.begin(), impl.recent, known->second);
    impl.recent.front() = std::move(note);
    return;
  }
  impl.recent.push_front(std::move(note));
  impl.by_row[impl.recent.front().row] = impl.recent.begin();
  if (impl.recent.size() > kept_polls) {
    impl.by_row.erase(impl.recent.back().row);
    impl.recent.pop_back();
  }
}

void ChangeFeed::refreshed(std::string_view /*connection*/, Refresh result,
                           std::string_view /*reason*/) {
  const std::scoped_lock lock(impl_->mutex);
  switch (result) {
    case Refresh::renewed:
      ++impl_->counts.renewed;
      break;
    case Refresh::delayed:
      ++impl_->counts.delayed;
      break;
    case Refresh::refused:
      ++impl_->counts.refused;
      break;
    case Refresh::taken_from_sibling:
      break;
  }
}

// The database already has it, or will in a moment.
void ChangeFeed::state_changed(std::string_view /*connection*/, ConnectionState /*state*/,
                               std::string_view /*reason*/) {}

}  // namespace host::server
