// Who is inside a plugin at this moment: the only way to name a call that never comes back.
//
// A thread that calls plugins takes a seat; what it is in the middle of can be looked at by any
// other. A call costs two stores and a load, and no look at the clock: how long it lasts is for
// whoever looks again and again (hang_watch.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace host {

class InsidePlugin;

// A call as it was seen.
struct PluginCall {
  std::thread::id thread;
  std::uint64_t number = 0;  // with the thread: the same for as long as it is the same call
  std::string plugin;        // its id
  std::string operation;     // "poll campaign.created"; empty while the plugin is loaded
  std::string function;      // "next"
};

// [any thread]; the seats go before it.
class PluginCalls {
 public:
  class Seat;

  std::vector<PluginCall> look() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Seat *> seats_;
};

// Shows the calls of the thread that makes it, until it is destroyed by that thread. Where there is
// another seat already, this one takes its place meanwhile.
class PluginCalls::Seat {
 public:
  explicit Seat(PluginCalls &calls);
  ~Seat();
  Seat(const Seat &) = delete;
  Seat &operator=(const Seat &) = delete;

 private:
  friend class PluginCalls;
  friend class InsidePlugin;

  PluginCalls &calls_;
  Seat *before_;
  std::thread::id thread_;
  std::uint64_t count_ = 0;  // of the seat's own thread
  std::atomic<const InsidePlugin *> inside_{nullptr};
  // While this is set, a call that was left waits for the mutex before what it showed is gone.
  std::atomic<bool> looked_at_{false};
  std::mutex mutex_;
};

// This thread is inside a plugin, for as long as this lives. The texts are borrowed. Without a
// seat nobody is told.
class InsidePlugin {
 public:
  // `kind` and `id` of the operation, where there is one.
  InsidePlugin(std::string_view plugin, std::string_view kind, std::string_view id,
               std::string_view function) noexcept;
  ~InsidePlugin();
  InsidePlugin(const InsidePlugin &) = delete;
  InsidePlugin &operator=(const InsidePlugin &) = delete;

 private:
  friend class PluginCalls;
  PluginCalls::Seat *seat_;
  const InsidePlugin *outer_ = nullptr;
  std::uint64_t number_ = 0;
  std::string_view plugin_;
  std::string_view kind_;
  std::string_view id_;
  std::string_view function_;
};

}  // namespace host
