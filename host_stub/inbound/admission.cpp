#include "inbound/admission.hpp"

namespace host::inbound {

void Admission::opened(Id id) {
  if (entries_.emplace(id, Entry{.since = ++now_}).second) ++anonymous_;
}

void Admission::closed(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  if (found->second.anonymous) --anonymous_;
  entries_.erase(found);
}

void Admission::shows_session(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.anonymous) return;
  found->second.anonymous = false;
  --anonymous_;
}

void Admission::waits_for_request(Id id) {
  enter(id, Phase::waiting);
}
void Admission::is_worked_for(Id id) {
  enter(id, Phase::worked_for);
}
void Admission::takes_answer(Id id) {
  enter(id, Phase::taking);
}

void Admission::enter(Id id, Phase phase) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.phase == phase) return;
  found->second.phase = phase;
  found->second.since = ++now_;
}

std::optional<Admission::Id> Admission::one_to_close() const {
  const auto anonymous = oldest(
      [](const Entry &entry) { return entry.anonymous && entry.phase != Phase::worked_for; });
  if (anonymous || anonymous_ >= most_anonymous_) return anonymous;
  return oldest([](const Entry &entry) { return entry.phase == Phase::waiting; });
}

template <typename Fits>
std::optional<Admission::Id> Admission::oldest(const Fits &fits) const {
  std::optional<Id> found;
  std::uint64_t since = 0;
  for (const auto &[id, entry] : entries_) {
    if (!fits(entry) || (found && entry.since >= since)) continue;
    found = id;
    since = entry.since;
  }
  return found;
}

}  // namespace host::inbound
