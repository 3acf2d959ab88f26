// Caches the choices of dropdowns for as long as the lookup's `cache_s` in the manifest says: a
// form with ten dropdowns that three people open sends each request once.
//
// It caches the output of a lookup. Answers to single requests are shared below it, for some
// seconds (exchange/answer_cache.hpp).
//
// Rule 1. Choices belong to the connection with its current credentials, the manifest, the lookup,
//   its input, the search and the page. With other credentials (somebody signed in again) or
//   another manifest (the plugin was replaced) they are not found.
// Rule 2. Only what the service returned is cached, never a failure.
// Rule 3. When an action may have changed something in a connection, all its choices are dropped,
//   and choices that are being read meanwhile are not cached: a list that was just created appears
//   in the dropdown. Changes made elsewhere (at the service itself, by a command of another
//   process) appear after a fresh request, or when the lifetime is over.
// Rule 4. A fresh request replaces all pages, since a new first page does not fit old others.
// Rule 5. Memory is bounded; the oldest entries are dropped first.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace host {

struct ChoiceCacheOptions {
  std::size_t max_pages = 1'000;
  std::size_t max_bytes = 16u << 20;  // in total; a page larger than an eighth is not cached
  std::function<Clock::time_point()> now = Clock::now;  // [any thread]
};

// [any thread]
class ChoiceCache {
 public:
  explicit ChoiceCache(ChoiceCacheOptions options = {}) : options_(std::move(options)) {}
  ChoiceCache(const ChoiceCache &) = delete;
  ChoiceCache &operator=(const ChoiceCache &) = delete;
  ~ChoiceCache() = default;

  struct Question {
    std::string connection;  // its id
    std::string list;        // a digest of everything in Rule 1 except the page
    std::string page;
  };
  struct Found {
    std::string output;        // of the operation, as JSON
    std::chrono::seconds age;  // since the service returned it
  };
  std::optional<Found> find(const Question &question);

  // Exists while the service is asked. A `fresh` one drops the cached pages of this list.
  class Reading {
   public:
    Reading(ChoiceCache &cache, Question question, bool fresh);
    ~Reading();
    Reading(const Reading &) = delete;
    Reading &operator=(const Reading &) = delete;

    // Caches the output, unless Rule 3 forbids it.
    void keep(std::string output, std::chrono::seconds lifetime);

   private:
    friend class ChoiceCache;
    ChoiceCache &cache_;
    Question question_;
    bool outdated_ = false;                 // guarded by the mutex of choices_
    std::list<Reading *>::iterator place_;  // in readings_
  };

  void forget(std::string_view connection);

  std::size_t pages() const;
  std::size_t bytes() const;

 private:
  struct Entry {
    Question question;
    std::string output;
    Clock::time_point since;
    Clock::time_point until;
    std::size_t size() const noexcept;
  };
  template <typename Which>
  void drop(const Which &which);

  const ChoiceCacheOptions options_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // oldest first
  std::size_t bytes_ = 0;
  std::list<Reading *> readings_;
};

}  // namespace host
