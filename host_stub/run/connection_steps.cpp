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
  co_return outcome;
}

Task<bool> ConnectionSteps::renewed(OperationOutcome &outcome) {
  OperationError &error = outcome.error;
  const bool refused = outcome.kind == OperationOutcome::Kind::failed &&
                       error.error_class == ErrorClass::auth_expired;
  if (!refused || renewed_ || error.acted || token_version_ == 0) co_return false;
  renewed_ = true;
  const CredentialResult result = co_await exchange_.renew(connection_, token_version_);
  if (result.status == CredentialResult::Status::ok) co_return true;
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
  OperationOutcome outcome = co_await drive(plugin, start, steps);
  if (!co_await steps.renewed(outcome)) co_return outcome;
  const std::uint32_t requests = outcome.requests;
  outcome = co_await drive(plugin, start, steps);
  outcome.requests += requests;
  co_return outcome;
}

std::int64_t ConnectionSteps::now_unix_ms() const {
  return unix_ms_now();
}

}  // namespace host
