#include "probe/write_probe.hpp"

#include <algorithm>
#include <cstdint>

#include "cpi/language/failure.hpp"

namespace host {

namespace json = boost::json;

namespace {

using State = CleanupResult::State;

// A server error can come before, with or after the effect, and so can a request that timed out
// there.
bool is_over(const ProbeAnswer &answer) {
  return answer.state == ProbeAnswer::State::answered && answer.status < 500 &&
         answer.status != 408;
}

}  // namespace

std::string_view cleanup_state_name(State state) noexcept {
  switch (state) {
    case State::not_needed:
      return "not needed";
    case State::clean:
      return "clean";
    case State::left:
      return "left";
  }
  return "";
}

WriteProbe::WriteProbe(const cpi::ProbeWrites &writes, const json::value &place,
                       std::span<const cpi::ErrorRule> errors)
    : writes_(writes),
      place_(place),
      errors_(errors),
      scope_(writes.place.scope(place)),
      cleanup_(writes.cleanup.size()) {
  for (const cpi::ProbeRequest &each : writes_.asked.requests) {
    ProbeAnswer &answer = answers_[each.id];
    answer.why = "the request was not sent";
  }
  for (const cpi::ProbeCleanup &each : writes_.cleanup) {
    cpi::ProbeRequest undo;
    undo.id = each.id;
    undo.request = each.call.request;
    undo_requests_.push_back(std::move(undo));
  }
}

const cpi::ProbeRequest &WriteProbe::asked(const std::string &id) const {
  return *std::ranges::find(writes_.asked.requests, id, &cpi::ProbeRequest::id);
}

ProbeVerdict WriteProbe::judged(const std::string &id, const cpi::ProbeCheck &check) const {
  cpi::ProbeAssumption assumption;
  assumption.of = id;
  assumption.check = check;
  return judge(writes_.asked, assumption, answers_, errors_);
}

std::optional<WriteProbe::Next> WriteProbe::request_for(const std::string &id,
                                                        const cpi::ProbeCall &call, bool repeatable,
                                                        std::string &why) {
  try {
    built_ = call.build(scope_);
  } catch (const cpi::Failure &) {
    why = "the request cannot be made";
    return std::nullopt;
  }
  // The manifest's check has found this out before; nothing else may be touched all the same.
  if (!cpi::path_names(built_.url, place_)) {
    why = "the request does not name the " + writes_.place.title;
    return std::nullopt;
  }
  Next out;
  out.id = id;
  out.http.method = built_.method;
  out.http.url = built_.url;
  for (const cpi::Header &header : built_.headers)
    out.http.headers.push_back({header.name, header.value});
  out.http.body = {reinterpret_cast<const std::uint8_t *>(built_.body.data()), built_.body.size()};
  out.http.repeatable = repeatable;
  out.http.timeout = Milliseconds(0);
  out.http.max_response_bytes = 0;
  return out;
}

void WriteProbe::record(const std::string &id, const cpi::ProbeRequest &request,
                        const ProbeAnswer &answer) {
  exchanges_.push_back({&request, id, answer});
}

// ---- Conditions

void WriteProbe::start_conditions(Purpose purpose) {
  purpose_ = purpose;
  condition_ = 0;
  refusal_.reset();
  leftovers_.clear();
  if (purpose == Purpose::clean_up) due_.clear();
}

bool WriteProbe::applies(const cpi::ProbeCondition &condition) const noexcept {
  return purpose_ == Purpose::writes || !condition.empty;
}

cpi::ProbeCheck WriteProbe::check_of(const cpi::ProbeCondition &condition) const {
  if (!condition.place_at) return condition.check;
  cpi::ProbeCheck check;
  check.kind = cpi::ProbeCheck::Kind::value;
  check.name = "value";
  check.at = *condition.place_at;
  check.at_text = condition.place_at_text;
  check.values = {place_};
  if (!place_.is_string()) check.values.emplace_back(json::serialize(place_));
  return check;
}

std::optional<WriteProbe::Next> WriteProbe::next_condition() {
  while (condition_ < writes_.before.size() && !refusal_) {
    const cpi::ProbeBefore &before = writes_.before[condition_];
    if (std::ranges::none_of(before.conditions,
                             [this](const auto &each) { return applies(each); })) {
      ++condition_;
      continue;
    }
    std::string why;
    if (auto next = request_for(before.id, before.call, true, why)) return next;
    refusal_ = WriteRefusal{
        .undecided = true, .sentence = "A condition could not be checked.", .seen = why};
  }
  return std::nullopt;
}

void WriteProbe::condition_answered(HttpOutcome outcome) {
  const cpi::ProbeBefore &before = writes_.before[condition_++];
  ProbeAnswer &answer = answers_[before.id];
  answer = read_outcome(std::move(outcome));
  record(before.id, asked(before.id), answer);
  for (const cpi::ProbeCondition &condition : before.conditions) {
    if (!applies(condition)) continue;
    const ProbeVerdict verdict = judged(before.id, check_of(condition));
    if (verdict.kind == ProbeVerdict::Kind::holds) continue;
    const bool decided = verdict.kind == ProbeVerdict::Kind::does_not_hold;
    refusal_ = WriteRefusal{.undecided = !decided,
                            .not_empty = decided && condition.empty,
                            .sentence = decided ? condition.refusal
                                                : "It could not be checked whether the " +
                                                      writes_.place.title + " can be used.",
                            .seen = verdict.seen};
    return;
  }
}

// ---- What an interrupted probe left

std::optional<WriteProbe::Next> WriteProbe::next_leftover() {
  const bool wanted = refusal_ ? refusal_->not_empty : purpose_ == Purpose::clean_up;
  while (wanted && leftovers_.size() < writes_.cleanup.size()) {
    const cpi::ProbeCleanup &item = writes_.cleanup[leftovers_.size()];
    std::string why;
    if (auto next = request_for(item.id, item.verify, true, why)) return next;
    add_leftover({Leftover::State::unknown, why});
  }
  return std::nullopt;
}

void WriteProbe::leftover_answered(HttpOutcome outcome) {
  const cpi::ProbeCleanup &item = writes_.cleanup[leftovers_.size()];
  ProbeAnswer &answer = answers_[item.id];
  answer = read_outcome(std::move(outcome));
  record(item.id, asked(item.id), answer);
  const ProbeVerdict verdict = judged(item.id, item.check);
  using Kind = ProbeVerdict::Kind;
  Leftover found;
  found.seen = verdict.seen;
  if (verdict.kind == Kind::holds) found.state = Leftover::State::none;
  if (verdict.kind == Kind::does_not_hold) found.state = Leftover::State::found;
  add_leftover(std::move(found));
}

// A clean-up removes what is there, and is not done where nobody could look.
void WriteProbe::add_leftover(Leftover found) {
  const std::size_t index = leftovers_.size();
  if (purpose_ == Purpose::clean_up) {
    const bool unknown = found.state == Leftover::State::unknown;
    cleanup_[index].state = unknown ? State::left : State::not_needed;
    cleanup_[index].seen = unknown ? found.seen : std::string();
    if (found.state == Leftover::State::found) due_.insert(writes_.cleanup[index].id);
  }
  leftovers_.push_back(std::move(found));
}

// ---- Steps

std::optional<WriteProbe::Next> WriteProbe::next_step(std::size_t sent) {
  while (step_ < writes_.steps.size()) {
    const cpi::ProbeStep &step = writes_.steps[step_];
    ProbeAnswer &answer = answers_[step.id];
    std::string why;
    if (sent + cpi::Probe::most_attempts + writes_.reserve() > writes_.asked.max_requests) {
      why = "the probe had sent as many requests as it may";
    } else if (auto next = request_for(step.id, step.call, !step.call.writes, why)) {
      if (reads_ > 0 && step.until) next->wait = step.until->every;
      if (step.call.writes) {
        due_.insert(step.undo);
        in_flight_ = true;
      }
      return next;
    }
    // An answer of an earlier read of this step stays.
    if (reads_ == 0) answer.why = why;
    reads_ = 0;
    ++step_;
  }
  return std::nullopt;
}

void WriteProbe::step_answered(HttpOutcome outcome, Milliseconds now) {
  const cpi::ProbeStep &step = writes_.steps[step_];
  ProbeAnswer &answer = answers_[step.id];
  answer = read_outcome(std::move(outcome));
  record(step.id, asked(step.id), answer);
  ++reads_;
  if (step.call.writes) {
    in_flight_ = false;
    written_at_ = now;
    unsettled_ = unsettled_ || !is_over(answer);
  }
  if (step.until) {
    answer.reads = reads_;
    answer.waited = now - written_at_;
    answer.reached = judged(step.id, step.until->check).kind == ProbeVerdict::Kind::holds;
    if (!answer.reached && reads_ < step.until->times) return;
  }
  reads_ = 0;
  ++step_;
}

// ---- Clean-up

std::optional<WriteProbe::Next> WriteProbe::next_cleanup() {
  unsettled_ = unsettled_ || std::exchange(in_flight_, false);
  for (; item_ < writes_.cleanup.size(); next_cleanup_item()) {
    const cpi::ProbeCleanup &item = writes_.cleanup[item_];
    CleanupResult &result = cleanup_[item_];
    if (!due_.contains(item.id)) continue;
    if (result.state == State::not_needed)
      result = {State::left, "the clean-up did not come to its end"};
    std::string why;
    const bool undo = phase_ == Phase::undo;
    auto next = request_for(item.id, undo ? item.call : item.verify, true, why);
    if (!next) {
      result.seen = why;
      continue;
    }
    next->wait = pause_;
    return next;
  }
  return std::nullopt;
}

void WriteProbe::next_cleanup_item() {
  ++item_;
  phase_ = Phase::undo;
  tries_ = 0;
  confirmed_ = 0;
  pause_ = Milliseconds(0);
  undo_seen_.clear();
}

void WriteProbe::cleanup_answered(HttpOutcome outcome) {
  const cpi::ProbeCleanup &item = writes_.cleanup[item_];
  CleanupResult &result = cleanup_[item_];
  pause_ = Milliseconds(0);
  ProbeAnswer answer = read_outcome(std::move(outcome));
  if (phase_ == Phase::undo) {
    undo_seen_ = answer.state == ProbeAnswer::State::answered
                     ? "the clean-up was answered with HTTP " + std::to_string(answer.status)
                     : "the clean-up was not answered: " + answer.why;
    undo_failed_ = answer.state == ProbeAnswer::State::answered && !is_over(answer);
    record(item.id + " undo", undo_requests_[item_], answer);
    phase_ = Phase::verify;
    return;
  }
  record(item.id, asked(item.id), answer);
  answers_[item.id] = std::move(answer);
  const ProbeVerdict verdict = judged(item.id, item.check);
  // Where the service could not remove it, a list without it may only be out of date.
  if (verdict.kind == ProbeVerdict::Kind::holds && !undo_failed_) {
    result.seen = verdict.seen;
    ++confirmed_;
    if (confirmed_ < (unsettled_ ? 2U : 1U)) {
      result.seen += ", but an answer was lost";
      pause_ = settling;
      return;
    }
    result.state = State::clean;
    if (unsettled_) result.seen += ", verified twice because an answer was lost";
    next_cleanup_item();
    return;
  }
  result.seen = verdict.seen + "; " + undo_seen_;
  try_again_or_leave(result);
}

void WriteProbe::try_again_or_leave(CleanupResult &result) {
  confirmed_ = 0;
  phase_ = Phase::undo;
  if (++tries_ < cpi::ProbeCleanup::most_tries) {
    pause_ = Milliseconds(500) * (1U << tries_);
    return;
  }
  result.state = State::left;
  next_cleanup_item();
}

bool WriteProbe::all_clean() const noexcept {
  return std::ranges::none_of(cleanup_,
                              [](const CleanupResult &each) { return each.state == State::left; });
}

std::vector<ProbeVerdict> WriteProbe::verdicts() const {
  std::vector<ProbeVerdict> out;
  for (const cpi::ProbeAssumption &each : writes_.asked.assumptions)
    out.push_back(judge(writes_.asked, each, answers_, errors_));
  return out;
}

}  // namespace host
