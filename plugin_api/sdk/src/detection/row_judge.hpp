// Decides for each row whether it is reported, what is remembered of it, and which of two rows with
// the same key counts.
//
// The strategy compares the row with its remembered values: new, changed, or neither. `emits` and
// `when` define whether that is reported. Then the rules of the README apply:
//
//   rule 1   in a baseline nothing is reported
//   rule 3   an unreported row is remembered at once, a reported one only with its event
//   rule 12  a row that has never passed `when` waits, and is new when it first passes; after a
//            change of `when`, rows that pass stop waiting without an event
//   rule 13  of two rows with the same key, only one counts; of two with the same values, the one
//            that passes `when`. The decision for each row is kept until the end of the scan, so
//            that the second row can replace the first: its event is withdrawn, and the previously
//            remembered values are restored
//   rule 20  a doubtful new row is held for the next scan. It is known then and not reported yet,
//            so that a change of `when` does not silence it as it does other known rows
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backfill.hpp"
#include "event_maker.hpp"
#include "outbox.hpp"
#include "position.hpp"
#include "purpose.hpp"
#include "strategies.hpp"

namespace cpi::detection {

// A row of the list with a key.
struct KeyedRow {
  std::size_t index = 0;  // on its page
  std::uint64_t row = 0;  // hash of the key
  std::string_view key;
  const Slots &slots;
  bool doubtful = false;  // rule 20: if it is new, the next scan must show it as well
};

class RowJudge {
 public:
  RowJudge(const PollPlan &plan, const Terms &terms, Position &position, Outbox &outbox,
           const Backfill &backfill) noexcept
      : plan_(plan), terms_(terms), position_(position), outbox_(outbox), backfill_(backfill) {}

  // Begins a scan: no row has been seen yet.
  void begin();

  enum class Seen : std::uint8_t { fresh, changed, known };
  // Judges a row of the list; appends it to `wanted` if it is to be reported.
  Seen see(Shard &shard, Purpose purpose, const KeyedRow &row, std::vector<Wanted> &wanted);
  // The rows of this scan that wait for the next one.
  std::size_t held() const noexcept { return held_.size(); }
  // Handles a row that exists but no longer matches.
  void see_leave(const Shard &shard, std::uint64_t row);
  const std::unordered_set<std::uint64_t> &left() const noexcept { return left_; }

  // Ends the scan. True if it remembered values that no event will store.
  bool end();

 private:
  // The decision of this scan for a new or changed row.
  struct Judged {
    std::optional<Remembered> before;
    Remembered becomes;
    bool silently = false;  // already remembered, without an event
  };

  Judgement judge_row(const KeyedRow &row, const Remembered *old) const;
  bool waits_on(const Shard &shard, const Remembered *old, bool passes, bool twice) const;
  bool keep(std::uint64_t row, const Remembered *old, const Remembered &becomes, bool silently);
  void withdraw(Shard &shard, std::uint64_t row, std::vector<Wanted> &wanted);

  const PollPlan &plan_;
  const Terms &terms_;
  Position &position_;
  Outbox &outbox_;
  const Backfill &backfill_;
  std::unordered_map<std::uint64_t, Judged> judged_;
  std::unordered_set<std::uint64_t> left_;
  std::unordered_set<std::uint64_t> held_;
};

}  // namespace cpi::detection
