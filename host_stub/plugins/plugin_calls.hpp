// The current calls into plugins: the only way to name a call that never returns.
//
// A thread that calls plugins takes a call slot, so that any other thread can see its current call.
// A call costs two stores and a load, and does not read the clock: hang_watch.hpp measures
// durations by polling.
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

// A snapshot of a call.
struct PluginCall {
  std::thread::id thread;
  std::uint64_t number = 0;  // together with the thread, identifies the call
  std::string plugin;        // its id
  std::string operation;     // "poll campaign.created"; empty while the plugin is loaded
  std::string function;      // "next"
};

// [any thread]; must outlive the slots.
class PluginCalls {
 public:
  class CallSlot;

  std::vector<PluginCall> snapshot() const;

 private:
  mutable std::mutex mutex_;
  std::vector<CallSlot *> slots_;
};

// Shows the calls of the thread that creates it, until that thread destroys it. An existing slot of
// the thread is replaced for that time.
class PluginCalls::CallSlot {
 public:
  explicit CallSlot(PluginCalls &calls);
  ~CallSlot();
  CallSlot(const CallSlot &) = delete;
  CallSlot &operator=(const CallSlot &) = delete;

 private:
  friend class PluginCalls;
  friend class InsidePlugin;

  PluginCalls &calls_;
  CallSlot *before_;
  std::thread::id thread_;
  std::uint64_t count_ = 0;  // calls of the slot's own thread
  std::atomic<const InsidePlugin *> inside_{nullptr};
  // While this is set, a returning call takes the mutex before its texts are destroyed.
  std::atomic<bool> is_read_{false};
  std::mutex mutex_;
};

// Marks this thread as inside a plugin while it exists. The texts are borrowed. A no-op without a
// slot.
class InsidePlugin {
 public:
  // `kind` and `id` of the operation, if there is one.
  InsidePlugin(std::string_view plugin, std::string_view kind, std::string_view id,
               std::string_view function) noexcept;
  ~InsidePlugin();
  InsidePlugin(const InsidePlugin &) = delete;
  InsidePlugin &operator=(const InsidePlugin &) = delete;

 private:
  friend class PluginCalls;
  PluginCalls::CallSlot *slot_;
  const InsidePlugin *outer_ = nullptr;
  std::uint64_t number_ = 0;
  std::string_view plugin_;
  std::string_view kind_;
  std::string_view id_;
  std::string_view function_;
};

}  // namespace host
