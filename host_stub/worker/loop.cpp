// A turn of the loop: posted work, timers, ready tasks, then the transport, which sleeps until the
// next timer is due.
#include "worker/loop.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "http/transport.hpp"
#include "worker/timer_heap.hpp"

namespace host {

// The outermost coroutine of a spawned task. It never destroys itself: it reports its end, and the
// loop destroys it when no coroutine is running.
struct Loop::Root {
  struct promise_type {
    WaitNode start;
    State *state = nullptr;
    std::uint64_t id = 0;

    Root get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() noexcept;
    void return_void() const noexcept {}
    void unhandled_exception() noexcept;
  };
  std::coroutine_handle<promise_type> handle;

  static Root drive(Task<void> task) { co_await task; }
};

struct Loop::State {
  TimerHeap timers;
  WaitList ready;
  WaitList starts;  // tasks just spawned
  std::unordered_map<std::uint64_t, std::coroutine_handle<Root::promise_type>> roots;
  std::vector<std::uint64_t> ended;  // finished or cancelled, to be destroyed
  std::uint64_t last_id = 0;
  std::exception_ptr error;  // the first one from a task or posted work
  Clock::time_point turn_time;

  std::mutex inbox_mutex;
  std::vector<std::function<void()>> inbox;  // guarded by inbox_mutex
  std::atomic<bool> posted = false;
  std::atomic<bool> stopped = false;
  std::vector<std::function<void()>> taken;  // the inbox's other buffer
  std::function<void()> turn_end;            // may be empty
};

std::suspend_always Loop::Root::promise_type::final_suspend() noexcept {
  state->ended.push_back(id);  // has room: see `spawn`
  return {};
}

void Loop::Root::promise_type::unhandled_exception() noexcept {
  if (!state->error) state->error = std::current_exception();
}

Loop::Loop(Transport &transport, std::function<Clock::time_point()> clock)
    : transport_(transport), now_(std::move(clock)), state_(std::make_unique<State>()) {
  state_->turn_time = now();
}

Loop::~Loop() {
  destroy_tasks();
}

void Loop::destroy_tasks() noexcept {
  // A task's end may spawn another, so no iterator is held.
  while (!state_->roots.empty()) destroy(state_->roots.begin()->first);
}

std::uint64_t Loop::spawn(Task<void> task) {
  State &state = *state_;
  const std::uint64_t id = ++state.last_id;
  const auto place = state.roots.try_emplace(id).first;
  try {
    // Each task may be in `ended` twice, cancelled and finished.
    if (state.ended.capacity() < 2 * state.roots.size())
      state.ended.reserve(4 * state.roots.size());
    place->second = Root::drive(std::move(task)).handle;
  } catch (...) {
    state.roots.erase(place);
    throw;
  }
  Root::promise_type &promise = place->second.promise();
  promise.state = &state;
  promise.id = id;
  promise.start.handle = place->second;
  state.starts.push_back(promise.start);
  return id;
}

void Loop::cancel(std::uint64_t id) {
  if (state_->roots.contains(id)) state_->ended.push_back(id);
}

void Loop::destroy(std::uint64_t id) noexcept {
  const auto place = state_->roots.find(id);
  if (place == state_->roots.end()) return;
  const auto handle = place->second;
  state_->roots.erase(place);
  handle.destroy();
}

void Loop::reap() noexcept {
  // By index: destroying a task may cancel further ones. NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t i = 0; i < state_->ended.size(); ++i) destroy(state_->ended[i]);
  state_->ended.clear();
}

void Loop::Sleep::await_suspend(std::coroutine_handle<> handle) {
  id = loop.state_->timers.add(due, handle);
}

Loop::Sleep::~Sleep() {
  if (id != 0) loop.state_->timers.cancel(id);
}

void Loop::Yield::await_suspend(std::coroutine_handle<> handle) noexcept {
  node.handle = handle;
  loop.state_->ready.push_back(node);
}

void Loop::resume_soon(WaitList &list) noexcept {
  state_->ready.take_all(list);
}

void Loop::post(std::function<void()> work) {
  bool first = false;
  {
    const std::scoped_lock lock(state_->inbox_mutex);
    first = state_->inbox.empty();
    state_->inbox.push_back(std::move(work));
    state_->posted.store(true, std::memory_order_release);
  }
  if (first) transport_.wake();
}

void Loop::stop() {
  state_->stopped.store(true, std::memory_order_release);
  transport_.wake();
}

void Loop::at_turn_end(std::function<void()> work) {
  state_->turn_end = std::move(work);
}

void Loop::run_inbox() {
  State &state = *state_;
  if (!state.posted.load(std::memory_order_acquire)) return;
  {
    const std::scoped_lock lock(state.inbox_mutex);
    state.posted.store(false, std::memory_order_relaxed);
    state.taken.swap(state.inbox);
  }
  for (const std::function<void()> &work : state.taken) {
    try {
      work();
    } catch (...) {
      if (!state.error) state.error = std::current_exception();
    }
  }
  state.taken.clear();
}

void Loop::turn(const std::function<bool()> &go_on) {
  State &state = *state_;
  state.turn_time = now();
  run_inbox();

  // Only tasks that are due or ready now: one that sleeps or yields again waits for the next turn.
  const std::uint64_t mark = state.timers.mark();
  while (const auto handle = state.timers.pop(state.turn_time, mark)) handle.resume();
  for (WaitList *waiting : {&state.ready, &state.starts}) {
    WaitList now;
    now.take_all(*waiting);
    while (WaitNode *node = now.pop_front()) node->handle.resume();
  }
  reap();
  if (state.turn_end) state.turn_end();

  using std::chrono::milliseconds;
  milliseconds nap = std::chrono::hours(1);
  if (!state.ready.empty() || !state.starts.empty() || state.error || !go_on()) {
    nap = milliseconds(0);
  } else if (const auto due = state.timers.next_due()) {
    nap = std::clamp(std::chrono::ceil<milliseconds>(*due - now()), milliseconds(0), nap);
  }
  transport_.poll(nap);
  reap();
}

void Loop::run_while(const std::function<bool()> &go_on) {
  State &state = *state_;
  const std::function<bool()> keep_going = [&] {
    return !state.stopped.load(std::memory_order_acquire) && go_on();
  };
  while (keep_going()) {
    turn(keep_going);
    if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
  }
  state.stopped.store(false, std::memory_order_release);
}

void Loop::run() {
  run_while([] { return true; });
}

void Loop::run_until_idle() {
  run_while([this] { return tasks() != 0; });
}

std::optional<Clock::time_point> Loop::next_wake() const noexcept {
  return state_->timers.next_due();
}

Clock::time_point Loop::turn_time() const noexcept {
  return state_->turn_time;
}

std::size_t Loop::tasks() const noexcept {
  return state_->roots.size();
}

}  // namespace host
