#include "control/probing.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "control/failure.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/language/network.hpp"
#include "probe/recording.hpp"
#include "probe/shape.hpp"

namespace host {

namespace {

namespace json = boost::json;

// The requests of a probe in their order; the values that they take stay in memory.
class ProbeReading : public Reading {
 public:
  using ProbeProgress = std::function<void(std::size_t, std::size_t, const std::string &)>;

  ProbeReading(const cpi::Probe &probe, ProbeAnswers &answers, const ProbeProgress &progress)
      : probe_(probe), answers_(answers), progress_(progress) {}

  std::optional<HttpRequest> next(int sent) override {
    while (at_ < probe_.requests.size()) {
      const cpi::ProbeRequest &request = probe_.requests[at_];
      ProbeAnswer &answer = answers_[request.id];
      if (std::cmp_greater(sent + cpi::Probe::most_attempts, probe_.max_requests)) {
        answer.why = "the probe had sent as many requests as it may";
      } else if (std::string lack = missing(request); !lack.empty()) {
        answer.why = std::move(lack);
      } else {
        try {
          HttpRequest built = build(request);
          if (progress_) progress_(at_ + 1, probe_.requests.size(), request.id);
          return built;
        } catch (const cpi::Failure &) {
          answer.why = "the account has no usable value for the request";
        }
      }
      ++at_;
    }
    return std::nullopt;
  }

  void answered(HttpOutcome outcome) override {
    const cpi::ProbeRequest &request = probe_.requests[at_++];
    ProbeAnswer &answer = answers_[request.id];
    answer = read_outcome(std::move(outcome));
    if (answer.status < 200 || answer.status > 299) return;
    const auto rows = rows_of(request, answer);
    if (!rows) return;
    counts_[request.id] = rows->size();
    for (const cpi::ProbeTake &take : request.take) take_value(take, *rows);
  }

 private:
  // Why a request cannot be made: what it needs was found nowhere.
  std::string missing(const cpi::ProbeRequest &request) const {
    for (const cpi::Read &read : request.request.reads()) {
      if (read.tokens.empty()) continue;
      const bool counts = read.tokens.front() == "count";
      if (counts && read.tokens.size() > 1 && !counts_.contains(read.tokens[1]))
        return "the request \"" + read.tokens[1] + "\" gave no list";
      if (!counts && !values_.contains(read.tokens.front()))
        return "the account has no such data: no answer had a value for \"" + read.tokens.front() +
               '"';
    }
    return {};
  }

  HttpRequest build(const cpi::ProbeRequest &request) const {
    json::object scope = values_;
    scope["count"] = counts_;
    const cpi::Request built = request.request.build({scope});
    HttpRequest out;
    out.method = built.method;
    out.url = built.url;
    for (const cpi::Header &header : built.headers)
      out.headers.push_back({header.name, header.value});
    out.repeatable = true;
    out.timeout = std::chrono::milliseconds(0);
    out.max_response_bytes = 0;
    return out;
  }

  void take_value(const cpi::ProbeTake &take, const std::vector<const json::value *> &rows) {
    const json::value *best = nullptr;
    std::optional<double> largest;
    for (const json::value *row : rows) {
      const json::value *found = take.from.find(*row);
      if (found == nullptr || found->is_null() || found->is_structured()) continue;
      std::optional<double> size;
      if (const json::value *number = take.largest ? take.largest->find(*row) : nullptr) {
        const auto read = comparable(*number);
        if (read && read->kind == Comparable::Kind::number) size = read->number;
      }
      if (best != nullptr && (!size || (largest && *size <= *largest))) continue;
      best = found;
      largest = size;
    }
    if (best != nullptr) values_[take.name] = *best;
  }

  const cpi::Probe &probe_;
  ProbeAnswers &answers_;
  const ProbeProgress &progress_;
  json::object values_;
  json::object counts_;
  std::size_t at_ = 0;
};

// The conditions of the writes, what an interrupted probe left, if that matters, and then, unless
// the conditions are asked for alone, the steps.
class WriteReading : public Reading {
 public:
  WriteReading(WriteProbe &probe, const ProbeListener &listener, std::size_t sent_before,
               bool with_steps, WriteProbe::Purpose purpose = WriteProbe::Purpose::writes)
      : probe_(probe), listener_(listener), sent_before_(sent_before), with_steps_(with_steps) {
    probe_.start_conditions(purpose);
  }

