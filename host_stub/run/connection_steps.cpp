#include "run/connection_steps.hpp"

#include <utility>

#include "base/clock.hpp"

namespace host {

namespace {

std::string text(cpi_str from) {
  return from.size == 0 ? std::string{} : std::string{from.data, from.size};
}

}  // namespace

ConnectionSteps::ConnectionSteps(Loop &loop, Exchange &exchange, std::string connection,
                                 std::string operation, RequestKind kind, Commit commit,
                                 Clock::time_point deadline)
    : loop_(loop),
      exchange_(exchange),
      connection_(std::move(connection)),
      operation_(std::move(operation)),
      kind_(kind),
      commit_(std::move(commit)),
      deadline_(deadline) {}

Task<HttpOutcome> ConnectionSteps::send(const SendStep &step) {
  ExchangeRequest request;
  request.connection = connection_;
  request.operation = operation_;
  request.input = input_;
  request.kind = kind_;
  request.credentials = step.credentials;
  request.secret = step.secret;
  request.shareable = step.shareable && shares_;
  request.deadline = deadline_;
  request.refusals = &refusals_;
  if (step.renew_credentials) request.refused_version = token_version_;
  request.http.method = step.method;
  request.http.url = step.url;
  request.http.headers.reserve(step.headers.size());
  for (const cpi_header &header : step.headers) {
    request.http.headers.push_back({text(header.name), text(header.value)});
  }
  request.http.body = step.body;
  request.http.timeout = step.timeout;
  request.http.max_response_bytes = step.max_response_bytes;
  request.http.repeatable = step.repeatable;

  HttpOutcome outcome = co_await exchange_.perform(std::move(request));
  token_version_ = outcome.token_version;
  may_be_taken_ = outcome.responded && outcome.response.status < 500;
  co_return outcome;
}

void ConnectionSteps::credentials_taken() {
  if (may_be_taken_ && token_version_ != 0) exchange_.accepted(connection_, token_version_);
}

Task<bool> ConnectionSteps::renewed(OperationOutcome &outcome) {
  OperationError &error = outcome.error;
  const bool refused = outcome.kind == OperationOutcome::Kind::failed &&
                       error.error_class == ErrorClass::auth_expired;
  if (!refused || error.acted || token_version_ == 0) co_return false;
  constexpr int most_renewals = 2;  // the second only if someone else has stored a token
  CredentialResult result = co_await exchange_.renew(connection_, token_version_, refusals_);
  if (result.status == CredentialResult::Status::ok) {
    if (++begun_again_ <= most_renewals) co_return true;
    result.status = CredentialResult::Status::unavailable;
    result.detail = "the service refuses every new token";
  }
  if (result.status == CredentialResult::Status::unavailable) {
    error.error_class = ErrorClass::unavailable;
    error.fault = Fault::vendor;
    error.message = "The sign-in has expired and cannot be renewed now: " + result.detail + '.';
    error.advice = "Try again later.";
    error.retry_after = result.retry_after;
  }
  co_return false;
}

Task<void> ConnectionSteps::wait(std::chrono::milliseconds span) {
  co_await loop_.sleep_for(span);
}

Task<bool> ConnectionSteps::store(const EventsStep &step) {
  if (!commit_) co_return false;
  co_return co_await commit_(step);
}

Task<OperationOutcome> drive_signed_in(std::shared_ptr<const Plugin> plugin, OperationStart start,
                                       ConnectionSteps &steps) {
  std::uint32_t requests = 0;
  for (;;) {
    OperationOutcome outcome = co_await drive(plugin, start, steps);
    requests += outcome.requests;
    outcome.requests = requests;
    const bool again = co_await steps.renewed(outcome);
    if (!again) co_return outcome;
  }
}

std::int64_t ConnectionSteps::now_unix_ms() const {
  return unix_ms_now();
}

}  // namespace host
