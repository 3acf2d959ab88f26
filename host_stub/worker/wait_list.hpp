// A queue of suspended coroutines that allocates nothing: the links are part of the awaitables in
// the coroutines' frames. A destroyed node unlinks itself, so a coroutine that is destroyed while
// it waits leaves the queue. For one thread.
#pragma once

#include <coroutine>

namespace host {

class WaitNode {
 public:
  WaitNode() noexcept = default;
  WaitNode(const WaitNode &) = delete;
  WaitNode &operator=(const WaitNode &) = delete;
  ~WaitNode() { unlink(); }

  bool linked() const noexcept { return next_ != this; }
  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

  std::coroutine_handle<> handle;

 private:
  friend class WaitList;
  WaitNode *previous_ = this;
  WaitNode *next_ = this;
};

class WaitList {
 public:
  bool empty() const noexcept { return !ends_.linked(); }

  // The node must not be in a list.
  void push_back(WaitNode &node) noexcept {
    node.previous_ = ends_.previous_;
    node.next_ = &ends_;
    ends_.previous_->next_ = &node;
    ends_.previous_ = &node;
  }

  // Removes and returns the first node; null if the list is empty.
  WaitNode *pop_front() noexcept {
    if (empty()) return nullptr;
    WaitNode *first = ends_.next_;
    first->unlink();
    return first;
  }

  // Moves all nodes of `other` to the end. O(1)
  void take_all(WaitList &other) noexcept {
    if (other.empty()) return;
    ends_.previous_->next_ = other.ends_.next_;
    other.ends_.next_->previous_ = ends_.previous_;
    other.ends_.previous_->next_ = &ends_;
    ends_.previous_ = other.ends_.previous_;
    other.ends_.previous_ = other.ends_.next_ = &other.ends_;
  }

 private:
  WaitNode ends_;  // its `next_` is the first node, its `previous_` the last
};

}  // namespace host
