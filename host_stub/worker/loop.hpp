// One thread's event loop: tasks, timers, an inbox other threads may post to, and the transport
// whose `curl_multi_poll` is the one place where the thread sleeps.
//
// Everything here is for the loop's own thread, but `post` and `stop`, which are for any thread.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>

#include "worker/task.hpp"

namespace host {

class Transport;

using Clock = std::chrono::steady_clock;

class Loop {
 public:
  explicit Loop(Transport &transport);
  ~Loop();  // destroys unfinished tasks: their operations end, their transfers are aborted
  Loop(const Loop &) = delete;
  Loop &operator=(const Loop &) = delete;

  // Starts a task and keeps it until it finishes. An exception that leaves it is a bug of the host
  // and is rethrown by `run`.
  void spawn(Task<void> task);

  // Awaitables.
  struct Sleep {
    Loop &loop;
    Clock::time_point due;
    std::uint64_t id = 0;
    bool await_ready() const noexcept { return Clock::now() >= due; }
    void await_suspend(std::coroutine_handle<> handle);
    void await_resume() noexcept { id = 0; }
    ~Sleep();  // a task destroyed in its sleep is forgotten by the timer
  };
  Sleep sleep_until(Clock::time_point due) { return {*this, due}; }
  Sleep sleep_for(Clock::duration span) { return {*this, Clock::now() + span}; }

  // Queues work for the loop's thread and wakes it. [any thread]
  void post(std::function<void()> work);

  // Runs until `stop` was called, or until `idle()` says true while nothing is left to do.
  void run();
  // Runs until the given task has finished, and returns what it gave; for one-shot commands.
  template <typename T>
  T run_until_complete(Task<T> task);

  void stop();  // [any thread]

  // The time of this turn of the loop: cheaper than asking the clock, and the same for all.
  Clock::time_point turn_time() const noexcept;
  std::size_t tasks() const noexcept;

  Transport &transport() noexcept { return transport_; }

 private:
  struct State;
  void run_while(const std::function<bool()> &go_on);
  Transport &transport_;
  std::unique_ptr<State> state_;
};

}  // namespace host
