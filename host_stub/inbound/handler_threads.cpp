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

void HandlerThreads::run(std::function<void()> job, bool for_stranger) {
  {
    const std::scoped_lock lock(mutex_);
    (for_stranger ? jobs_of_strangers_ : jobs_).push_back(std::move(job));
    const std::size_t to_begin = jobs_.size() + std::min(jobs_of_strangers_.size(),
                                                         most_for_strangers_ - strangers_running_);
    if (to_begin > idle_ && threads_.size() < most_) {
      try {
        threads_.emplace_back([this] { work(); });
      } catch (const std::system_error &) {
        // The existing threads will do it.
        if (threads_.empty()) {
          (for_stranger ? jobs_of_strangers_ : jobs_).pop_back();
          throw;
        }
      }
    }
  }
  changed_.notify_one();
}

bool HandlerThreads::has_job() const {
  return !jobs_.empty() ||
         (!jobs_of_strangers_.empty() && strangers_running_ < most_for_strangers_);
}

void HandlerThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return has_job() || ending_; });
    --idle_;
    // The threads that are running strangers' jobs will also take the remaining ones.
    if (!has_job()) return;
    const bool stranger = jobs_.empty();
    auto &queue = stranger ? jobs_of_strangers_ : jobs_;
    std::function<void()> job = std::move(queue.front());
    queue.pop_front();
    if (stranger) ++strangers_running_;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    if (!stranger) continue;
    --strangers_running_;
    if (has_job()) changed_.notify_one();
  }
}

}  // namespace host::inbound
