// Identical reads of one account within a moment: twenty triggers that all want the list of
// mailing lists send one request. A request that finds another one in flight waits for its answer.
//
// Not an HTTP cache: it does not look at cache headers, holds answers for seconds, and only those
// that the plugin called shareable. For the loop's own thread.
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
  std::size_t max_bytes = 32u << 20;  // of all; an answer larger than an eighth is not kept
};

class AnswerCache {
 public:
  using TimePoint = Clock::time_point;
  using Answer = std::shared_ptr<const HttpOutcome>;

  explicit AnswerCache(Loop &loop, AnswerCacheOptions options = {});
  AnswerCache(const AnswerCache &) = delete;
  AnswerCache &operator=(const AnswerCache &) = delete;
  ~AnswerCache() = default;

  // A request in flight that others may wait for.
  struct Flight {
    Flight(Loop &loop, RequestKind led_by) : landed(loop), kind(led_by) {}
    Latch landed;
    Answer answer;  // null after landing: it was given up, and whoever waited asks again
    RequestKind kind;
  };

  // Held by whoever performs the request. Its end without `publish` tells those who wait. May
  // outlive the cache.
  class Lead {
   public:
    Lead(Lead &&other) noexcept;
    Lead &operator=(Lead &&) = delete;
    Lead(const Lead &) = delete;
    Lead &operator=(const Lead &) = delete;
    ~Lead();
    // Those who wait get the outcome, whatever it is; it is kept when it is a success.
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
    Answer answer;                   // here it is
    std::shared_ptr<Flight> flight;  // await flight->landed.wait(), then look at flight->answer
    std::optional<Lead> lead;        // perform it, and publish
  };
  // An action does not wait for a poll's request, which may be queueing behind the poll's budget.
  Entrance enter(std::string_view connection, std::string_view request, RequestKind kind,
                 TimePoint now);

  // Something was changed on this account: what was read before is old, and so is what is being
  // read (those who wait for it already do get it).
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
  std::list<Kept> kept_;  // oldest first; all live equally long
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_key_;  // views into the list
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::size_t bytes_ = 0;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace host
