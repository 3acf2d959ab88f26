#include "control/choice_cache.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace host {

std::size_t ChoiceCache::Entry::size() const noexcept {
  return sizeof(Entry) + question.connection.size() + question.list.size() + question.page.size() +
         output.size();
}

template <typename Which>
void ChoiceCache::drop(const Which &which) {
  for (auto each = entries_.begin(); each != entries_.end();) {
    const auto next = std::next(each);
    if (which(*each)) {
      bytes_ -= each->size();
      entries_.erase(each);
    }
    each = next;
  }
}

std::optional<ChoiceCache::Found> ChoiceCache::find(const Question &question) {
  const Clock::time_point now = options_.now();
  const std::scoped_lock lock(mutex_);
  drop([now](const Entry &each) { return each.until <= now; });
  for (const Entry &each : entries_) {
    if (each.question.list == question.list && each.question.page == question.page &&
        each.question.connection == question.connection)
      return Found{each.output, std::chrono::duration_cast<std::chrono::seconds>(now - each.since)};
  }
  return std::nullopt;
}

void ChoiceCache::forget(std::string_view connection) {
  const std::scoped_lock lock(mutex_);
  drop([connection](const Entry &each) { return each.question.connection == connection; });
  for (Reading *reading : readings_)
    if (reading->question_.connection == connection) reading->outdated_ = true;
}

std::size_t ChoiceCache::pages() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

std::size_t ChoiceCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

ChoiceCache::Reading::Reading(ChoiceCache &cache, Question question, bool fresh)
    : cache_(cache), question_(std::move(question)) {
  const std::scoped_lock lock(cache_.mutex_);
  cache_.readings_.push_back(this);
  place_ = std::prev(cache_.readings_.end());
  if (!fresh) return;
  const auto same_list = [this](const Question &other) {
    return other.connection == question_.connection && other.list == question_.list;
  };
  cache_.drop([&](const Entry &each) { return same_list(each.question); });
  for (Reading *other : cache_.readings_)
    if (other != this && same_list(other->question_)) other->outdated_ = true;
}

ChoiceCache::Reading::~Reading() {
  const std::scoped_lock lock(cache_.mutex_);
  cache_.readings_.erase(place_);
}

void ChoiceCache::Reading::keep(std::string output, std::chrono::seconds lifetime) {
  if (lifetime <= std::chrono::seconds::zero()) return;
  const Clock::time_point now = cache_.options_.now();
  const std::scoped_lock lock(cache_.mutex_);
  if (outdated_) return;
  cache_.drop([&](const Entry &each) {
    const Question &other = each.question;
    return other.page == question_.page && other.list == question_.list &&
           other.connection == question_.connection;
  });
  Entry entry{
      .question = question_, .output = std::move(output), .since = now, .until = now + lifetime};
  const std::size_t size = entry.size();
  const ChoiceCacheOptions &most = cache_.options_;
  if (size > most.max_bytes / 8 || most.max_pages == 0) return;
  while (cache_.entries_.size() >= most.max_pages || cache_.bytes_ + size > most.max_bytes) {
    cache_.bytes_ -= cache_.entries_.front().size();
    cache_.entries_.pop_front();
  }
  cache_.entries_.push_back(std::move(entry));
  cache_.bytes_ += size;
}

}  // namespace host
