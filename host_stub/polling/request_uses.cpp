#include "polling/request_uses.hpp"

#include <utility>

namespace host {

namespace {

bool to_be_stored(const std::optional<RequestCounts> &stored, const RequestUse &use) {
  if (!stored) return true;
  const RequestUse before(*stored);
  return before.last() != use.last() || before.shown_average() != use.shown_average() ||
         use.polls() >= 2 * before.polls();
}

}  // namespace

RequestUses::Entry *RequestUses::entry(std::int64_t row) {
  if (const auto found = by_row_.find(row); found != by_row_.end()) return &found->second;
  if (by_row_.size() >= limit_) return nullptr;
  Entry entry;
  entry.stored = stored_(row);
  if (entry.stored) entry.use = RequestUse(*entry.stored);
  return &by_row_.emplace(row, std::move(entry)).first->second;
}

RequestUse RequestUses::counted(std::int64_t row, const Entry &entry) {
  if (to_be_stored(entry.stored, entry.use)) changed_.insert(row);
  return entry.use;
}

RequestUse RequestUses::add(std::int64_t row, RequestUse::Poll poll) {
  Entry *of = entry(row);
  if (of == nullptr) return {};
  of->use.add(poll);
  return counted(row, *of);
}

RequestUse RequestUses::add_failed(std::int64_t row, std::uint32_t requests) {
  Entry *of = entry(row);
  if (of == nullptr) return {};
  of->use.add_failed(requests);
  return counted(row, *of);
}

RequestUse RequestUses::add_baseline(std::int64_t row, std::uint32_t requests) {
  Entry *of = entry(row);
  if (of == nullptr) return {};
  of->use.add_baseline(requests);
  of->stored.reset();
  return counted(row, *of);
}

void RequestUses::keep_only(const std::function<bool(std::int64_t row)> &polled) {
  std::erase_if(by_row_, [&](const auto &entry) {
    return !polled(entry.first) && !changed_.contains(entry.first);
  });
}

std::vector<TriggerRequests> RequestUses::take_changed() {
  std::vector<TriggerRequests> taken;
  taken.reserve(changed_.size());
  for (const std::int64_t row : std::exchange(changed_, {})) {
    Entry &entry = by_row_.at(row);
    entry.stored = entry.use.counts();
    taken.push_back({row, entry.use.counts()});
  }
  return taken;
}

void RequestUses::put_back(const std::vector<TriggerRequests> &taken) {
  for (const TriggerRequests &each : taken) {
    const auto found = by_row_.find(each.trigger_row);
    if (found == by_row_.end()) continue;
    found->second.stored.reset();
    changed_.insert(each.trigger_row);
  }
}

}  // namespace host
