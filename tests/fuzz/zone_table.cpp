// Time zones: any name is a zone or none, and the instants at which its clocks show a time do show
// it. The input is the time as eight bytes, and the name.
#include <algorithm>

#include "cpi/zones/zone_rules.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::string_view input = fuzz::text_of(data, size);
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits |= std::uint64_t{fuzz::take_byte(input)} << (8 * i);
  // Within a thousand years of now: what the callers can make of RFC 3339.
  const std::int64_t wall = static_cast<std::int64_t>(bits % 63'000'000'000ULL) - 31'000'000'000;
  const auto zone = cpi::ZoneRules::find(input);
  if (!zone) return 0;
  const auto again = cpi::ZoneRules::find(zone->name());
  fuzz::promise(again && again->name() == zone->name(), "a zone is found by its own name");
  const auto instants = zone->instants_of(wall);
  fuzz::promise(std::ranges::is_sorted(instants), "instants are in order");
  for (const std::int64_t instant : instants)
    fuzz::promise(instant + zone->offset_at(instant) == wall,
                  "a clock shows what it was asked for");
  constexpr std::int64_t year = 366 * 86'400;
  const auto changes = zone->changes(wall - year, wall + year);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const cpi::ClockChange &change = changes[i];
    fuzz::promise(change.at > wall - year && change.at <= wall + year,
                  "a change is where it was asked for");
    fuzz::promise(zone->offset_at(change.at) == change.after &&
                      zone->offset_at(change.at - 1) == change.before,
                  "a change changes the offset");
    fuzz::promise(i == 0 || changes[i - 1].at < change.at, "changes are in order");
  }
  // Only where some clock is changed can a time be shown twice or not at all.
  if (instants.size() != 1)
    fuzz::promise(cpi::is_doubtful_somewhere(wall), "what is doubtful here is doubtful somewhere");
  return 0;
}
