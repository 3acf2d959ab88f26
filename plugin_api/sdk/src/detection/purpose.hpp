// What a poll, and each scan of a list in it, is for. Everything that depends on it asks this one
// value.
#pragma once

#include <cstdint>

#include "cpi/sdk/detection/cursor.hpp"

namespace cpi::detection {

// Of a poll.
enum class RunKind : std::uint8_t {
  baseline,  // rows are recorded and not reported
  normal,
  forced,  // every list is read whole, to find what counters and known pages may hide
};

// Of a scan.
enum class Purpose : std::uint8_t {
  baseline,       // the trigger's: records, reports nothing
  late_baseline,  // of a list that could not be read then: records, reports nothing
  forced,         // reads every page, and asks for the one after the last
  normal,         // stops where the rest is known
};

inline Purpose purpose_of(RunKind run, const Shard &shard) noexcept {
  if (run == RunKind::baseline) return Purpose::baseline;
  if (shard.quiet) return Purpose::late_baseline;
  if (run == RunKind::forced || shard.again || !shard.ready) return Purpose::forced;
  return Purpose::normal;
}

inline bool reports(Purpose purpose) noexcept {
  return purpose == Purpose::forced || purpose == Purpose::normal;
}

// Where a scan starts.
enum class Start : std::uint8_t {
  fresh,     // at the first page
  next_day,  // at the first page of the next day of its window
  resumed,   // where a budget stopped it; what it saw before is not known in this poll
};

}  // namespace cpi::detection
