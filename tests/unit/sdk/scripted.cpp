#include "scripted.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/sdk/embedded_manifest.hpp"

namespace {

std::string current_manifest;

std::string text(cpi_str borrowed) {
  return std::string(cpi::view(borrowed));
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

// The test stands in for what the build compiles into a plugin.
namespace cpi {

std::string_view embedded_manifest_json() noexcept {
  return current_manifest;
}

const std::uint8_t (&embedded_manifest_sha256() noexcept)[32] {
  static constexpr std::uint8_t none[32] = {};
  return none;
}

}  // namespace cpi

namespace scripted {

boost::json::value json(std::string_view source) {
  return boost::json::parse(source);
}

boost::json::object object(std::string_view source) {
  return json(source).as_object();
}

Reply::Reply(Answer answer) : held_(std::move(answer)) {
  for (const auto &[name, value] : held_.headers) {
    headers_.push_back({cpi::borrow(name), cpi::borrow(value)});
  }
  answer_.struct_size = sizeof answer_;
  answer_.kind = held_.transport == 0 ? CPI_ANSWER_RESPONSE : CPI_ANSWER_NO_RESPONSE;
  if (held_.maybe_sent) answer_.flags = CPI_ANSWER_MAYBE_SENT;
  answer_.http_status = held_.transport == 0 ? held_.status : 0;
  answer_.now_unix_ms = now;
  answer_.transport = held_.transport;
  answer_.headers = headers_.data();
  answer_.header_count = headers_.size();
  if (held_.transport == 0) answer_.body = cpi::borrow_bytes(held_.body);
  if (held_.transport != 0) answer_.detail = cpi::borrow(held_.body);
}

std::string Sent::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto &each) { return same_name(each.first, name); });
  return found == headers.end() ? "" : found->second;
}

std::string manifest(std::string_view members) {
  auto whole = object(R"({
    "title": "SendPulse",
    "network": {"base_url": "https://api.sendpulse.com", "allowed_hosts": ["api.sendpulse.com"]},
    "auth": {"test": {"request": {"method": "GET", "path": "/user/info"}, "label": "/email"}}
  })");
  for (const auto &member : object(members)) whole[member.key()] = member.value();
  return boost::json::serialize(whole);
}

Outcome run(const std::string &manifest_json, cpi_operation_kind kind, std::string_view id,
            std::string_view input, const std::vector<Answer> &answers, cpi::Configure configure,
            std::uint32_t host_minor) {
  current_manifest = manifest_json;
  cpi_host host{.struct_size = sizeof host,
                .abi_minor = host_minor,
                .name = cpi::borrow("test"),
                .version = cpi::borrow("1")};
  cpi_connector *connector = nullptr;
  if (cpi::create_connector(&host, 0, configure, &connector) != CPI_OK) {
    // Says why, which a status can't.
    cpi::Connector reason(current_manifest);
    throw std::logic_error("the connector could not be made");
  }
  cpi_begin begin{};
  begin.struct_size = sizeof begin;
  begin.kind = kind;
  begin.id = cpi::borrow(id);
  begin.input = cpi::borrow(input);
  begin.mode = CPI_POLL_NORMAL;
  cpi_operation *operation = nullptr;
  if (cpi::begin_operation(connector, &begin, &operation) != CPI_OK) {
    cpi::destroy_connector(connector);
    throw std::logic_error("there is no such operation");
  }

  Outcome outcome;
  cpi_answer start{};
  start.struct_size = sizeof start;
  start.kind = CPI_ANSWER_START;
  start.now_unix_ms = now;
  cpi_step step{};
  step.struct_size = sizeof step;
  cpi_status status = cpi::next_step(operation, &start, &step);
  std::size_t used = 0;
  std::uint64_t waited = 0;
  while (status == CPI_OK && (step.kind == CPI_STEP_SEND || step.kind == CPI_STEP_WAIT)) {
    if (step.kind == CPI_STEP_WAIT) {
      waited += step.wait_ms;
      cpi_answer timer{};
      timer.struct_size = sizeof timer;
      timer.kind = CPI_ANSWER_TIMER;
      timer.now_unix_ms = now;
      status = cpi::next_step(operation, &timer, &step);
      continue;
    }
    Sent sent{.method = text(step.request->method),
              .url = text(step.request->url),
              .headers = {},
              .body = std::string(cpi::view(step.request->body)),
              .repeatable = (step.request->flags & CPI_REQUEST_REPEATABLE) != 0,
              .secret = (step.request->flags & CPI_REQUEST_SECRET) != 0,
              .shareable = (step.request->flags & CPI_REQUEST_SHAREABLE) != 0,
              .renews = (step.request->flags & CPI_REQUEST_RENEW_CREDENTIALS) != 0,
              .after_ms = std::exchange(waited, 0)};
    for (std::size_t i = 0; i < step.request->header_count; ++i) {
      sent.headers.emplace_back(text(step.request->headers[i].name),
                                text(step.request->headers[i].value));
    }
    outcome.sent.push_back(std::move(sent));
    if (used == answers.size()) {
      ADD_FAILURE() << "an unexpected request: " << outcome.sent.back().url;
      break;
    }
    // The answer dies before the next one: whoever keeps a view of it is found by the sanitizer.
    const Answer &answer = answers[used++];
    std::vector<cpi_header> headers;
    for (const auto &[name, value] : answer.headers) {
      headers.push_back({cpi::borrow(name), cpi::borrow(value)});
    }
    const std::string body = answer.body;
    cpi_answer raw{};
    raw.struct_size = sizeof raw;
    raw.now_unix_ms = now;
    if (answer.maybe_sent) raw.flags = CPI_ANSWER_MAYBE_SENT;
    if (answer.transport == 0) {
      raw.kind = CPI_ANSWER_RESPONSE;
      raw.http_status = answer.status;
      raw.headers = headers.data();
      raw.header_count = headers.size();
      raw.body = cpi::borrow_bytes(body);
    } else {
      raw.kind = CPI_ANSWER_NO_RESPONSE;
      raw.transport = answer.transport;
      raw.detail = cpi::borrow(body);
    }
    status = cpi::next_step(operation, &raw, &step);
  }
  EXPECT_EQ(status, CPI_OK);
  EXPECT_EQ(used, answers.size()) << "not all answers were asked for";
  if (status == CPI_OK && step.kind == CPI_STEP_DONE) {
    outcome.done = true;
    outcome.output = json(cpi::view(step.result->output));
    if (step.result->notes.size > 0) outcome.notes = json(cpi::view(step.result->notes));
  } else if (status == CPI_OK && step.kind == CPI_STEP_FAILED) {
    outcome.error_class = step.error->error_class;
    outcome.fault = step.error->fault;
    outcome.http_status = step.error->http_status;
    outcome.vendor_code = step.error->vendor_code;
    outcome.retry_after_ms = step.error->retry_after_ms;
    outcome.message = text(step.error->message);
    outcome.advice = text(step.error->advice);
    if (step.error->details.size > 0) outcome.details = json(cpi::view(step.error->details));
  }
  cpi::end_operation(operation);
  cpi::destroy_connector(connector);
  return outcome;
}

}  // namespace scripted
