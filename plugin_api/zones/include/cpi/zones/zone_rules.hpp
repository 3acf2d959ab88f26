// The rules of time zones, from a table that is compiled in (src/zone_table.inc, written by
// make_zone_table.py from the distribution's tzdata). No file, environment or locale is read.
//
// All times are whole seconds. An instant is Unix time; a wall clock is what a clock of the zone
// shows, read as if it were UTC: 1970-01-02T00:00 is 86400 in every zone. Rules before 1970 are not
// kept: the offset that was in effect then also stands for earlier times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpi {

// The clocks of a zone are changed. Offsets are in seconds east of UTC.
struct ClockChange {
  std::int64_t at = 0;  // instant
  std::int32_t before = 0;
  std::int32_t after = 0;
};

class ZoneRules {
 public:
  // A name of the IANA database, old names included, without regard to case ("Europe/Kyiv",
  // "europe/kiev", "UTC"), or a fixed offset: "+03:00", "+0300", "+3", and the same behind "UTC" or
  // "GMT", where + is always east of UTC. Empty if it is neither. [any]
  static std::optional<ZoneRules> find(std::string_view name);

  // As the database spells it; of a fixed offset "UTC+03:00". [any]
  const std::string &name() const noexcept { return name_; }

  // [any]
  std::int32_t offset_at(std::int64_t instant) const noexcept;
  // The changes of the offset after `from`, until `until` inclusive, in order. [any]
  std::vector<ClockChange> changes(std::int64_t from, std::int64_t until) const;
  // The instants at which the zone's clocks show `wall`, in order: one; two or more where the
  // clocks are set back; none where they are set forward over it. [any]
  std::vector<std::int64_t> instants_of(std::int64_t wall) const;

  // What is known of a zone that a service names. A fixed offset may be all that there is to the
  // zone; it may also be what the clocks of a zone with summer time show at the moment (`now`). So
  // it is sure only where all zones agree that have this offset now; a zone with a name always is.

  // Whether offset_at(instant) is sure. [any]
  bool is_sure_at(std::int64_t instant, std::int64_t now) const;
  // Whether it is sure that the zone's clocks show `wall` exactly once. [any]
  bool surely_shows_once(std::int64_t wall, std::int64_t now) const;
  bool is_fixed_offset() const noexcept { return row_ < 0; }

 private:
  std::string name_;
  int row_ = -1;  // in the table; -1: a fixed offset
  std::int32_t fixed_ = 0;
};

// Whether there is a zone whose clocks show `wall` not exactly once. Only then does it matter which
// zone a wall clock is meant in. [any]
bool is_doubtful_somewhere(std::int64_t wall);

// The release of tzdata that the table was made from: "2025b". [any]
std::string_view zone_rules_version() noexcept;

}  // namespace cpi
