// The judgement of a row: whether it is news, what is remembered of it, and which one stands for
// both where two rows have one key.
//
// The strategy says what the row is to what is remembered of it: new, changed, or neither. `emits`
// and `when` say whether that is reported. Then the rules of the README decide:
//
//   rule 1   in a baseline nothing is reported
//   rule 3   what is not reported is remembered at once, what is reported only with its event
//   rule 12  a row that `when` has never let through waits, and is new when it passes first; after
//            a change of `when`, rows that pass are no longer waiting, and no event is made
//   rule 13  of two rows with one key, one stands for both. What the scan made of each row is kept
//            until its end, so that the second one can take the place of the first: its event is
//            withdrawn, and what was remembered before is remembered again
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

// A row of the list that has a key.
struct KeyedRow {
  std::size_t index = 0;  // on its page
  std::uint64_t row = 0;  // hash of the key
  std::string_view key;
  const Slots &slots;
};

class RowJudge {
 public:
  RowJudge(const PollPlan &plan, const Terms &terms, Position &position, Outbox &outbox,
           const Backfill &backfill) noexcept
      : plan_(plan), terms_(terms), position_(position), outbox_(outbox), backfill_(backfill) {}

  // A scan begins: no row has been seen in it.
  void begin();

  enum class Seen : std::uint8_t { fresh, known };
  // A row of the list; what is to be reported is appended to `wanted`.
  Seen see(Shard &shard, Purpose purpose, const KeyedRow &row, std::vector<Wanted> &wanted);
  // A row that is there, and no more what is looked for.
  void see_leave(const Shard &shard, std::uint64_t row);
  const std::unordered_set<std::uint64_t> &left() const noexcept { return left_; }

  // The scan is at its end. True when it remembered something that no event will store.
  bool end();

 private:
  // What this scan made of a row that was not as it was remembered.
  struct Judged {
    std::optional<Remembered> before;
    Remembered becomes;
    bool silently = false;  // it is remembered already
  };

  Judgement judge_row(const KeyedRow &row, const Remembered *old) const;
  bool waits_on(const Shard &shard, const Remembered *old, bool passes) const;
  bool keep(std::uint64_t row, const Remembered *old, const Remembered &becomes, bool silently);
  void withdraw(Shard &shard, std::uint64_t row, std::vector<Wanted> &wanted);

  const PollPlan &plan_;
  const Terms &terms_;
  Position &position_;
  Outbox &outbox_;
  const Backfill &backfill_;
  std::unordered_map<std::uint64_t, Judged> judged_;
  std::unordered_set<std::uint64_t> left_;
};

}  // namespace cpi::detection
