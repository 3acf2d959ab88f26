#include "control/probing.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "control/failure.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/language/network.hpp"
#include "probe/recording.hpp"

namespace host {

namespace {

namespace json = boost::json;

std::string why_unanswered(const HttpFailure &failure) {
  switch (failure.kind) {
    case NoResponse::dns:
      return "the service's name could not be resolved";
    case NoResponse::connect:
      return "the service could not be reached";
    case NoResponse::tls:
      return "the service's certificate could not be verified";
    case NoResponse::timeout:
      return "the service did not answer in time";
    case NoResponse::reset:
      return "the connection ended before the whole answer had arrived";
    case NoResponse::too_large:
      return "the answer is larger than the manifest allows";
    case NoResponse::denied:
      return "the host refused to send the request";
    case NoResponse::rate_limited:
      return "the account's rate limit left no room for the request";
    case NoResponse::no_credentials:
      return "the connection needs a new sign-in";
    case NoResponse::other:
      break;
  }
  return "there was no readable answer";
}

// The requests of a probe in their order; the values that they take stay in memory.
class ProbeReading : public Reading {
 public:
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
    if (!outcome.responded) {
      answer.state = ProbeAnswer::State::no_answer;
      answer.why = why_unanswered(outcome.failure);
      return;
    }
    answer = read_answer(std::move(outcome.response));
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

Failure no_probe(const cpi::manifest::Manifest &manifest) {
  OperationError error;
  error.error_class = ErrorClass::limitation;
  error.fault = Fault::connector;
  error.message = "The connector " + std::string(manifest.id()) + " has no probe.";
  error.advice = "Its authors can add one to the manifest: see `probe` in manifest.schema.json.";
  return Failure(std::move(error));
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

std::size_t ProbeReport::count(ProbeVerdict::Kind kind) const {
  return static_cast<std::size_t>(std::ranges::count(verdicts, kind, &ProbeVerdict::kind));
}

ProbeReport probe_connection(Session &session, OwnNetwork &network,
                             const ConnectionRecord &connection, const ProbeProgress &progress) {
  const auto plugin = session.catalogue().plugin(connection.plugin);
  const cpi::manifest::Manifest &manifest = plugin->manifest();
  const json::value *node = manifest.json().if_contains("probe");
  if (node == nullptr) throw no_probe(manifest);
  session.remember_secrets(plugin->files(), connection);

  ProbeReport report;
  report.probe = cpi::Probe::compile(*node, cpi::Network::compile(manifest.json()), "/probe");
  ProbeReading reading(report.probe, report.answers, progress);
  report.sent =
      network.read({connection, plugin, session.store(), session.key()}, "probe", reading);
  const bool any = std::ranges::any_of(report.answers, [](const auto &each) {
    return each.second.state == ProbeAnswer::State::answered;
  });
  if (!any) throw no_answers(report.answers, report.probe);

  const json::value *rules = manifest.json().if_contains("errors");
  const auto errors = rules == nullptr ? std::vector<cpi::ErrorRule>()
                                       : cpi::ErrorRule::compile_list(*rules, "/errors");
  for (const cpi::ProbeAssumption &assumption : report.probe.assumptions)
    report.verdicts.push_back(judge(report.probe, assumption, report.answers, errors));
  report.recording = recording_json(manifest, report.probe, report.answers, report.verdicts);
  return report;
}

}  // namespace host