  std::optional<HttpRequest> next(int sent) override {
    part_ = Part::conditions;
    auto next = probe_.next_condition();
    if (!next) {
      part_ = Part::leftovers;
      next = probe_.next_leftover();
    }
    if (!next && with_steps_ && !probe_.refusal()) {
      part_ = Part::steps;
      next = probe_.next_step(sent_before_ + static_cast<std::size_t>(sent));
    }
    if (!next) return std::nullopt;
    if (listener_.writing) listener_.writing(next->id);
    wait_ = next->wait;
    return std::move(next->http);
  }
  std::chrono::milliseconds wait() const override { return wait_; }
  void answered(HttpOutcome outcome) override {
    if (part_ == Part::conditions) return probe_.condition_answered(std::move(outcome));
    if (part_ == Part::leftovers) return probe_.leftover_answered(std::move(outcome));
    probe_.step_answered(std::move(outcome), std::chrono::duration_cast<std::chrono::milliseconds>(
                                                 Clock::now().time_since_epoch()));
  }

 private:
  enum class Part { conditions, leftovers, steps };

  WriteProbe &probe_;
  const ProbeListener &listener_;
  std::size_t sent_before_;
  bool with_steps_;
  Part part_ = Part::conditions;
  std::chrono::milliseconds wait_{0};
};

class CleanupReading : public Reading {
 public:
  CleanupReading(WriteProbe &probe, const ProbeListener &listener)
      : probe_(probe), listener_(listener) {}

  std::optional<HttpRequest> next(int sent) override {
    sent_ = sent;
    auto next = probe_.next_cleanup();
    if (!next) return std::nullopt;
    if (listener_.cleaning && told_ != next->id) listener_.cleaning(next->id);
    told_ = next->id;
    wait_ = next->wait;
    return std::move(next->http);
  }
  std::chrono::milliseconds wait() const override { return wait_; }
  void answered(HttpOutcome outcome) override { probe_.cleanup_answered(std::move(outcome)); }
  // Of the whole run, as far as `next` was told.
  int sent() const noexcept { return sent_; }

 private:
  WriteProbe &probe_;
  const ProbeListener &listener_;
  std::string told_;
  int sent_ = 0;
  std::chrono::milliseconds wait_{0};
};

Failure no_writes(const cpi::manifest::Manifest &manifest) {
  OperationError error;
  error.error_class = ErrorClass::limitation;
  error.fault = Fault::connector;
  error.message = "The probe of the connector " + std::string(manifest.id()) +
                  " has no writes. Nothing was sent.";
  error.advice = "Probe the connection without --writes.";
  return Failure(std::move(error));
}

constexpr std::string_view test_and_try_again =
    "Test the connection with `connector-host connection test`, then try again.";

bool any_of_state(const std::vector<Leftover> &leftovers, Leftover::State state) {
  return std::ranges::any_of(leftovers,
                             [state](const Leftover &each) { return each.state == state; });
}

// ". In it ..." for each that was found; empty if none was.
std::string leftovers_text(const std::vector<Leftover> &leftovers) {
  std::string found;
  std::string unknown;
  for (const Leftover &each : leftovers) {
    std::string &text = each.state == Leftover::State::found ? found : unknown;
    if (each.state != Leftover::State::none) text += (text.empty() ? "" : "; ") + each.seen;
  }
  if (!found.empty()) return " An interrupted probe has left something in it: " + found + '.';
  if (!unknown.empty())
    return " Whether an interrupted probe has left something in it could not be checked: " +
           unknown + '.';
  return leftovers.empty() ? "" : " Nothing in it is of a probe: " + leftovers.front().seen + '.';
}

Failure place_refused(const cpi::ProbePlace &place, const json::value &id,
                      const ConnectionRecord &connection, const WriteRefusal &refusal,
                      const std::vector<Leftover> &leftovers) {
  OperationError error;
  error.error_class = refusal.undecided ? ErrorClass::unavailable : ErrorClass::invalid_input;
  error.fault = refusal.undecided ? Fault::vendor : Fault::user;
  error.message = "Nothing was written. " + refusal.sentence + " Seen: " + refusal.seen + '.' +
                  leftovers_text(leftovers);
  error.advice = refusal.undecided ? std::string(test_and_try_again) : place.make;
  if (any_of_state(leftovers, Leftover::State::found))
    error.advice = "To remove that, and nothing else, run `connector-host probe " + connection.id +
                   " --writes " +
                   (id.is_string() ? std::string(id.get_string()) : json::serialize(id)) +
                   " --clean-up`.";
  return Failure(std::move(error));
}

Failure leftovers_unknown(const std::vector<Leftover> &leftovers) {
  OperationError error;
  error.error_class = ErrorClass::unavailable;
  error.fault = Fault::vendor;
  error.message = "Nothing was removed." + leftovers_text(leftovers);
  error.advice = test_and_try_again;
  return Failure(std::move(error));
}

json::value place_value(const cpi::ProbePlace &place, const std::string &text) {
  if (auto value = place.value(text)) return std::move(*value);
  throw wrong_call("Nothing was sent. \"" + text + "\" cannot be the ID of a " + place.title + '.',
                   place.make);
}

// The writes of one probe, with all that their answers refer to.
class Writing {
 public:
  Writing(cpi::ProbeWrites writes, json::value place, std::vector<cpi::ErrorRule> errors,
          const ConnectionRecord &connection)
      : writes_(std::move(writes)),
        place_(std::move(place)),
        errors_(std::move(errors)),
        connection_(connection),
        probe_(writes_, place_, errors_) {}
  Writing(const Writing &) = delete;
  Writing &operator=(const Writing &) = delete;

