// A token endpoint that answers from a script, and two clocks that only move when told.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "auth/token_client.hpp"
#include "worker/loop.hpp"

namespace host::test {

inline HttpOutcome answered(int status, std::string body) {
  HttpOutcome outcome;
  outcome.responded = true;
  outcome.response.status = status;
  outcome.response.body = std::move(body);
  return outcome;
}

inline HttpOutcome token(const std::string &access, const std::string &refresh = "") {
  std::string body =
      R"({"access_token":")" + access + R"(","token_type":"Bearer","expires_in":3600)";
  if (!refresh.empty()) body += R"(,"refresh_token":")" + refresh + "\"";
  return answered(200, body + "}");
}

inline HttpOutcome unanswered(bool maybe_sent) {
  HttpOutcome outcome;
  outcome.failure.kind = maybe_sent ? NoResponse::reset : NoResponse::connect;
  outcome.failure.maybe_sent = maybe_sent;
  outcome.failure.detail = "no answer";
  return outcome;
}

class ScriptedEndpoint : public TokenEndpoint {
 public:
  explicit ScriptedEndpoint(Loop &loop) : loop_(loop) {}

  struct Seen {
    std::string url;
    std::string content_type;
    std::string authorization;
    std::string body;
  };
  std::deque<HttpOutcome> answers;
  std::vector<Seen> seen;
  std::function<void()> meanwhile;  // what happens between request and answer

  Task<HttpOutcome> post(const TokenRequest &request) override {
    seen.push_back({request.url, request.content_type, std::string(request.authorization.reveal()),
                    std::string(request.body.reveal())});
    for (int turn = 0; turn < 3; ++turn) co_await loop_.yield();
    if (meanwhile) meanwhile();
    if (answers.empty()) throw std::logic_error("one token request too many");
    HttpOutcome outcome = std::move(answers.front());
    answers.pop_front();
    co_return outcome;
  }

 private:
  Loop &loop_;
};

struct Clocks {
  Clock::time_point steady{std::chrono::hours{1000}};
  std::int64_t unix_ms = 1'700'000'000'000;

  void pass(std::chrono::milliseconds span) {
    steady += span;
    unix_ms += span.count();
  }
};

}  // namespace host::test
