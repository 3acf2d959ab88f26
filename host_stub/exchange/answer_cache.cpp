// The cache of recent answers; a key is the connection's id, a line feed, and the request.
#include "exchange/answer_cache.hpp"

#include <iterator>
#include <utility>

namespace host {

namespace {

std::string start_of(std::string_view connection) {
  std::string start(connection);
  start += '\n';
  return start;
}

std::size_t size_of(const HttpOutcome &outcome) {
  constexpr std::size_t bookkeeping = 512;
  std::size_t size = bookkeeping + outcome.response.body.size();
  for (const HttpHeader &header : outcome.response.headers)
    size += sizeof(HttpHeader) + header.name.size() + header.value.size();
  return size;
}

bool is_success(const HttpOutcome &outcome) {
  return outcome.responded && outcome.response.status >= 200 && outcome.response.status < 300;
}

}  // namespace

AnswerCache::AnswerCache(Loop &loop, AnswerCacheOptions options) : loop_(loop), options_(options) {}

AnswerCache::Entrance AnswerCache::enter(std::string_view connection, std::string_view request,
                                         RequestKind kind, TimePoint now) {
  while (!kept_.empty() && kept_.front().until <= now) drop_oldest();
  std::string key = start_of(connection);
  key += request;
  if (const auto found = by_key_.find(key); found != by_key_.end())
    return {found->second->answer, nullptr, std::nullopt};
  std::shared_ptr<Flight> &flight = flights_[key];
  const bool may_join =
      flight && (kind == RequestKind::poll || flight->kind == RequestKind::action);
  if (may_join) return {nullptr, flight, std::nullopt};
  flight = std::make_shared<Flight>(loop_, kind);
  Entrance entrance;
  entrance.lead.emplace(Lead(*this, std::move(key), flight));
  return entrance;
}

void AnswerCache::forget(std::string_view connection) {
  const std::string start = start_of(connection);
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    const auto next = std::next(kept);
    if (kept->key.starts_with(start)) {
      bytes_ -= kept->size;
      by_key_.erase(kept->key);
      kept_.erase(kept);
    }
    kept = next;
  }
  std::erase_if(flights_, [&](const auto &each) { return each.first.starts_with(start); });
}

void AnswerCache::keep(const std::string &key, const Answer &answer, TimePoint now) {
  const std::size_t size = key.size() + size_of(*answer);
  if (size > options_.max_bytes / 8 || options_.max_answers == 0) return;
  if (const auto old = by_key_.find(key); old != by_key_.end()) {
    const auto place = old->second;
    bytes_ -= place->size;
    by_key_.erase(old);
    kept_.erase(place);
  }
  while (!kept_.empty() &&
         (kept_.size() >= options_.max_answers || bytes_ + size > options_.max_bytes))
    drop_oldest();
  kept_.push_back({key, answer, now + options_.lifetime, size});
  try {
    by_key_.emplace(kept_.back().key, std::prev(kept_.end()));
  } catch (...) {
    kept_.pop_back();
    throw;
  }
  bytes_ += size;
}

void AnswerCache::drop_oldest() noexcept {
  bytes_ -= kept_.front().size;
  by_key_.erase(kept_.front().key);
  kept_.pop_front();
}

void AnswerCache::land(const std::string &key, Flight &flight) noexcept {
  // A later request may have replaced the entry, or a change may have removed it.
  if (const auto found = flights_.find(key);
      found != flights_.end() && found->second.get() == &flight)
    flights_.erase(found);
  flight.landed.set();
}

AnswerCache::Lead::Lead(AnswerCache &cache, std::string key, std::shared_ptr<Flight> flight)
    : cache_(&cache),
      cache_alive_(cache.alive_),
      key_(std::move(key)),
      flight_(std::move(flight)) {}

AnswerCache::Lead::Lead(Lead &&other) noexcept
    : cache_(other.cache_),
      cache_alive_(std::move(other.cache_alive_)),
      key_(std::move(other.key_)),
      flight_(std::move(other.flight_)) {}

AnswerCache::Lead::~Lead() {
  if (!flight_) return;
  if (cache_alive_.expired())
    flight_->landed.set();
  else
    cache_->land(key_, *flight_);
}

void AnswerCache::Lead::publish(const HttpOutcome &outcome, TimePoint now) {
  flight_->answer = std::make_shared<const HttpOutcome>(outcome);
  const auto current = cache_->flights_.find(key_);
  const bool still_true = current != cache_->flights_.end() && current->second == flight_;
  if (still_true && is_success(outcome)) cache_->keep(key_, flight_->answer, now);
  cache_->land(key_, *flight_);
  flight_.reset();
}

}  // namespace host
