#include "plugins/drive.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cpi/json/document.hpp"
#include "plugins/plugin.hpp"
#include "plugins/request_preview.hpp"

namespace host {
namespace {

cpi_transport transport_of(NoResponse kind) {
  switch (kind) {
    case NoResponse::other:
      return CPI_TRANSPORT_OTHER;
    case NoResponse::dns:
      return CPI_TRANSPORT_DNS;
    case NoResponse::connect:
      return CPI_TRANSPORT_CONNECT;
    case NoResponse::tls:
      return CPI_TRANSPORT_TLS;
    case NoResponse::timeout:
      return CPI_TRANSPORT_TIMEOUT;
    case NoResponse::reset:
      return CPI_TRANSPORT_RESET;
    case NoResponse::too_large:
      return CPI_TRANSPORT_TOO_LARGE;
    case NoResponse::denied:
      return CPI_TRANSPORT_DENIED;
    case NoResponse::rate_limited:
      return CPI_TRANSPORT_RATE_LIMITED;
    case NoResponse::no_credentials:
      return CPI_TRANSPORT_NO_CREDENTIALS;
  }
  return CPI_TRANSPORT_OTHER;
}

OperationOutcome outcome_of(const PluginFault &fault) {
  OperationOutcome outcome;
  outcome.kind = OperationOutcome::Kind::failed;
  outcome.error.error_class = ErrorClass::plugin_fault;
  outcome.error.fault = Fault::connector;
  outcome.error.message = std::string("The connector broke the plugin contract: ") + fault.what();
  outcome.error.advice = "Report this to the connector's author. Your input is not the cause.";
  return outcome;
}

void take(OperationOutcome &outcome, const DoneStep &step) {
  outcome.kind = OperationOutcome::Kind::done;
  outcome.output = step.output;
  if (step.has_cursor) outcome.cursor.emplace(step.cursor.begin(), step.cursor.end());
  outcome.more = step.more;
  outcome.notes = step.notes;
}

void take(OperationOutcome &outcome, const FailedStep &step) {
  outcome.kind = OperationOutcome::Kind::failed;
  outcome.error.error_class = step.error_class;
  outcome.error.fault = step.fault;
  outcome.error.message = step.message;
  outcome.error.advice = step.advice;
  outcome.error.details = step.details;
  outcome.error.http_status = step.http_status;
  outcome.error.vendor_code = step.vendor_code;
  outcome.error.retry_after = step.retry_after;
}

// What one operation gave against its schema.
class SchemaNote {
 public:
  void check(const Operation &operation, std::string_view json) {
    SchemaCheck &check = operation.plugin().schema_check();
    Unfit found = check.check(operation.kind(), operation.id(), json);
    if (broken_ == 0) place_ = std::move(found.place);
    broken_ += found.count;
  }
  void check(const Operation &operation, const EventsStep &step) {
    for (const EventView &event :
         step.events.first(std::min(step.events.size(), SchemaCheck::most_events)))
      check(operation, event.data);
  }
  // For the user; empty if everything fitted.
  std::string sentence(const Operation &operation) const {
    if (broken_ == 0) return {};
    const bool poll = operation.kind() == OperationKind::poll;
    const std::string parts = std::string(poll ? "event" : "output") + (broken_ == 1 ? "" : "s");
    return (broken_ == 1 ? "One " : std::to_string(broken_) + " ") + parts + " of " +
           operation.title() + (broken_ == 1 ? " does" : " do") +
           " not fit the schema that the connector's manifest promises (first at " +
           (place_.empty() ? "the whole " + std::string(poll ? "event" : "output") : place_) +
           "). Report this to the connector's author.";
  }

