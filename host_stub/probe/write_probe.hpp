// The course of a write probe: which request comes next, and what an answer means for it. No I/O:
// whoever owns the network sends the requests.
//
// 1. The conditions are asked for first. Unless all of them hold, nothing is written.
// 2. A write is sent once. If it has no answer, nobody knows whether it took effect, and the steps
//    go on: the next reads show it.
// 3. A clean-up is due as soon as the first of its steps was handed out, whatever its answer was,
//    and even if its answer never came because the program was interrupted.
// 4. A clean-up is believed only by its verification. If an answer was lost, the write may still
//    arrive: then the verification must hold twice, `settling` apart.
// 5. What is not clean after some tries is left to a person, and said.
// 6. No request is handed out that does not have the place's ID in its path.
// 7. A program that is killed cleans nothing up. Where only the emptiness of a place is wanting,
// the
//    verifications of the clean-ups are asked, which say whether what they remove is there: texts
//    of the manifest that can belong to nobody (cpi/language/probe_writes.hpp, rule 4), and so a
//    probe's own. A clean-up alone needs the other conditions, and is due for what was found.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cpi/language/error_rule.hpp"
#include "cpi/language/probe_writes.hpp"
#include "http/transport.hpp"
#include "probe/answer.hpp"
#include "probe/recording.hpp"
#include "probe/verdict.hpp"

namespace host {

// Why the place cannot be used.
struct WriteRefusal {
  bool undecided = false;  // a condition could not be checked
  bool not_empty = false;  // the other conditions before it hold
  std::string sentence;    // of the manifest
  std::string seen;        // without a period
};

struct CleanupResult {
  enum class State {
    not_needed,  // none of its steps was sent
    clean,       // verified
    left         // something is left, or may be
  };
  State state = State::not_needed;
  std::string seen;  // by the verification, or why there was none; without a period
};

// What a clean-up would remove, and whether it is in the place.
struct Leftover {
  enum class State { found, none, unknown };
  State state = State::unknown;
  std::string seen;  // by the verification, or why there was none; without a period
};

// "not needed", "clean", "left". [any]
std::string_view cleanup_state_name(CleanupResult::State state) noexcept;

class WriteProbe {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds settling{3000};

  struct Next {
    HttpRequest http;      // its body is valid until the next call
    std::string id;        // of the condition, step or clean-up
    Milliseconds wait{0};  // before it is sent
  };

  // What it is given must outlive it. `place`: a value of writes.place.
  WriteProbe(const cpi::ProbeWrites &writes, const boost::json::value &place,
             std::span<const cpi::ErrorRule> errors);

  enum class Purpose { writes, clean_up };  // a clean-up alone: the place need not be empty

  // Asks for the conditions alone, or again, since time has passed. `refusal` is known when `next`
  // has nothing more. `sent`: how many attempts were made for the whole probe so far. `now` is of
  // any clock that does not go back.
  void start_conditions(Purpose purpose = Purpose::writes);
  std::optional<Next> next_condition();
  void condition_answered(HttpOutcome outcome);
  const std::optional<WriteRefusal> &refusal() const noexcept { return refusal_; }

  // After the conditions, if only emptiness is wanting, or before a clean-up alone; else nothing.
  std::optional<Next> next_leftover();
  void leftover_answered(HttpOutcome outcome);
  void add_leftover(Leftover found);
  // One for each of writes.cleanup; empty unless they were asked for.
  const std::vector<Leftover> &leftovers() const noexcept { return leftovers_; }

  // After conditions that hold.
  std::optional<Next> next_step(std::size_t sent);
  void step_answered(HttpOutcome outcome, Milliseconds now);

  // At any time after the first step; may be called again for a request that was not answered.
  std::optional<Next> next_cleanup();
  void cleanup_answered(HttpOutcome outcome);

  // ---- What came of it
  bool has_written() const noexcept { return !due_.empty(); }
  bool all_clean() const noexcept;
  // One for each of writes.cleanup. What is still under way counts as left.
  const std::vector<CleanupResult> &cleanup() const noexcept { return cleanup_; }
  const ProbeAnswers &answers() const noexcept { return answers_; }
  const std::vector<ProbeExchange> &exchanges() const noexcept { return exchanges_; }
  std::vector<ProbeVerdict> verdicts() const;

 private:
  enum class Phase { undo, verify };

  const cpi::ProbeRequest &asked(const std::string &id) const;
  bool applies(const cpi::ProbeCondition &condition) const noexcept;
  cpi::ProbeCheck check_of(const cpi::ProbeCondition &condition) const;
  ProbeVerdict judged(const std::string &id, const cpi::ProbeCheck &check) const;
  std::optional<Next> request_for(const std::string &id, const cpi::ProbeCall &call,
                                  bool repeatable, std::string &why);
  void record(const std::string &id, const cpi::ProbeRequest &request, const ProbeAnswer &answer);
  void try_again_or_leave(CleanupResult &result);
  void next_cleanup_item();

  const cpi::ProbeWrites &writes_;
  const boost::json::value &place_;
  std::span<const cpi::ErrorRule> errors_;
  boost::json::object scope_;
  cpi::Request built_;

  Purpose purpose_ = Purpose::writes;
  std::size_t condition_ = 0;
  std::vector<Leftover> leftovers_;
  std::optional<WriteRefusal> refusal_;

  std::size_t step_ = 0;
  std::size_t reads_ = 0;  // of the present step
  bool in_flight_ = false;
  bool unsettled_ = false;  // a write has no answer that says that it is over
  Milliseconds written_at_{0};
  std::set<std::string, std::less<>> due_;  // clean-ups

  std::size_t item_ = 0;
  Phase phase_ = Phase::undo;
  std::size_t tries_ = 0;
  std::size_t confirmed_ = 0;
  Milliseconds pause_{0};
  bool undo_failed_ = false;  // the last clean-up was answered with a failure of the service
  std::string undo_seen_;

  std::vector<CleanupResult> cleanup_;
  ProbeAnswers answers_;
  std::vector<ProbeExchange> exchanges_;
  std::vector<cpi::ProbeRequest> undo_requests_;  // one for each clean-up, for the recording
};

}  // namespace host
