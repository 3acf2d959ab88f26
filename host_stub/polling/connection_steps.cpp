#include "polling/connection_steps.hpp"

#include <utility>

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

  co_return co_await exchange_.perform(std::move(request));
}

Task<void> ConnectionSteps::wait(std::chrono::milliseconds span) {
  co_await loop_.sleep_for(span);
}

Task<bool> ConnectionSteps::store(const EventsStep &step) {
  if (!commit_) co_return false;
  co_return co_await commit_(step);
}

std::int64_t ConnectionSteps::now_unix_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace host
