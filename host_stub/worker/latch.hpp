// Something that happens once and that any number of coroutines may wait for: a token renewed by
// one task for all, an answer fetched by one and wanted by twenty. Once set it stays set.
//
// For the loop's own thread. Waiters are resumed by the loop, after the one that called `set` has
// suspended, in the order in which they came; one destroyed before its turn is forgotten. The
// latch must outlive its waiters: share it among them.
#pragma once

#include <coroutine>

#include "worker/loop.hpp"
#include "worker/wait_list.hpp"

namespace host {

class Latch {
 public:
  explicit Latch(Loop &loop) noexcept : loop_(loop) {}
  Latch(const Latch &) = delete;
  Latch &operator=(const Latch &) = delete;
  ~Latch() = default;

  void set() noexcept {
    is_set_ = true;
    loop_.resume_soon(waiters_);
  }
  bool is_set() const noexcept { return is_set_; }

  struct Wait {
    Latch &latch;
    WaitNode node;
    bool await_ready() const noexcept { return latch.is_set_; }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      node.handle = handle;
      latch.waiters_.push_back(node);
    }
    void await_resume() const noexcept {}
  };
  Wait wait() noexcept { return Wait{*this, {}}; }

 private:
  Loop &loop_;
  WaitList waiters_;
  bool is_set_ = false;
};

}  // namespace host
