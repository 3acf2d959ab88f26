// The threads that make answers. They are started on demand, up to a limit; jobs wait while all are
// busy. Anonymous connections may use only a few at a time, and sessions come first.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace host::inbound {

class HandlerThreads {
 public:
  HandlerThreads(std::size_t threads, std::size_t anonymous)
      : most_(threads), most_anonymous_(anonymous) {}
  ~HandlerThreads();  // finishes all queued jobs
  HandlerThreads(const HandlerThreads &) = delete;
  HandlerThreads &operator=(const HandlerThreads &) = delete;

  // `job` must not throw. Throws std::system_error if no thread at all can be started. [any thread]
  void run(std::function<void()> job, bool anonymous);

 private:
  void work();
  bool has_job() const;

  std::size_t most_;
  std::size_t most_anonymous_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::deque<std::function<void()>> anonymous_jobs_;
  std::size_t anonymous_running_ = 0;
  std::size_t idle_ = 0;
  std::vector<std::thread> threads_;
  bool ending_ = false;
};

}  // namespace host::inbound
