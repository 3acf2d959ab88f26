#include "verify_address.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/number.hpp"
#include "cpi/language/encoders.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/errors.hpp"

namespace sendpulse {

namespace {

namespace json = boost::json;

constexpr std::uint64_t first_pause_ms = 1000;
constexpr std::uint64_t longest_pause_ms = 15'000;
constexpr std::int64_t default_wait_s = 60;

// SendPulse writes numbers as texts now and then.
std::int64_t number_in(const json::object &object, std::string_view name) {
  const json::value *found = object.if_contains(name);
  if (found == nullptr) return 0;
  if (const auto *number = found->if_int64()) return *number;
  const auto *text = found->if_string();
  const auto parsed = text != nullptr ? cpi::parse_number(*text) : std::nullopt;
  return parsed && parsed->is_int64() ? parsed->get_int64() : 0;
}

// The checks of a finished verification. Status 0 is "unverified".
std::optional<json::object> checks_in(const json::value &answer) {
  const auto *body = answer.if_object();
  const json::value *data = body != nullptr ? body->if_contains("data") : nullptr;
  const json::value *checks =
      data != nullptr && data->is_object() ? data->get_object().if_contains("checks") : nullptr;
  if (checks == nullptr || !checks->is_object()) return std::nullopt;
  if (number_in(checks->get_object(), "status") == 0) return std::nullopt;
  return checks->get_object();
}

bool may_pass(cpi::ErrorClass failed) {
  switch (failed) {
    case cpi::ErrorClass::not_found:
    case cpi::ErrorClass::invalid_input:
    case cpi::ErrorClass::rate_limited:
    case cpi::ErrorClass::unavailable:
    case cpi::ErrorClass::timeout:
    case cpi::ErrorClass::bad_response:
      return true;
    default:
      return false;
  }
}

class Verifying {
 public:
  explicit Verifying(cpi::Call &call)
      : call_(call),
        errors_(cpi::ErrorTable::compile(call.connector.manifest().if_contains("errors"), "/errors",
                                         "SendPulse")),
        email_(call.input.at("email").as_string()) {
    const json::value *wait = call.input.if_contains("wait_s");
    left_ms_ = static_cast<std::uint64_t>(wait != nullptr ? wait->to_number<std::int64_t>()
                                                          : default_wait_s) *
               1000;
  }

  cpi::Task<cpi::Result> run() {
    co_await send();
    std::uint64_t pause = first_pause_ms;
    while (left_ms_ > 0) {
      const std::uint64_t now = std::min(pause, left_ms_);
      co_await call_.channel.wait_ms(now);
      left_ms_ -= now;
      pause = std::min(pause * 2, longest_pause_ms);
      std::optional<json::object> checks = co_await look();
      if (checks) co_return finished(std::move(*checks));
    }
    co_return answer({{"email", email_}, {"finished", false}});
  }

 private:
  cpi::Task<> send() {
    cpi::Request request;
    request.method = "POST";
    request.url = url("/send-single-to-verify");
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = json::serialize(json::object{{"email", email_}});
    // It costs: not to be sent twice.
    const cpi::Response response = co_await call_.channel.send(std::move(request));
    const json::value answer = errors_.read_json(response, false, call_.channel.now());
    if (cpi::change_flag_in(answer) != cpi::Flag::yes) {
      throw errors_.bad_answer(response, "does not report whether the request succeeded", false);
    }
  }

  // While there is no result SendPulse has nothing of that name, or says no. The address was sent
  // and is paid for, so trouble in passing does not end the wait either.
  cpi::Task<std::optional<json::object>> look() {
    cpi::Request request;
    request.url = url("/get-single-result?email=" + cpi::percent_encode(email_));
    request.repeatable = true;
    const cpi::Response response = co_await call_.channel.send(std::move(request));
    try {
      co_return checks_in(errors_.read_json(response, true, call_.channel.now()));
    } catch (const cpi::Failure &failure) {
      if (!may_pass(failure.error_class)) throw sent_without_result(failure);
    }
    co_return std::nullopt;
  }

  // Whoever is told to sign in or to wait, and then begins anew, pays twice.
  static cpi::Failure sent_without_result(const cpi::Failure &why) {
    cpi::Failure failure(
        cpi::ErrorClass::unknown_outcome, why.fault,
        "SendPulse accepted the address, but its result cannot be read: " + why.message,
        "Check the result in SendPulse before you verify this address again: "
        "each verification is charged.");
    failure.http_status = why.http_status;
    failure.vendor_code = why.vendor_code;
    return failure;
  }

  std::string url(const std::string &path) const {
    return std::string(call_.connector.base_url()) + "/verifier-service" + path;
  }

  cpi::Result finished(json::object checks) const {
    const std::int64_t status = number_in(checks, "status");
    for (auto &check : checks) {
      if (check.key() != "status_text") check.value() = number_in(checks, check.key());
    }
    return answer({{"email", email_},
                   {"finished", true},
                   {"status", status},
                   {"deliverable", status == 1},
                   {"checks", std::move(checks)}});
  }

  static cpi::Result answer(const json::object &output) {
    cpi::Result result;
    result.output = json::serialize(output);
    return result;
  }

  cpi::Call &call_;
  cpi::ErrorTable errors_;
  std::string email_;
  std::uint64_t left_ms_ = 0;
};

}  // namespace

cpi::Task<cpi::Result> verify_address(cpi::Call &call) {
  Verifying verifying(call);
  co_return co_await verifying.run();
}

}  // namespace sendpulse
