// A one-time event that any number of coroutines can wait for, such as a token that one task renews
// for all, or an answer that one task fetches for twenty. Once set it stays set.
//
// For the loop's own thread. The loop resumes the waiters in order of arrival, after the caller of
// `set` has suspended; a waiter that is destroyed first is skipped. The latch must outlive its
// waiters: let them share ownership.
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
