#include "plugins/operation.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <stdexcept>
#include <utility>

#include "plugins/plugin.hpp"
#include "plugins/plugin_calls.hpp"
#include "plugins/text_check.hpp"

namespace host {
namespace {

using std::chrono::milliseconds;

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_method(std::string_view text) {
  return text.size() <= 32 && is_token(text) &&
         std::ranges::none_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

// Visible ASCII only: anything else in a URL has to be percent-encoded (RFC 3986, section 2).
bool is_https_url(std::string_view text) {
  constexpr std::string_view scheme = "https://";
  return text.size() > scheme.size() && text.starts_with(scheme) &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

// RFC 9110, section 5.5: no control character but the tab.
bool is_field_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
  });
}

bool same_name(std::string_view left, std::string_view lower) {
  return std::ranges::equal(left, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

milliseconds to_span(std::uint64_t ms) {
  constexpr auto most = static_cast<std::uint64_t>(milliseconds::max().count());
  return milliseconds(static_cast<milliseconds::rep>(std::min(ms, most)));
}

std::string bytes_text(std::uint64_t count) {
  return std::to_string(count) + " bytes";
}

template <typename T>
std::string size_found(const char *what, const T &part, std::uint32_t least) {
  return std::string(what) + " of " + bytes_text(part.struct_size) + ", fewer than the " +
         std::to_string(least) + " of the first release";
}

}  // namespace

std::string_view name(OperationKind kind) noexcept {
  switch (kind) {
    case OperationKind::test:
      return "test";
    case OperationKind::action:
      return "action";
    case OperationKind::poll:
      return "poll";
    case OperationKind::sample:
      return "sample";
    case OperationKind::lookup:
      return "lookup";
  }
  return "operation";
}

std::string operation_title(OperationKind kind, std::string_view id) {
  std::string out(name(kind));
  if (!id.empty()) out.append(" ").append(id);
  return out;
}

std::string status_text(cpi_status status) {
  switch (status) {
    case CPI_OK:
      return "CPI_OK";
    case CPI_ERR_ARGUMENT:
      return "CPI_ERR_ARGUMENT";
    case CPI_ERR_STATE:
      return "CPI_ERR_STATE";
    case CPI_ERR_UNKNOWN:
      return "CPI_ERR_UNKNOWN (no such kind or id)";
    case CPI_ERR_MEMORY:
      return "CPI_ERR_MEMORY";
    case CPI_ERR_INTERNAL:
      return "CPI_ERR_INTERNAL";
    default:
      return "the unknown status " + std::to_string(status);
  }
}

PluginFault::PluginFault(std::string plugin, std::string operation, std::string rule,
                         std::string found)
    : std::runtime_error("plugin " + plugin + ", " + operation + ": " + rule + ": " + found),
      plugin_(std::move(plugin)),
      operation_(std::move(operation)),
      rule_(std::move(rule)),
      found_(std::move(found)) {}

Answer Answer::start(std::int64_t now) {
  Answer answer;
  answer.now_unix_ms = now;
  return answer;
}

Answer Answer::response(std::int64_t now, int status, std::span<const cpi_header> headers,
                        std::string_view body) {
  Answer answer;
  answer.kind = CPI_ANSWER_RESPONSE;
  answer.now_unix_ms = now;
  answer.http_status = status;
  answer.headers = headers;
  answer.body = body;
  return answer;
}

Answer Answer::no_response(std::int64_t now, cpi_transport why, bool maybe_sent,
                           std::string_view detail) {
  Answer answer;
  answer.kind = CPI_ANSWER_NO_RESPONSE;
  answer.now_unix_ms = now;
  answer.transport = why;
  answer.maybe_sent = maybe_sent;
  answer.detail = detail;
  return answer;
}

Answer Answer::timer(std::int64_t now) {
  Answer answer;
  answer.kind = CPI_ANSWER_TIMER;
  answer.now_unix_ms = now;
  return answer;
}

Answer Answer::stored(std::int64_t now) {
  Answer answer;
  answer.kind = CPI_ANSWER_STORED;
  answer.now_unix_ms = now;
  return answer;
}

Operation::Operation(std::shared_ptr<const Plugin> plugin, OperationKind kind, std::string id,
                     cpi_operation *handle, const OperationLimits &limits) noexcept
    : plugin_(std::move(plugin)),
      kind_(kind),
      id_(std::move(id)),
      handle_(handle),
      limits_(limits) {}

Operation::Operation(Operation &&other) noexcept
    : plugin_(std::move(other.plugin_)),
      kind_(other.kind_),
      finished_(other.finished_),
      id_(std::move(other.id_)),
      handle_(std::exchange(other.handle_, nullptr)),
      limits_(other.limits_),
      steps_(other.steps_),
      waited_(other.waited_),
      events_(std::move(other.events_)) {}

Operation &Operation::operator=(Operation &&other) noexcept {
  if (this == &other) return *this;
  end();
  plugin_ = std::move(other.plugin_);
  kind_ = other.kind_;
  finished_ = other.finished_;
  id_ = std::move(other.id_);
  handle_ = std::exchange(other.handle_, nullptr);
  limits_ = other.limits_;
  steps_ = other.steps_;
  waited_ = other.waited_;
  events_ = std::move(other.events_);
  return *this;
}

Operation::~Operation() {
  end();
}

void Operation::end() noexcept {
  if (handle_ == nullptr) return;
  const InsidePlugin inside(plugin_->id(), name(kind_), id_, "end");
  try {
    plugin_->table().end(std::exchange(handle_, nullptr));
  } catch (...) {  // There is no one to report to, and the operation has ended either way.
  }
}

std::string Operation::title() const {
  return operation_title(kind_, id_);
}

void Operation::fault(std::string_view rule, std::string found) const {
  throw PluginFault(std::string(plugin_->id()), title(), std::string(rule), std::move(found));
}

Step Operation::next(const Answer &answer) {
  if (handle_ == nullptr || finished_)
    throw std::logic_error("Operation::next after the last step of " + title());
  finished_ = true;  // until a step is accepted: after a fault only `end` is allowed

  if (++steps_ > limits_.steps)
    fault("step-count", "more than " + std::to_string(limits_.steps) + " steps without an end");

  cpi_answer out{};
  out.struct_size = CPI_THROUGH(cpi_answer, detail);
  out.kind = answer.kind;
  out.flags = answer.maybe_sent ? CPI_ANSWER_MAYBE_SENT : 0;
  out.http_status = answer.http_status;
  out.now_unix_ms = answer.now_unix_ms;
  out.transport = answer.transport;
  out.headers = answer.headers.data();
  out.header_count = answer.headers.size();
  out.body = {reinterpret_cast<const std::uint8_t *>(answer.body.data()), answer.body.size()};
  out.detail = {answer.detail.data(), answer.detail.size()};

  cpi_step step{};
  step.struct_size = CPI_THROUGH(cpi_step, error);
  cpi_status status = CPI_ERR_INTERNAL;
  try {
    const InsidePlugin inside(plugin_->id(), name(kind_), id_, "next");
    status = plugin_->table().next(handle_, &out, &step);
  } catch (...) {
    fault("exception", "an exception left `next`");
  }
  if (status != CPI_OK) fault("next-status", "`next` answered " + status_text(status));

  Step result = read(step);
  finished_ =
      std::holds_alternative<DoneStep>(result) || std::holds_alternative<FailedStep>(result);
  return result;
}

Step Operation::read(const cpi_step &step) {
  switch (step.kind) {
    case CPI_STEP_SEND:
      if (step.request == nullptr) fault("step-null", "SEND without a request");
      return read_send(*step.request);
    case CPI_STEP_WAIT: {
      const milliseconds span = to_span(step.wait_ms);
      if (span > limits_.wait)
        fault("wait-length", "WAIT of " + std::to_string(step.wait_ms) + " ms, more than " +
                                 std::to_string(limits_.wait.count()));
      waited_ += span;
      if (waited_ > limits_.total_wait)
        fault("wait-total", "WAITs of " + std::to_string(waited_.count()) +
                                " ms in all, more than " +
                                std::to_string(limits_.total_wait.count()));
      return WaitStep{span};
    }
    case CPI_STEP_EVENTS:
      if (kind_ != OperationKind::poll)
        fault("events-outside-poll", "EVENTS, which only a poll may answer");
      if (step.batch == nullptr) fault("step-null", "EVENTS without a batch");
      return read_events(*step.batch);
    case CPI_STEP_DONE:
      if (step.result == nullptr) fault("step-null", "DONE without a result");
      return read_done(*step.result);
    case CPI_STEP_FAILED:
      if (step.error == nullptr) fault("step-null", "FAILED without an error");
      return read_failed(*step.error);
    default:
      fault("step-kind", "a step of the unknown kind " + std::to_string(step.kind));
  }
}

std::string_view Operation::text(const cpi_str &from, const char *what, std::size_t most) const {
  if (from.size == 0) return {};
  if (from.data == nullptr)
    fault("null-data", std::string(what) + " of " + bytes_text(from.size) + " at a null pointer");
  if (from.size > most)
    fault("too-large", std::string(what) + " of " + bytes_text(from.size) + ", more than " +
                           std::to_string(most));
  const std::string_view view(from.data, from.size);
  if (!is_utf8(view)) fault("utf8", std::string(what) + " that is not UTF-8");
  return view;
}

std::span<const std::uint8_t> Operation::bytes(const cpi_bytes &from, const char *what,
                                               std::size_t most) const {
  if (from.size == 0) return {};
  if (from.data == nullptr)
    fault("null-data", std::string(what) + " of " + bytes_text(from.size) + " at a null pointer");
  if (from.size > most)
    fault("too-large", std::string(what) + " of " + bytes_text(from.size) + ", more than " +
                           std::to_string(most));
  return {from.data, from.size};
}

SendStep Operation::read_send(const cpi_request &request) const {
  constexpr std::uint32_t least = CPI_THROUGH(cpi_request, max_response_bytes);
  if (request.struct_size < least) fault("struct-size", size_found("a request", request, least));

  SendStep step;
  step.method = text(request.method, "a method", 32);
  if (!is_method(step.method)) fault("method", "a method that is not an upper-case token");
  step.url = text(request.url, "a URL", limits_.url_bytes);
  if (!is_https_url(step.url))
    fault("url", "a URL that is not absolute, https, and visible ASCII throughout");

  if (request.header_count > limits_.headers)
    fault("too-large", std::to_string(request.header_count) + " headers, more than " +
                           std::to_string(limits_.headers));
  if (request.headers == nullptr && request.header_count != 0)
    fault("null-data", std::to_string(request.header_count) + " headers at a null pointer");
  step.headers = {request.headers, request.header_count};
  step.credentials = (request.flags & CPI_REQUEST_CREDENTIALS) != 0;
  std::size_t header_bytes = 0;
  for (const cpi_header &header : step.headers) {
    const std::string_view header_name = text(header.name, "a header's name", limits_.header_bytes);
    const std::string_view value = text(header.value, "a header's value", limits_.header_bytes);
    if (!is_token(header_name)) fault("header", "a header whose name is not a token");
    if (!is_field_value(value))
      fault("header", "control characters in the value of the header " + std::string(header_name));
    if (step.credentials && same_name(header_name, "authorization"))
      fault("header", "an Authorization header in addition to the connection's credentials");
    header_bytes += header_name.size() + value.size();
  }
  if (header_bytes > limits_.header_bytes)
    fault("too-large", "headers of " + bytes_text(header_bytes) + ", more than " +
                           std::to_string(limits_.header_bytes));

  step.body = bytes(request.body, "a request body", limits_.body_bytes);
  step.timeout = to_span(request.timeout_ms);
  step.max_response_bytes = request.max_response_bytes;
  step.repeatable = (request.flags & CPI_REQUEST_REPEATABLE) != 0;
  step.secret = (request.flags & CPI_REQUEST_SECRET) != 0;
  step.shareable = (request.flags & CPI_REQUEST_SHAREABLE) != 0;
  step.renew_credentials = (request.flags & CPI_REQUEST_RENEW_CREDENTIALS) != 0;
  return step;
}

EventsStep Operation::read_events(const cpi_batch &batch) {
  constexpr std::uint32_t least = CPI_THROUGH(cpi_batch, cursor);
  if (batch.struct_size < least) fault("struct-size", size_found("a batch", batch, least));
  if (batch.event_count > limits_.events)
    fault("event-count", std::to_string(batch.event_count) + " events in one batch, more than " +
                             std::to_string(limits_.events));
  if (batch.events == nullptr && batch.event_count != 0)
    fault("null-data", std::to_string(batch.event_count) + " events at a null pointer");

  events_.clear();
  events_.reserve(batch.event_count);
  std::size_t total = 0;
  for (const cpi_event *event : std::span(batch.events, batch.event_count)) {
    if (event == nullptr) fault("event-null", "a null pointer among the events");
    constexpr std::uint32_t least_event = CPI_THROUGH(cpi_event, data);
    if (event->struct_size < least_event)
      fault("struct-size", size_found("an event", *event, least_event));
    EventView view;
    view.key = text(event->key, "an event's key", limits_.event_key_bytes);
    if (view.key.empty()) fault("event-key", "an event without a key");
    view.subject = text(event->subject, "an event's subject", limits_.event_key_bytes);
    view.data = text(event->data, "an event's data", limits_.batch_bytes);
    if (!is_json_object(view.data)) fault("json", "an event whose data is not a JSON object");
    total += view.key.size() + view.subject.size() + view.data.size();
    if (total > limits_.batch_bytes)
      fault("too-large",
            "events of more than " + bytes_text(limits_.batch_bytes) + " in one batch");
    events_.push_back(view);
  }
  return {events_, bytes(batch.cursor, "a cursor", limits_.cursor_bytes)};
}

DoneStep Operation::read_done(const cpi_result &result) const {
  constexpr std::uint32_t least = CPI_THROUGH(cpi_result, cursor);
  if (result.struct_size < least) fault("struct-size", size_found("a result", result, least));
  const bool poll = kind_ == OperationKind::poll;

  DoneStep step;
  step.output = text(result.output, "an output", limits_.output_bytes);
  if (poll ? !step.output.empty() && !is_json_object(step.output) : !is_json(step.output))
    fault("json", poll ? "a poll's output that is neither empty nor a JSON object"
                       : "an output that is not JSON");
  step.has_cursor = (result.flags & CPI_RESULT_CURSOR) != 0;
  step.more = (result.flags & CPI_RESULT_MORE) != 0;
  if (!poll && (step.has_cursor || step.more))
    fault("cursor-outside-poll", "a cursor or `more`, which only a poll may answer");
  if (step.has_cursor) step.cursor = bytes(result.cursor, "a cursor", limits_.cursor_bytes);
  if (CPI_HAS(&result, cpi_result, notes)) step.notes = read_notes(result.notes);
  return step;
}

std::vector<std::string> Operation::read_notes(const cpi_str &notes) const {
  const std::string_view json = text(notes, "notes", limits_.details_bytes);
  if (json.empty()) return {};
  if (!is_json(json)) fault("json", "notes that are not JSON");
  const boost::json::value list = boost::json::parse({json.data(), json.size()});
  const auto is_text = [](const boost::json::value &each) { return each.is_string(); };
  if (!list.is_array() || !std::ranges::all_of(list.get_array(), is_text))
    fault("json", "notes that are not a list of texts");
  std::vector<std::string> out;
  for (const boost::json::value &each : list.get_array()) out.emplace_back(each.get_string());
  return out;
}

FailedStep Operation::read_failed(const cpi_error &error) const {
  constexpr std::uint32_t least = CPI_THROUGH(cpi_error, details);
  if (error.struct_size < least) fault("struct-size", size_found("an error", error, least));

  FailedStep step;
  step.error_class = error_class_of(error.error_class);
  step.fault = fault_of(error.fault);
  step.http_status = error.http_status;
  step.vendor_code = error.vendor_code;
  step.retry_after = to_span(error.retry_after_ms);
  step.message = text(error.message, "a message", limits_.text_bytes);
  if (step.message.empty()) fault("message", "an error without a message");
  step.advice = text(error.advice, "an advice", limits_.text_bytes);
  step.details = text(error.details, "details", limits_.details_bytes);
  if (!step.details.empty() && !is_json(step.details)) fault("json", "details that are not JSON");
  return step;
}

}  // namespace host
