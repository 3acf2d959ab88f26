// The event loop of one thread: tasks, timers, an inbox for other threads, and the transport, whose
// `curl_multi_poll` is the only place where the thread sleeps.
//
// Everything here is for the loop's own thread, except `post` and `stop`, which are for any thread.
// Only the loop itself resumes coroutines, from the top of a turn. No call that a task makes here
// resumes another task, so a task's state cannot change during the call.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "worker/wait_list.hpp"

namespace host {

class Transport;

// `run_until_complete` was ended by `stop` before its task had finished.
class LoopStopped : public std::runtime_error {
 public:
  LoopStopped() : std::runtime_error("stopped before the work was finished") {}
};

class Loop {
 public:
  // `clock` is the time source of sleepers; empty: the system's. Tests supply a clock that moves
  // between the turns.
  explicit Loop(Transport &transport, std::function<Clock::time_point()> clock = {});
  ~Loop();  // destroys unfinished tasks: their operations end, their transfers are aborted
  Loop(const Loop &) = delete;
  Loop &operator=(const Loop &) = delete;

  // Keeps a task until it finishes. It starts after everything that was ready in this turn, or in
  // the next turn. An exception that leaves it is a bug of the host; `run` rethrows it. Returns an
  // id for `cancel`.
  std::uint64_t spawn(Task<void> task);

  // Destroys a spawned task at the end of this turn, at any suspension point; until then it may
  // still be resumed. A task may cancel itself. The id of a finished task is ignored.
  void cancel(std::uint64_t id);

  // Destroys all tasks now, for objects that must outlive the tasks but not the loop. Not from
  // inside a task.
  void destroy_tasks() noexcept;

  // Awaitables.
  struct Sleep {
    Loop &loop;
    Clock::time_point due;
    std::uint64_t id = 0;
    bool await_ready() const { return loop.now() >= due; }
    void await_suspend(std::coroutine_handle<> handle);
    void await_resume() noexcept { id = 0; }
    ~Sleep();  // removes the timer of a task that is destroyed while it sleeps
  };
  Sleep sleep_until(Clock::time_point due) { return {*this, due}; }
  Sleep sleep_for(Clock::duration span) { return {*this, now() + span}; }

  struct Yield {
    Loop &loop;
    WaitNode node;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept;
    void await_resume() const noexcept {}
  };
  Yield yield() noexcept { return Yield{*this, {}}; }  // lets all other ready tasks run first

  // Resumes the waiters of `list` in the next turn, in order; see worker/latch.hpp.
  void resume_soon(WaitList &list) noexcept;

  // Queues work for the loop's thread and wakes it. Work that has not run when the loop is
  // destroyed is dropped. `run` rethrows an exception that leaves it. [any thread]
  void post(std::function<void()> work);

  // Called at the end of each turn, before the thread may sleep: releases resources that are held
  // for one turn. It must not resume a task. `run` rethrows an exception that leaves it.
  void at_turn_end(std::function<void()> work);

  // Runs until `stop` was called, sleeping while there is nothing to do. Rethrows an exception of a
  // task or of posted work; may be called again afterwards. Not from inside a task.
  void run();
  // Runs until no task is left, or `stop` was called.
  void run_until_idle();
  // Runs until the given task has finished, and returns its result or rethrows its exception; for
  // one-shot commands. Throws LoopStopped after `stop`; the task is destroyed then.
  template <typename T>
  T run_until_complete(Task<T> task);

  // Ends the present run, or the next one if none is running. [any thread]
  void stop();

  Clock::time_point now() const { return now_ ? now_() : Clock::now(); }
  // When the first sleeper wakes; empty if there are no sleepers.
  std::optional<Clock::time_point> next_wake() const noexcept;
  // The time of this turn of the loop: cheaper than a clock call, and the same for all tasks.
  Clock::time_point turn_time() const noexcept;
  std::size_t tasks() const noexcept;

  Transport &transport() noexcept { return transport_; }

 private:
  struct State;
  struct Root;
  void run_while(const std::function<bool()> &go_on);
  void turn(const std::function<bool()> &go_on);
  void run_inbox();
  void reap() noexcept;
  void destroy(std::uint64_t id) noexcept;

  Transport &transport_;
  std::function<Clock::time_point()> now_;
  std::unique_ptr<State> state_;
};

namespace detail {

template <typename T>
struct TaskResult {
  std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
  std::exception_ptr error;
};

template <typename T>
Task<void> run_into(Task<T> task, TaskResult<T> &result) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await task;
      result.value.emplace();
    } else {
      result.value.emplace(co_await task);
    }
  } catch (...) {
    result.error = std::current_exception();
  }
}

}  // namespace detail

template <typename T>
T Loop::run_until_complete(Task<T> task) {
  detail::TaskResult<T> result;
  const std::uint64_t id = spawn(detail::run_into(std::move(task), result));
  // The task refers to `result`: it must not outlive this call, even if the run fails.
  struct Destroyer {
    Loop &loop;
    std::uint64_t id;
    ~Destroyer() { loop.destroy(id); }
  } const destroyer{*this, id};
  run_while([&result] { return !result.value && !result.error; });
  if (result.error) std::rethrow_exception(result.error);
  if (!result.value) throw LoopStopped();
  if constexpr (!std::is_void_v<T>) return std::move(*result.value);
}

}  // namespace host
