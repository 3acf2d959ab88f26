#include "inbound/handler_threads.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace host::inbound {

HandlerThreads::~HandlerThreads() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread &thread : threads_) thread.join();
}

void HandlerThreads::run(std::function<void()> job, bool anonymous) {
  {
    const std::scoped_lock lock(mutex_);
    (anonymous ? anonymous_jobs_ : jobs_).push_back(std::move(job));
    const std::size_t to_begin =
        jobs_.size() + std::min(anonymous_jobs_.size(), most_anonymous_ - anonymous_running_);
    if (to_begin > idle_ && threads_.size() < most_) {
      try {
        threads_.emplace_back([this] { work(); });
      } catch (const std::system_error &) {
        // The existing threads will do it.
        if (threads_.empty()) {
          (anonymous ? anonymous_jobs_ : jobs_).pop_back();
          throw;
        }
      }
    }
  }
  changed_.notify_one();
}

bool HandlerThreads::has_job() const {
  return !jobs_.empty() || (!anonymous_jobs_.empty() && anonymous_running_ < most_anonymous_);
}

void HandlerThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return has_job() || ending_; });
    --idle_;
    // The threads that are running anonymous jobs will also take the remaining ones.
    if (!has_job()) return;
    const bool anonymous = jobs_.empty();
    auto &queue = anonymous ? anonymous_jobs_ : jobs_;
    std::function<void()> job = std::move(queue.front());
    queue.pop_front();
    if (anonymous) ++anonymous_running_;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    if (!anonymous) continue;
    --anonymous_running_;
    if (has_job()) changed_.notify_one();
  }
}

}  // namespace host::inbound