 private:
  std::size_t broken_ = 0;
  std::string place_;  // JSON Pointer, of the first
};

// Where the kind of operation has its notes (cpi_result).
void add_note(OperationOutcome &outcome, OperationKind kind, std::string note) {
  if (kind == OperationKind::action || kind == OperationKind::test) {
    outcome.notes.push_back(std::move(note));
    return;
  }
  constexpr std::size_t deepest = 512;
  boost::json::error_code error;
  boost::json::value output =
      cpi::parse_document(outcome.output.empty() ? "{}" : outcome.output, error, deepest);
  if (error || !output.is_object()) return;
  boost::json::value &notes = output.get_object()["notes"];
  if (!notes.is_array()) notes.emplace_array();
  notes.get_array().emplace_back(note);
  outcome.output = cpi::write_document(output);
}

// Only the plugin knows whether the last answer refused the credentials.
bool refuses_credentials(const Step &step) {
  if (const auto *send = std::get_if<SendStep>(&step)) return send->renew_credentials;
  const auto *failed = std::get_if<FailedStep>(&step);
  return failed != nullptr && (failed->error_class == ErrorClass::auth_expired ||
                               failed->error_class == ErrorClass::needs_reauth);
}

// The request had no effect. 408 is not included: the request may have arrived.
bool was_refused(const HttpOutcome &sent) {
  if (!sent.responded) return !sent.failure.maybe_sent;
  const int status = sent.response.status;
  return status >= 400 && status < 500 && status != 408;
}

void borrow(const HttpResponse &response, std::vector<cpi_header> &into) {
  into.clear();
  into.reserve(response.headers.size());
  for (const HttpHeader &header : response.headers)
    into.push_back(
        {{header.name.data(), header.name.size()}, {header.value.data(), header.value.size()}});
}

// `operation` is a parameter, so it outlives every local below: a transfer that is aborted with the
// frame is destroyed before `end` is called.
Task<OperationOutcome> run(Operation operation, StepHandler &handler, bool dry_run,
                           HttpCredential credential) {
  OperationOutcome outcome;
  HttpOutcome sent;        // data borrowed by an answer; valid until the next one
  bool is_new = false;     // the plugin has not evaluated it yet
  bool may_count = false;  // the last answer is to a request that may have taken effect
  std::vector<cpi_header> headers;
  SchemaNote schema_note;
  Answer answer = Answer::start(handler.now_unix_ms());
  while (true) {
    std::optional<Step> step;
    try {
      step = operation.next(answer);
    } catch (const PluginFault &fault) {
      outcome.error = outcome_of(fault).error;
      co_return outcome;
    }

    const bool refused = refuses_credentials(*step);
    if (std::exchange(is_new, false) && !refused) handler.credentials_taken();
    // A request with refused credentials had no effect.
    if (std::exchange(may_count, false) && !refused && !std::holds_alternative<FailedStep>(*step))
      outcome.error.acted = true;
    if (const auto *send = std::get_if<SendStep>(&*step)) {
      ++outcome.requests;
      if (dry_run) {
        outcome.requests = 0;
        outcome.kind = OperationOutcome::Kind::dry_run;
        outcome.output = boost::json::serialize(request_preview(*send, credential));
        co_return outcome;
      }
      sent = co_await handler.send(*send);
      may_count = !send->repeatable && !was_refused(sent);
      const std::int64_t now = handler.now_unix_ms();
      is_new = sent.responded;
      if (sent.responded) {
        borrow(sent.response, headers);
        answer = Answer::response(now, sent.response.status, headers, sent.response.body);
        answer.maybe_sent = sent.failure.maybe_sent;
      } else {
        answer = Answer::no_response(now, transport_of(sent.failure.kind), sent.failure.maybe_sent,
                                     sent.failure.detail);
      }
    } else if (const auto *wait = std::get_if<WaitStep>(&*step)) {
      if (!dry_run) co_await handler.wait(wait->span);
      answer = Answer::timer(handler.now_unix_ms());
    } else if (const auto *batch = std::get_if<EventsStep>(&*step)) {
      schema_note.check(operation, *batch);
      bool stored = false;
      if (!dry_run) stored = co_await handler.store(*batch);
      if (!stored) {
        outcome.kind = OperationOutcome::Kind::abandoned;
        co_return outcome;
      }
      outcome.events += batch->events.size();
      answer = Answer::stored(handler.now_unix_ms());
    } else if (const auto *done = std::get_if<DoneStep>(&*step)) {
      take(outcome, *done);
      const OperationKind kind = operation.kind();
      if (kind != OperationKind::poll) schema_note.check(operation, outcome.output);
      std::string note = schema_note.sentence(operation);
      if (!note.empty()) add_note(outcome, kind, std::move(note));
      co_return outcome;
    } else {
      take(outcome, std::get<FailedStep>(*step));
      // The plugin does not get the time when there will be budget; the outcome has it.
      const bool unanswered = answer.kind == CPI_ANSWER_NO_RESPONSE;
      if (unanswered && outcome.error.retry_after.count() == 0)
        outcome.error.retry_after = sent.failure.retry_after;
      co_return outcome;
    }
  }
}

Task<OperationOutcome> never_begun(OperationOutcome outcome) {
  co_return outcome;
}

}  // namespace

Task<OperationOutcome> drive(const std::shared_ptr<const Plugin> &plugin,
                             const OperationStart &start, StepHandler &handler,
                             const DriveOptions &options) {
  try {
    return run(plugin->begin(start, options.limits), handler, options.dry_run, options.credential);
  } catch (const PluginFault &fault) {
    return never_begun(outcome_of(fault));
  }
}

Task<OperationOutcome> drive(const std::shared_ptr<const Plugin> &plugin,
                             const OperationStart &start, StepHandler &handler) {
  const DriveOptions options;
  return drive(plugin, start, handler, options);
}

}  // namespace host
