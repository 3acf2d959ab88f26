// Shares the answers of identical reads of one account for a short time: twenty triggers that all
// need the list of mailing lists send one request. A request waits if an identical one is in
// flight.
//
// Not an HTTP cache: it ignores cache headers, keeps answers for seconds, and only those of
// requests marked shareable. For the loop's own thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exchange/request_kind.hpp"
#include "http/transport.hpp"
#include "worker/latch.hpp"
#include "worker/loop.hpp"

namespace host {

struct AnswerCacheOptions {
  std::chrono::milliseconds lifetime{20'000};
  std::size_t max_answers = 4'096;
  std::size_t max_bytes = 32u << 20;  // total; an answer larger than an eighth of it is not kept
};

class AnswerCache {
 public:
  using TimePoint = Clock::time_point;
  using Answer = std::shared_ptr<const HttpOutcome>;

  explicit AnswerCache(Loop &loop, AnswerCacheOptions options = {});
  AnswerCache(const AnswerCache &) = delete;
  AnswerCache &operator=(const AnswerCache &) = delete;
  ~AnswerCache() = default;

  // A request in flight that others can wait for.
  struct Flight {
    Flight(Loop &loop, RequestKind led_by) : landed(loop), kind(led_by) {}
    Latch landed;
    Answer answer;  // null after landing: the request was abandoned, and its waiters must ask again
    RequestKind kind;
  };

  // Held by the task that performs the request. Its destruction without `publish` wakes the
  // waiters. May outlive the cache.
  class Lead {
   public:
    Lead(Lead &&other) noexcept;
    Lead &operator=(Lead &&) = delete;
    Lead(const Lead &) = delete;
    Lead &operator=(const Lead &) = delete;
    ~Lead();
    // Waiters get every outcome; only a success is kept.
    void publish(const HttpOutcome &outcome, TimePoint now);

   private:
    friend class AnswerCache;
    Lead(AnswerCache &cache, std::string key, std::shared_ptr<Flight> flight);
    AnswerCache *cache_;
    std::weak_ptr<const bool> cache_alive_;
    std::string key_;
    std::shared_ptr<Flight> flight_;
  };

  // Exactly one of the three is set.
  struct Entrance {
    Answer answer;                   // a kept answer
    std::shared_ptr<Flight> flight;  // await flight->landed.wait(), then check flight->answer
    std::optional<Lead> lead;        // perform it, and publish
  };
  // An action does not wait for a poll's request, which may be waiting for the poll's budget.
  Entrance enter(std::string_view connection, std::string_view request, RequestKind kind,
                 TimePoint now);

  // A request changed data of this account: kept answers are out of date, and so are those in
  // flight (only their present waiters get them).
  void forget(std::string_view connection);

  std::size_t answers() const noexcept { return kept_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Kept {
    std::string key;
    Answer answer;
    TimePoint until;
    std::size_t size;
  };
  void keep(const std::string &key, const Answer &answer, TimePoint now);
  void drop_oldest() noexcept;
  void land(const std::string &key, Flight &flight) noexcept;

  Loop &loop_;
  AnswerCacheOptions options_;
  std::list<Kept> kept_;  // oldest first; all are kept equally long
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_key_;  // views into the list
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::size_t bytes_ = 0;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace host
