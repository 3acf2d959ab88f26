// GATE: a cheap list of counters shows which lists to read, until its counters are no longer
// trusted.
#include <algorithm>

#include "counters.hpp"
#include "strategies.hpp"

namespace cpi::detection {

std::optional<Days> gate_days(const GatePlan &gate, std::int64_t now_unix_ms) noexcept {
  if (!gate.window) return std::nullopt;
  constexpr std::int64_t day_ms = 86'400'000;
  const std::int64_t today = now_unix_ms / day_ms;
  return Days{today - gate.window->back_days, today + gate.window->ahead_days};
}

std::string pack_counters(const GatePlan &gate, const DigestKey &key, const Slots &slots) {
  std::string out;
  for (const std::size_t slot : gate.counters) pack(slots[slot], key, out);
  return out;
}

std::optional<std::uint64_t> count_of(const GatePlan &gate, const Slots &slots) {
  for (const std::size_t slot : gate.count) {
    const auto number = whole_number(slots[slot].text);
    if (slots[slot].identifies() && number && *number >= 0) {
      return static_cast<std::uint64_t>(*number);
    }
  }
  return std::nullopt;
}

bool needs_scan(const GatePlan &gate, const GateRow &row, const Shard *shard) noexcept {
  if (shard == nullptr) return true;
  if (shard->passed) return false;
  return !shard->ready || shard->again || shard->scan.running || shard->refusals > 0 ||
         gate.counters.empty() || shard->gate != row.counters;
}

Reconcile reconcile_due(const Cursor &cursor, std::int64_t now_unix_ms) noexcept {
  constexpr std::int64_t polls = 24;
  constexpr std::int64_t least_ms = 6 * 3'600'000LL;
  const std::int64_t age = now_unix_ms - cursor.forced_at;
  if (age < 0) return Reconcile::now;  // the clock was set back: start counting again
  if (age < least_ms) return Reconcile::no;
  return age / polls >= cursor.pace_ms ? Reconcile::now : Reconcile::perhaps;
}

}  // namespace cpi::detection
