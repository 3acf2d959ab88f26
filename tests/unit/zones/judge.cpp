// Answers questions about time zones, one a line, for system_zones_test.py:
//   version                 -> the release of the table
//   offset ZONE INSTANT     -> seconds east of UTC
//   changes ZONE FROM UNTIL -> the instants of all changes
//   instants ZONE WALL      -> the instants at which the zone's clocks show that
// A zone that is unknown gets "unknown".
#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>

#include "cpi/zones/zone_rules.hpp"

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what;
    std::string name;
    std::int64_t first = 0;
    std::int64_t second = 0;
    words >> what >> name >> first >> second;
    if (what == "version") {
      std::cout << cpi::zone_rules_version() << '\n';
      continue;
    }
    const auto zone = cpi::ZoneRules::find(name);
    if (!zone) {
      std::cout << "unknown\n";
      continue;
    }
    std::string answer;
    if (what == "offset") {
      answer = std::to_string(zone->offset_at(first));
    } else if (what == "changes") {
      for (const auto &change : zone->changes(first, second)) {
        if (!answer.empty()) answer += ' ';
        answer += std::to_string(change.at);
      }
    } else {
      for (const auto instant : zone->instants_of(first)) {
        if (!answer.empty()) answer += ' ';
        answer += std::to_string(instant);
      }
    }
    std::cout << answer << '\n';
  }
}
