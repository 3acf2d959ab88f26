#include "store/committer.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace host {

namespace {

// One entry of the queue; a commit if `work` is empty.
struct Job {
  PollCommit commit;
  Committer::Done committed;
  std::function<void(Store &)> work;
  Committer::Written written;

  CommitResult result = CommitResult::stale;
  std::optional<StoreError> error;
};

// Bounds how long the first of a group waits for the last.
constexpr std::size_t group_size = 4096;

// Between two writes the order of commits is free, except for those of one trigger; in row order
// each page of the table is touched once.
void sort_between_writes(std::span<Job> jobs) {
  const auto is_write = [](const Job &job) { return static_cast<bool>(job.work); };
  auto first = jobs.begin();
  while (first != jobs.end()) {
    const auto last = std::find_if(first, jobs.end(), is_write);
    std::stable_sort(first, last, [](const Job &a, const Job &b) {
      return a.commit.trigger_row < b.commit.trigger_row;
    });
    first = last == jobs.end() ? last : std::next(last);
  }
}

void store_commits(Store &store, std::span<Job> jobs) {
  std::vector<const PollCommit *> commits;
  commits.reserve(jobs.size());
  for (const Job &job : jobs) commits.push_back(&job.commit);
  const std::vector<CommitResult> results = store.commit(commits);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].result = results[i];
}

void run_write(Store &store, Job &job) {
  try {
    store.transaction([&] { job.work(store); });
  } catch (const StoreError &error) {
    job.error = error;
  } catch (const std::exception &error) {
    job.error.emplace(StoreError::Kind::io, error.what());
  }
}

void store_all(Store &store, std::span<Job> jobs) {
  store.transaction([&] {
    for (std::size_t first = 0; first < jobs.size();) {
      if (jobs[first].work) {
        run_write(store, jobs[first++]);
        continue;
      }
      std::size_t last = first;
      while (last < jobs.size() && !jobs[last].work) ++last;
      store_commits(store, jobs.subspan(first, last - first));
      first = last;
    }
  });
}

}  // namespace

struct Committer::Impl {
  Impl(std::unique_ptr<Store> opened, std::function<void(const StoreError &)> on_failure)
      : store(std::move(opened)), failed(std::move(on_failure)), thread([this] { run(); }) {}

  ~Impl() {
    {
      const std::scoped_lock lock(mutex);
      stopping = true;
    }
    wake.notify_one();
    thread.join();
  }

  void enqueue(Job job) {
    {
      const std::scoped_lock lock(mutex);
      queue.push_back(std::move(job));
    }
    wake.notify_one();
  }

  void run() {
    std::vector<Job> jobs;
    for (;;) {
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        jobs.swap(queue);
      }
      for (std::size_t first = 0; first < jobs.size(); first += group_size) {
        const std::size_t size = std::min(group_size, jobs.size() - first);
        run_group(std::span(jobs).subspan(first, size));
      }
      jobs.clear();
    }
  }

  void run_group(std::span<Job> jobs) {
    sort_between_writes(jobs);
    std::optional<StoreError> group_error;
    try {
      store_all(*store, jobs);
    } catch (const StoreError &error) {
      group_error = error;
    } catch (const std::exception &error) {  // out of memory
      group_error.emplace(StoreError::Kind::io, error.what());
    }
    if (group_error && failed) failed(*group_error);
    for (Job &job : jobs) {
      if (!group_error && job.error && failed) failed(*job.error);
      answer(job, group_error ? &*group_error : job.error ? &*job.error : nullptr);
    }
  }

  static void answer(Job &job, const StoreError *error) {
    if (job.work) {
      if (job.written) job.written(error);
    } else if (job.committed) {
      job.committed(error != nullptr ? CommitResult::stale : job.result, error);
    }
  }

  std::unique_ptr<Store> store;
  std::function<void(const StoreError &)> failed;
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<Job> queue;
  bool stopping = false;
  std::thread thread;  // last: it uses all of the above
};

Committer::Committer(const StoreAddress &address, std::function<void(const StoreError &)> failed)
    : impl_(std::make_unique<Impl>(open_store(address), std::move(failed))) {}

Committer::~Committer() = default;

void Committer::commit(PollCommit commit, Done done) {
  Job job;
  job.commit = std::move(commit);
  job.committed = std::move(done);
  impl_->enqueue(std::move(job));
}

void Committer::write(std::function<void(Store &)> work, Written done) {
  Job job;
  job.work = std::move(work);
  job.written = std::move(done);
  impl_->enqueue(std::move(job));
}

}  // namespace host
