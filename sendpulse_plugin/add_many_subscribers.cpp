#include "add_many_subscribers.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/schema.hpp"
#include "cpi/language/encoders.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/errors.hpp"

namespace sendpulse {

namespace {

namespace json = boost::json;

constexpr std::size_t per_request = 100;

// SendPulse refuses all of a request when one address is bad: only such an answer is worth halving.
bool blames_an_address(const cpi::Failure &failure) {
  return failure.error_class == cpi::ErrorClass::invalid_input;
}

// The variable that SendPulse keeps a subscriber's phone in.
constexpr std::string_view phone_variable = "Phone";

struct Outcome {
  bool ok = false;
  std::string error;
};

class Adding {
 public:
  explicit Adding(cpi::Call &call)
      : call_(call),
        errors_(cpi::ErrorTable::compile(call.connector.manifest().if_contains("errors"), "/errors",
                                         "SendPulse")),
        subscribers_(call.input.at("subscribers").as_array()),
        outcomes_(subscribers_.size()) {}

  cpi::Task<cpi::Result> run() {
    refuse_what_is_no_address();
    take_phones();
    for (std::size_t from = 0; from < subscribers_.size(); from += per_request) {
      const std::size_t to = std::min(from + per_request, subscribers_.size());
      co_await add(from, to);
    }
    co_return result();
  }

 private:
  // What SendPulse would certainly refuse does not cost the others a request.
  void refuse_what_is_no_address() {
    for (std::size_t i = 0; i < subscribers_.size(); ++i) {
      const std::string_view email = subscribers_[i].at("email").as_string();
      const std::size_t at = email.find('@');
      if (at == 0 || at == std::string_view::npos || at + 1 == email.size() || email.size() > 254 ||
          email.find_first_of(" \t\r\n,;") != std::string_view::npos) {
        outcomes_[i].error = "This is not an email address.";
      }
    }
  }

  // As rows of the request: a phone goes into its variable, as digits.
  void take_phones() {
    const cpi::Encoder *digits = cpi::find_encoder("digits");
    rows_.reserve(subscribers_.size());
    for (std::size_t i = 0; i < subscribers_.size(); ++i) {
      json::object row = subscribers_[i].as_object();
      if (const json::value *phone = row.if_contains("phone")) {
        try {
          json::value &variables = row["variables"];
          if (!variables.is_object()) variables = json::object();
          variables.get_object()[phone_variable] = digits->encode(*phone);
        } catch (const std::invalid_argument &error) {
          if (outcomes_[i].error.empty())
            outcomes_[i].error = "The phone " + std::string(error.what()) + '.';
        }
        row.erase("phone");
      }
      rows_.push_back(std::move(row));
    }
  }

  cpi::Task<> add(std::size_t from, std::size_t to) {
    cpi::Request request = build(from, to);
    if (request.body.empty()) co_return;
    const bool repeatable = request.repeatable;
    const cpi::Response response = co_await call_.channel.send(std::move(request));
    std::string error;
    bool halve = false;
    try {
      const auto answer = errors_.read_json(response, repeatable, call_.channel.now());
      if (cpi::change_flag_in(answer) != cpi::Flag::yes) {
        throw errors_.bad_answer(response, "does not report whether the request succeeded",
                                 repeatable);
      }
    } catch (const cpi::Failure &failure) {
      halve = blames_an_address(failure);
      // Before anything was taken there is nothing to report but the failure itself.
      if (accepted_ == 0 && !halve) throw;
      error = failure.message;
    }
    if (halve && to - from > 1) {
      const std::size_t middle = from + (to - from) / 2;
      co_await add(from, middle);
      co_await add(middle, to);
      co_return;
    }
    for (std::size_t i = from; i < to; ++i) {
      if (!outcomes_[i].error.empty()) continue;
      outcomes_[i] = {error.empty(), error};
      accepted_ += error.empty() ? 1 : 0;
    }
  }

  cpi::Request build(std::size_t from, std::size_t to) const {
    json::array emails;
    for (std::size_t i = from; i < to; ++i) {
      if (outcomes_[i].error.empty()) emails.push_back(rows_[i]);
    }
    cpi::Request request;
    if (emails.empty()) return request;
    json::object body{{"emails", std::move(emails)}};
    for (const std::string_view option : {"tags", "dont_update", "disable_webhook"})
      if (const json::value *given = call_.input.if_contains(option)) body[option] = *given;
    request.method = "POST";
    request.url = std::string(call_.connector.base_url()) + "/addressbooks/" +
                  json::serialize(call_.input.at("list_id")) + "/emails";
    request.headers.push_back({"content-type", "application/json"});
    request.body = json::serialize(body);
    // An address that is in the list already is rewritten or left alone, not added again.
    request.repeatable = true;
    return request;
  }

  cpi::Result result() const {
    json::array items;
    items.reserve(outcomes_.size());
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
      json::object item{{"email", subscribers_[i].at("email")}, {"ok", outcomes_[i].ok}};
      if (!outcomes_[i].ok) item["error"] = outcomes_[i].error;
      items.push_back(std::move(item));
    }
    cpi::Result result;
    result.output = json::serialize(json::object{{"added", accepted_},
                                                 {"failed", outcomes_.size() - accepted_},
                                                 {"items", std::move(items)}});
    return result;
  }

  cpi::Call &call_;
  cpi::ErrorTable errors_;
  const json::array &subscribers_;
  json::array rows_;
  std::vector<Outcome> outcomes_;
  std::size_t accepted_ = 0;
};

}  // namespace

cpi::Task<cpi::Result> add_many_subscribers(cpi::Call &call) {
  Adding adding(call);
  co_return co_await adding.run();
}

}  // namespace sendpulse
