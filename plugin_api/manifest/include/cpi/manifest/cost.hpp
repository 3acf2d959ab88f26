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
  // The name of the input that selects one of the lists; empty: none does. From the trigger's
  // `detect`.
  std::string chosen_by;
};

// The account for which the requests of a day are calculated, where they grow: it has this many of
// everything that is counted (a day without new rows is no such thing). So many courses, bots or
// campaigns of a week are common in a busy account, and few have many more.
inline constexpr std::uint64_t of_each_in_large_account = 150;

// A trigger with more requests a day than that is added only when a person accepts its cost. Fifty
// triggers with so many use up the 500,000 requests that SendPulse allows a day in its free plan
// (its API documentation, rate limits). At the usual interval of 300 seconds it is 35 requests a
// poll: seven seconds of what polls may use, half of ten requests a second.
inline constexpr double costly_requests_a_day = 10'000;

// `trigger`: an entry of `triggers`. [any]
[[nodiscard]] StatedCost stated_cost(const boost::json::object &trigger);

// Rows count in each list: in each changed one if the count grows with `changed_lists`, otherwise
// in each that is read. Nothing for a count in words. [any]
[[nodiscard]] std::optional<double> requests_of(const RequestCount &count, const Amounts &amounts);

// What is in that account, for a trigger with this input: one list is read where the input selects
// one. [any]
[[nodiscard]] Amounts large_account(const StatedCost &cost, const boost::json::object &input);
// While nothing changes, with the polls that read everything. Nothing if no count is stated, or in
// words. [any]
[[nodiscard]] std::optional<double> requests_a_day(const StatedCost &cost, const Amounts &amounts,
                                                   double interval_s);

// "1 request", "1 request, and 1 more for each course". `when` comes after the first number:
// "1 request a poll when nothing changed, and 1 more for each course". [any]
[[nodiscard]] std::string text_of(const RequestCount &count, std::string_view when = {});
// `change`, with the number of polls if there are several. [any]
[[nodiscard]] std::string change_text(const StatedCost &cost);
// "every 6 hours"; empty where nothing is read in full. [any]
[[nodiscard]] std::string full_every_text(const StatedCost &cost);

}  // namespace cpi::manifest