  void check_place(OwnNetwork &network, const Account &account, const ProbeListener &listener) {
    WriteReading reading(probe_, listener, 0, false);
    sent_ += network.read(account, "probe", reading);
    refuse_place();
    listener.confirm(writes_, place_, nullptr);
  }

  LeftoverReport clean_up(OwnNetwork &network, const Account &account,
                          const ProbeListener &listener) {
    constexpr auto purpose = WriteProbe::Purpose::clean_up;
    WriteReading first(probe_, listener, 0, false, purpose);
    sent_ += network.read(account, "probe", first);
    refuse_place();
    const std::vector<Leftover> found = probe_.leftovers();
    if (!any_of_state(found, Leftover::State::found)) {
      if (any_of_state(found, Leftover::State::unknown)) throw leftovers_unknown(found);
      return {report(), found};
    }
    listener.confirm(writes_, place_, &found);
    WriteReading again(probe_, listener, 0, false, purpose);
    read_with_cleanup(network, account, listener, again);
    return {report(), found};
  }

  WriteReport run(OwnNetwork &network, const Account &account, const ProbeListener &listener) {
    WriteReading reading(probe_, listener, static_cast<std::size_t>(sent_), true);
    read_with_cleanup(network, account, listener, reading);
    return report();
  }

  json::array exchanges(const cpi::manifest::Manifest &manifest) const {
    Vocabulary vocabulary(manifest.json());
    vocabulary.add_own_texts(writes_.own_texts);
    return exchanges_json(probe_.exchanges(), vocabulary);
  }

 private:
  // Sends the probe's requests, and removes what they made also when it is interrupted.
  void read_with_cleanup(OwnNetwork &network, const Account &account, const ProbeListener &listener,
                         WriteReading &reading) {
    CleanupReading cleanup(probe_, listener);
    try {
      sent_ += network.read(account, "probe", reading, &cleanup);
    } catch (...) {
      sent_ += cleanup.sent();
      if (probe_.has_written() && listener.cleaned_after_interruption)
        listener.cleaned_after_interruption(report());
      throw;
    }
    refuse_place();
  }

  void refuse_place() const {
    if (probe_.refusal())
      throw place_refused(writes_.place, place_, connection_, *probe_.refusal(),
                          probe_.leftovers());
  }

  WriteReport report() const {
    return {writes_, place_, probe_.answers(), probe_.verdicts(), probe_.cleanup(), sent_};
  }

