#include "conversation.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

#include "well_formed.hpp"

namespace contract {
namespace {

std::string text(cpi_str s) {
  return std::string(view(s));
}
std::string text(cpi_bytes b) {
  return {reinterpret_cast<const char *>(b.data), b.size};
}

bool is_token(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::optional<std::string> fault_of_request(const Step &step) {
  if (!is_token(step.method) || std::ranges::any_of(step.method, [](char c) {
        return std::islower(static_cast<unsigned char>(c)) != 0;
      })) {
    return "method is no token in upper case: " + step.method;
  }
  if (!step.url.starts_with("https://") ||
      std::ranges::any_of(step.url, [](char c) { return c <= ' ' || c == '\x7F'; })) {
    return "URL is not absolute, https and without white space: " + step.url;
  }
  for (const auto &[name, value] : step.headers) {
    if (!is_token(name)) return "header name is no token: " + name;
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return "header value has a line break: " + name;
    }
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_error(const Step &step) {
  if (step.error_class < CPI_CLASS_PLUGIN_FAULT || step.error_class > CPI_CLASS_LIMITATION) {
    return "unknown error class " + std::to_string(step.error_class);
  }
  if (step.fault < CPI_FAULT_USER || step.fault > CPI_FAULT_HOST) {
    return "unknown fault " + std::to_string(step.fault);
  }
  if (step.message.empty()) return "the error has no message";
  for (const auto &said : {step.message, step.advice}) {
    if (!is_utf8(said)) return "the error is no UTF-8";
  }
  if (!step.details.empty() && !is_json(step.details)) return "details is no JSON: " + step.details;
  return std::nullopt;
}

std::optional<std::string> fault_of_batch(const Step &step) {
  for (const auto &event : step.events) {
    if (event.key.empty() || !is_utf8(event.key)) return "an event has no proper key";
    if (!is_utf8(event.subject)) return "an event's subject is no UTF-8";
    if (!is_json(event.data) || event.data.front() != '{') {
      return "an event's data is no JSON object: " + event.data;
    }
  }
  return std::nullopt;
}

}  // namespace

Step copy_step(const cpi_step &step) {
  Step copy;
  copy.kind = step.kind;
  copy.wait_ms = step.wait_ms;
  if (step.request != nullptr) {
    const auto &request = *step.request;
    copy.flags = request.flags;
    copy.method = text(request.method);
    copy.url = text(request.url);
    copy.body = text(request.body);
    for (std::size_t i = 0; i < request.header_count; ++i) {
      copy.headers.emplace_back(text(request.headers[i].name), text(request.headers[i].value));
    }
    copy.timeout_ms = request.timeout_ms;
    copy.max_response_bytes = request.max_response_bytes;
  }
  if (step.batch != nullptr) {
    for (std::size_t i = 0; i < step.batch->event_count; ++i) {
      const auto &event = *step.batch->events[i];
      copy.events.push_back({text(event.key), text(event.subject), text(event.data)});
    }
    copy.cursor = text(step.batch->cursor);
  }
  if (step.result != nullptr) {
    copy.flags = step.result->flags;
    copy.output = text(step.result->output);
    copy.cursor = text(step.result->cursor);
    if (CPI_HAS(step.result, cpi_result, notes)) copy.notes = text(step.result->notes);
  }
  if (step.error != nullptr) {
    const auto &error = *step.error;
    copy.error_class = error.error_class;
    copy.fault = error.fault;
    copy.http_status = error.http_status;
    copy.vendor_code = error.vendor_code;
    copy.retry_after_ms = error.retry_after_ms;
    copy.message = text(error.message);
    copy.advice = text(error.advice);
    copy.details = text(error.details);
  }
  return copy;
}

std::optional<std::string> fault_of(const Step &step, cpi_operation_kind kind) {
  switch (step.kind) {
    case CPI_STEP_SEND:
      return fault_of_request(step);
    case CPI_STEP_WAIT:
      return std::nullopt;
    case CPI_STEP_EVENTS:
      if (kind != CPI_KIND_POLL) return "EVENTS outside a poll";
      return fault_of_batch(step);
    case CPI_STEP_DONE:
      if (step.output.empty() && kind != CPI_KIND_POLL) return "DONE without output";
      if (!step.output.empty() && !is_json(step.output)) return "output is no JSON: " + step.output;
      if (!step.notes.empty() && (!is_json(step.notes) || step.notes.front() != '[')) {
        return "notes are no JSON list: " + step.notes;
      }
      return std::nullopt;
    case CPI_STEP_FAILED:
      return fault_of_error(step);
    default:
      return "unknown step " + std::to_string(step.kind);
  }
}

std::string class_name(cpi_class error_class) {
  static constexpr std::array names = {"no class",     "plugin_fault", "invalid_input",
                                       "auth_expired", "needs_reauth", "app_misconfigured",
                                       "forbidden",    "not_found",    "conflict",
                                       "rate_limited", "quota",        "too_large",
                                       "unavailable",  "timeout",      "unknown_outcome",
                                       "bad_response", "limitation"};
  const auto index = static_cast<std::size_t>(error_class);
  return index < names.size() ? names.at(index) : std::to_string(error_class);
}

Answer start() {
  return {};
}

Answer response(std::int32_t status, std::string body) {
  Answer answer;
  answer.kind = CPI_ANSWER_RESPONSE;
  answer.http_status = status;
  answer.headers = {{"content-type", "application/json"}};
  answer.body = std::move(body);
  return answer;
}

Answer no_response(cpi_transport transport, std::uint32_t flags) {
  Answer answer;
  answer.kind = CPI_ANSWER_NO_RESPONSE;
  answer.transport = transport;
  answer.flags = flags;
  answer.detail = "The wire was cut.";
  return answer;
}

void with_answer(const Answer &answer, const std::function<void(const cpi_answer &)> &use) {
  std::vector<cpi_header> headers;
  headers.reserve(answer.headers.size());
  for (const auto &[name, value] : answer.headers) headers.push_back({str(name), str(value)});
  const cpi_answer raw = {.struct_size = CPI_THROUGH(cpi_answer, detail),
                          .kind = answer.kind,
                          .flags = answer.flags,
                          .http_status = answer.http_status,
                          .now_unix_ms = answer.now_unix_ms,
                          .transport = answer.transport,
                          .reserved = 0,
                          .headers = headers.data(),
                          .header_count = headers.size(),
                          .body = bytes(answer.body),
                          .detail = str(answer.detail)};
  use(raw);
}

Service canned(const PluginUnderTest &plugin) {
  return [&plugin](const Step &step) {
    const CannedAnswer canned = plugin.answer_to(step.method, step.url);
    Answer answer = response(200, canned.body);
    if (!canned.type.empty()) answer.headers = {{"content-type", canned.type}};
    return answer;
  };
}

cpi_host host_struct(std::uint32_t abi_minor) {
  return {.struct_size = CPI_THROUGH(cpi_host, version),
          .abi_minor = abi_minor,
          .name = str("abi_contract"),
          .version = str("1.0.0")};
}

cpi_begin begin_struct(const OperationCase &what, std::string_view cursor) {
  static constexpr std::string_view entropy = "0123456789abcdef0123456789abcdef";
  return {.struct_size = CPI_THROUGH(cpi_begin, entropy),
          .kind = what.kind,
          .id = str(what.id),
          .input = str(what.input),
          .mode = what.mode,
          .max_requests = 0,
          .max_events = 0,
          .reserved = 0,
          .backfill_count = what.mode == CPI_POLL_BACKFILL ? UINT64_MAX : 0,
          .cursor = bytes(cursor),
          .entropy = bytes(entropy)};
}

Connector::Connector(const cpi_plugin &plugin, std::uint32_t host_minor) : plugin_(&plugin) {
  const auto host = host_struct(host_minor);
  if (plugin.create(&host, &connector_) != CPI_OK || connector_ == nullptr) {
    throw std::runtime_error("create failed");
  }
}

Operation::Operation(const Connector &connector, const OperationCase &what, std::string_view cursor)
    : plugin_(&connector.plugin()), kind_(what.kind) {
  const auto args = begin_struct(what, cursor);
  const auto status = plugin_->begin(connector.get(), &args, &operation_);
  if (status != CPI_OK || operation_ == nullptr) {
    throw std::runtime_error(what.label() + ": begin returned " + std::to_string(status));
  }
}

cpi_status Operation::next(const Answer &answer, cpi_step &raw) {
  cpi_status status = CPI_ERR_INTERNAL;
  with_answer(answer,
              [&](const cpi_answer &lent) { status = plugin_->next(operation_, &lent, &raw); });
  return status;
}

Step Operation::next(const Answer &answer) {
  cpi_step raw = {};
  raw.struct_size = CPI_THROUGH(cpi_step, error);
  const auto status = next(answer, raw);
  if (status != CPI_OK) {
    throw std::runtime_error("next returned " + std::to_string(status) + " for the answer kind " +
                             std::to_string(answer.kind));
  }
  if (raw.struct_size != CPI_THROUGH(cpi_step, error)) {
    throw std::runtime_error("next changed struct_size");
  }
  const auto shown = [&](const void *member, bool wanted) { return (member != nullptr) == wanted; };
  if (!shown(raw.request, raw.kind == CPI_STEP_SEND) ||
      !shown(raw.batch, raw.kind == CPI_STEP_EVENTS) ||
      !shown(raw.result, raw.kind == CPI_STEP_DONE) ||
      !shown(raw.error, raw.kind == CPI_STEP_FAILED)) {
    throw std::runtime_error("a step shows something else than its kind says");
  }
  auto step = copy_step(raw);
  if (auto fault = fault_of(step, kind_)) throw std::runtime_error(*fault);
  return step;
}

Answer answer_to(const Step &step, const Service &service) {
  Answer answer;
  switch (step.kind) {
    case CPI_STEP_WAIT:
      answer.kind = CPI_ANSWER_TIMER;
      return answer;
    case CPI_STEP_EVENTS:
      answer.kind = CPI_ANSWER_STORED;
      return answer;
    default:
      return service(step);
  }
}

std::vector<Step> converse(Operation &operation, const Service &service) {
  std::vector<Step> steps = {operation.next(start())};
  while (!steps.back().is_final()) {
    if (steps.size() == steps_max)
      throw std::runtime_error("the operation does not come to an end");
    steps.push_back(operation.next(answer_to(steps.back(), service)));
  }
  return steps;
}

std::vector<Step> converse(const Connector &connector, const OperationCase &what,
                           const Service &service, std::string_view cursor) {
  Operation operation(connector, what, cursor);
  return converse(operation, service);
}

}  // namespace contract
