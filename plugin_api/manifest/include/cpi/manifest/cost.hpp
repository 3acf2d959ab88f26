// What a trigger's polls cost in requests, as its manifest states it (`cost`), and how that grows
// with what there is in the account.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {

// How much there is in an account, and how much of it changed between two polls. In the manifest:
// lists, read_lists, changed_lists, rows, new_rows, watched_rows, quiet_days.
struct Amounts {
  std::uint64_t lists = 1;          // in the list that is read first, a gate
  std::uint64_t read_lists = 1;     // those of them that the trigger's input selects
  std::uint64_t changed_lists = 1;  // those of them in which something changed
  std::uint64_t rows = 1;           // in each of the lists that are read, or in the only one
  std::uint64_t new_rows = 1;       // in each of the changed lists; they are among `rows`
  std::uint64_t watched_rows = 0;   // asked for one by one
  std::uint64_t quiet_days = 0;     // since the newest row
};

// `requests` more for every `every` of what is counted beyond the first `beyond`.
struct CostGrowth {
  std::string counts;  // a name above
  std::string noun;    // singular if `every` is 1
  std::uint64_t requests = 1;
  std::uint64_t every = 1;  // 0: once, however many there are
  std::uint64_t beyond = 0;
  std::uint64_t most = UINT64_MAX;  // of what is counted
};

// The requests of one poll.
struct RequestCount {
  double requests = 0;
  std::vector<CostGrowth> more;
  std::string words;  // a count that is stated in words only; nothing else is set then
};

struct StatedCost {
  std::optional<RequestCount> idle;    // of a poll without changes
  std::optional<RequestCount> change;  // of a poll with changes
  int change_polls = 1;                // so many polls after a change cost that
  std::optional<RequestCount> full;    // of one poll in every `full_every_s`, which reads all
  std::int64_t full_every_s = 0;
  bool shared = false;  // other triggers of the account use the same answers
};

// `trigger`: an entry of `triggers`. [any]
[[nodiscard]] StatedCost stated_cost(const boost::json::object &trigger);

// Rows count in each list: in each changed one if the count grows with `changed_lists`, otherwise
// in each that is read. Nothing for a count in words. [any]
[[nodiscard]] std::optional<double> requests_of(const RequestCount &count, const Amounts &amounts);

// "1 request", "1 request, and 1 more for each course". `when` comes after the first number:
// "1 request a poll when nothing changed, and 1 more for each course". [any]
[[nodiscard]] std::string text_of(const RequestCount &count, std::string_view when = {});
// `change`, with the number of polls if there are several. [any]
[[nodiscard]] std::string change_text(const StatedCost &cost);
// "every 6 hours"; empty where nothing is read in full. [any]
[[nodiscard]] std::string full_every_text(const StatedCost &cost);

}  // namespace cpi::manifest