  cpi::ProbeWrites writes_;
  json::value place_;
  std::vector<cpi::ErrorRule> errors_;
  const ConnectionRecord &connection_;
  WriteProbe probe_;
  int sent_ = 0;
};

Failure no_probe(const cpi::manifest::Manifest &manifest) {
  OperationError error;
  error.error_class = ErrorClass::limitation;
  error.fault = Fault::connector;
  error.message = "The connector " + std::string(manifest.id()) + " has no probe.";
  error.advice = "Its authors can add one to the manifest: see `probe` in manifest.schema.json.";
  return Failure(std::move(error));
}

std::vector<cpi::ErrorRule> error_rules(const cpi::manifest::Manifest &manifest) {
  const json::value *rules = manifest.json().if_contains("errors");
  return rules == nullptr ? std::vector<cpi::ErrorRule>()
                          : cpi::ErrorRule::compile_list(*rules, "/errors");
}

Failure no_answers(const ProbeAnswers &answers, const cpi::Probe &probe) {
  const ProbeAnswer &first = answers.find(probe.requests.front().id)->second;
  OperationError error;
  error.error_class = ErrorClass::unavailable;
  error.fault = Fault::vendor;
  error.message = "No request of the probe was answered: " + first.why + '.';
  error.advice = "Test the connection with `connector-host connection test`, then try again.";
  return Failure(std::move(error));
}

}  // namespace

bool WriteReport::all_clean() const {
  return std::ranges::none_of(
      cleanup, [](const CleanupResult &each) { return each.state == CleanupResult::State::left; });
}

std::size_t ProbeReport::count(ProbeVerdict::Kind kind) const {
  auto out = std::ranges::count(verdicts, kind, &ProbeVerdict::kind);
  if (writes) out += std::ranges::count(writes->verdicts, kind, &ProbeVerdict::kind);
  return static_cast<std::size_t>(out);
}

ProbeReport probe_connection(Session &session, OwnNetwork &network,
                             const ConnectionRecord &connection,
                             const std::optional<std::string> &place,
                             const ProbeListener &listener) {
  const auto plugin = session.catalogue().plugin(connection.plugin);
  const cpi::manifest::Manifest &manifest = plugin->manifest();
  const json::value *node = manifest.json().if_contains("probe");
  if (node == nullptr) throw no_probe(manifest);
  const std::vector<cpi::ErrorRule> errors = error_rules(manifest);
  const cpi::Network hosts = cpi::Network::compile(manifest.json());

  ProbeReport report;
  report.probe = cpi::Probe::compile(*node, hosts, "/probe");
  std::optional<Writing> writing;
  if (place) {
    auto writes = cpi::ProbeWrites::compile(manifest.json(), hosts);
    if (!writes) throw no_writes(manifest);
    json::value id = place_value(writes->place, *place);
    writing.emplace(std::move(*writes), std::move(id), errors, connection);
  }
  session.remember_secrets(plugin->files(), connection);
  const Account account{connection, plugin, session.store(), session.key()};
  // A place that cannot be used is refused before the reads, and its conditions are checked again
  // directly before the writes.
  if (writing) writing->check_place(network, account, listener);

  ProbeReading reading(report.probe, report.answers, listener.reading);
  report.sent = network.read(account, "probe", reading);
  const bool any = std::ranges::any_of(report.answers, [](const auto &each) {
    return each.second.state == ProbeAnswer::State::answered;
  });
  if (!any) throw no_answers(report.answers, report.probe);
  for (const cpi::ProbeAssumption &assumption : report.probe.assumptions)
    report.verdicts.push_back(judge(report.probe, assumption, report.answers, errors));
  report.recording = recording_json(manifest, report.probe, report.answers, report.verdicts);
  if (!writing) return report;

  report.writes = writing->run(network, account, listener);
  const WriteReport &written = *report.writes;
  report.recording["writes"] = {{"requests", writing->exchanges(manifest)}};
  json::array &assumptions = report.recording["assumptions"].as_array();
  for (json::value &each : verdicts_json(written.writes.asked, written.answers, written.verdicts))
    assumptions.push_back(std::move(each));
  return report;
}

LeftoverReport clean_up_after_probe(Session &session, OwnNetwork &network,
                                    const ConnectionRecord &connection, const std::string &place,
                                    const ProbeListener &listener) {
  const auto plugin = session.catalogue().plugin(connection.plugin);
  const cpi::manifest::Manifest &manifest = plugin->manifest();
  auto writes = cpi::ProbeWrites::compile(manifest.json(), cpi::Network::compile(manifest.json()));
  if (!writes) throw no_writes(manifest);
  json::value id = place_value(writes->place, place);
  Writing writing(std::move(*writes), std::move(id), error_rules(manifest), connection);
  session.remember_secrets(plugin->files(), connection);
  return writing.clean_up(network, {connection, plugin, session.store(), session.key()}, listener);
}

}  // namespace host
