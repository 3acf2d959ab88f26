// The purpose of a poll, and of each scan in it.
#pragma once

#include <cstdint>

#include "cpi/sdk/detection/cursor.hpp"

namespace cpi::detection {

// The purpose of a poll.
enum class RunKind : std::uint8_t {
  baseline,  // rows are recorded and not reported
  normal,
  forced,  // every list is fully scanned, to find changes that counters and known pages do not show
};

// The purpose of a scan.
enum class Purpose : std::uint8_t {
  baseline,       // of the trigger: records, reports nothing
  late_baseline,  // of a list that could not be read before: records, reports nothing
  forced,         // reads every page, and requests the one after the last
  normal,         // stops once the rest is known
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

// The start of a scan.
enum class Start : std::uint8_t {
  fresh,     // at the first page
  next_day,  // at the first page of the next day of its window
  resumed,   // where a budget stopped it; the rows before are not available in this poll
};

}  // namespace cpi::detection
