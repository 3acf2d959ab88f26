#include "cpi/sdk/boundary.hpp"

#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/language/failure.hpp"
#include "cpi/sdk/embedded_manifest.hpp"
#include "cpi/sdk/secret_members.hpp"
#include "repetition.hpp"

struct cpi_connector {
  cpi::Connector connector;
  std::uint32_t host_minor;
};

namespace cpi {

namespace json = boost::json;

namespace {

Begin copy(const cpi_begin &args) {
  Begin begin;
  begin.kind = args.kind;
  begin.id = view(args.id);
  begin.input = view(args.input);
  begin.mode = args.mode;
  begin.max_requests = args.max_requests;
  begin.max_events = args.max_events;
  begin.backfill_count = args.backfill_count;
  begin.cursor = view(args.cursor);
  begin.entropy = view(args.entropy);
  return begin;
}

constexpr std::uint32_t flag(bool set, std::uint32_t bit) noexcept {
  return set ? bit : 0;
}

// Whether text is UTF-8 is told at `next`, as everything else that is wrong with an input.
bool readable(cpi_str text) noexcept {
  return text.size == 0 || text.data != nullptr;
}
bool readable(cpi_bytes bytes) noexcept {
  return bytes.size == 0 || bytes.data != nullptr;
}

bool well_formed(const cpi_answer &answer) noexcept {
  if (answer.header_count != 0 && answer.headers == nullptr) return false;
  for (const cpi_header &header : std::span{answer.headers, answer.header_count}) {
    // Header values are bytes to a service: only the pointers are checked.
    if ((header.name.size != 0 && header.name.data == nullptr) ||
        (header.value.size != 0 && header.value.data == nullptr)) {
      return false;
    }
  }
  return readable(answer.body) && readable(answer.detail);
}

}  // namespace

// One operation: the coroutine, the channel it speaks through, and the C structs its last step
// points to.
class OperationBoundary {
 public:
  OperationBoundary(const Connector &connector, std::uint32_t host_minor, const cpi_begin &args)
      : connector_(connector),
        begin_(copy(args)),
        task_(connector.run(channel_, begin_)),
        repetition_(connector.errors(), host_minor) {}

  cpi_status next(const cpi_answer &answer, cpi_step &step) {
    if (!fits(answer)) {
      state_ = State::over;
      return CPI_ERR_STATE;
    }
    // Until the next suspension is known, nothing may be resumed again.
    const State before = std::exchange(state_, State::over);
    if (repeats(before, answer, step)) return CPI_OK;
    const std::coroutine_handle<> resumed =
        before == State::begun ? task_.handle() : channel_.waiting_;
    channel_.asked_ = std::monostate{};
    channel_.answer_ = &answer;
    resumed.resume();
    channel_.last_now_ = answer.now_unix_ms;
    channel_.answer_ = nullptr;
    if (task_.done()) {
      finish(step);
    } else {
      show(step);
    }
    return CPI_OK;
  }

 private:
  // pausing: a WAIT of the boundary's own, after which the request goes out again.
  enum class State { begun, sending, pausing, waiting, storing, over };

  bool fits(const cpi_answer &answer) const noexcept {
    switch (answer.kind) {
      case CPI_ANSWER_START:
        return state_ == State::begun;
      case CPI_ANSWER_RESPONSE:
      case CPI_ANSWER_NO_RESPONSE:
        return state_ == State::sending;
      case CPI_ANSWER_TIMER:
        return state_ == State::waiting || state_ == State::pausing;
      case CPI_ANSWER_STORED:
        return state_ == State::storing;
      default:
        return false;
    }
  }

  // The request that was answered is asked for once more, and the operation sees no answer yet.
  bool repeats(State before, const cpi_answer &answer, cpi_step &step) {
    if (before == State::pausing) {
      channel_.last_now_ = answer.now_unix_ms;
      send(std::get<Request>(channel_.asked_), step);
      return true;
    }
    if (before != State::sending) return false;
    Request &request = std::get<Request>(channel_.asked_);
    const auto again = repetition_.after(request, Response(answer), answer.now_unix_ms);
    if (!again) return false;
    channel_.last_now_ = answer.now_unix_ms;
    request.renew_credentials = again->renew;
    if (again->wait_ms == 0) {
      send(request, step);
      return true;
    }
    request.shareable = false;  // the answer to share would be this one
    put(step, CPI_STEP_WAIT);
    step.wait_ms = again->wait_ms;
    state_ = State::pausing;
    return true;
  }

  void send(const Request &request, cpi_step &step) {
    show_request(request);
    put(step, CPI_STEP_SEND);
    step.request = &request_;
    state_ = State::sending;
    ++channel_.requests_;
  }

  void show(cpi_step &step) {
    if (const auto *request = std::get_if<Request>(&channel_.asked_)) {
      send(*request, step);
    } else if (auto *wait = std::get_if<Channel::Wait>(&channel_.asked_)) {
      put(step, CPI_STEP_WAIT);
      step.wait_ms = wait->ms;
      state_ = State::waiting;
    } else if (auto *batch = std::get_if<Batch>(&channel_.asked_)) {
      show_batch(*batch);
      put(step, CPI_STEP_EVENTS);
      step.batch = &batch_;
      state_ = State::storing;
    } else {
      fail(step, Failure(ErrorClass::plugin_fault, Fault::connector,
                         "The connector suspended without a request to the host.",
                         "Report this to the connector's author."));
    }
  }

  void finish(cpi_step &step) {
    try {
      outcome_ = task_.take();
      outcome_.output = without_secrets(std::move(outcome_.output), false);
    } catch (const Failure &failure) {
      fail(step, failure);
      return;
    } catch (const std::bad_alloc &) {
      throw;
    } catch (const std::exception &error) {
      fail(step, Failure(ErrorClass::plugin_fault, Fault::connector,
                         std::string("The connector failed: ") + error.what(),
                         "Report this to the connector's author."));
      return;
    }
    if (!outcome_.notes.empty()) {
      notes_ = json::serialize(json::array(outcome_.notes.begin(), outcome_.notes.end()));
    }
    result_ = {.struct_size = sizeof result_,
               .flags = flag(outcome_.has_cursor, CPI_RESULT_CURSOR) |
                        flag(outcome_.more, CPI_RESULT_MORE),
               .output = borrow(outcome_.output),
               .cursor = borrow_bytes(outcome_.cursor),
               .notes = borrow(notes_)};
    put(step, CPI_STEP_DONE);
    step.result = &result_;
  }

  void fail(cpi_step &step, const Failure &failure) {
    failure_.emplace(failure);
    failure_->details = details_without_secrets(std::move(failure_->details));
    error_ = {.struct_size = sizeof error_,
              .error_class = static_cast<cpi_class>(failure_->error_class),
              .fault = static_cast<cpi_fault>(failure_->fault),
              .http_status = failure_->http_status,
              .vendor_code = failure_->vendor_code,
              .retry_after_ms = failure_->retry_after_ms,
              .message = borrow(failure_->message),
              .advice = borrow(failure_->advice),
              .details = borrow(failure_->details)};
    put(step, CPI_STEP_FAILED);
    step.error = &error_;
    state_ = State::over;
  }

  void show_request(const Request &request) {
    headers_.clear();
    for (const Header &header : request.headers) {
      headers_.push_back({borrow(header.name), borrow(header.value)});
    }
    request_ = {.struct_size = sizeof request_,
                .flags = flag(request.repeatable, CPI_REQUEST_REPEATABLE) |
                         flag(request.credentials, CPI_REQUEST_CREDENTIALS) |
                         flag(request.secret, CPI_REQUEST_SECRET) |
                         flag(request.shareable, CPI_REQUEST_SHAREABLE) |
                         flag(request.renew_credentials, CPI_REQUEST_RENEW_CREDENTIALS),
                .method = borrow(request.method),
                .url = borrow(request.url),
                .headers = headers_.data(),
                .header_count = headers_.size(),
                .body = borrow_bytes(request.body),
                .timeout_ms = request.timeout_ms,
                .max_response_bytes = request.max_response_bytes};
  }

  std::string without_secrets(std::string output, bool is_event) const {
    const json::object *operation = connector_.find(begin_.kind, begin_.id);
    const json::value *defs = connector_.manifest().if_contains("$defs");
    const json::object none;
    return cpi::without_secrets(
        std::move(output), begin_.kind, operation == nullptr ? none : *operation,
        defs == nullptr || !defs->is_object() ? none : defs->get_object(), is_event);
  }

  // No schema describes the details of a failure, which may show the service's answer.
  static std::string details_without_secrets(std::string details) {
    try {
      return cpi::without_secrets(std::move(details), CPI_KIND_TEST, {}, {});
    } catch (const Failure &) {
      return {};
    }
  }

  void show_batch(Batch &batch) {
    events_.clear();
    event_pointers_.clear();
    events_.reserve(batch.events.size());
    event_pointers_.reserve(batch.events.size());
    for (Event &event : batch.events) {
      event.data = without_secrets(std::move(event.data), true);
      events_.push_back({.struct_size = sizeof(cpi_event),
                         .reserved = 0,
                         .key = borrow(event.key),
                         .subject = borrow(event.subject),
                         .data = borrow(event.data)});
      event_pointers_.push_back(&events_.back());
    }
    batch_ = {.struct_size = sizeof batch_,
              .reserved = 0,
              .events = event_pointers_.data(),
              .event_count = event_pointers_.size(),
              .cursor = borrow_bytes(batch.cursor)};
  }

  // Writes no further than the host's struct, and leaves struct_size alone: it is the host's.
  static void put(cpi_step &step, cpi_step_kind kind) noexcept {
    step.kind = kind;
    step.wait_ms = 0;
    step.request = nullptr;
    step.batch = nullptr;
    step.result = nullptr;
    step.error = nullptr;
  }

  const Connector &connector_;
  Begin begin_;
  Channel channel_;
  Task<Result> task_;
  Repetition repetition_;
  State state_ = State::begun;

  Result outcome_;
  std::string notes_;  // of the outcome, as JSON
  std::optional<Failure> failure_;
  std::vector<cpi_header> headers_;
  std::vector<cpi_event> events_;
  std::vector<const cpi_event *> event_pointers_;
  cpi_request request_{};
  cpi_batch batch_{};
  cpi_result result_{};
  cpi_error error_{};
};

}  // namespace cpi

struct cpi_operation : cpi::OperationBoundary {
  using OperationBoundary::OperationBoundary;
};

namespace cpi {

namespace {

template <typename Work>
cpi_status guarded(Work work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc &) {
    return CPI_ERR_MEMORY;
  } catch (...) {
    return CPI_ERR_INTERNAL;
  }
}

}  // namespace

cpi_status create_connector(const cpi_host *host, std::uint32_t needs_minor, Configure configure,
                            cpi_connector **out) noexcept {
  if (host == nullptr || out == nullptr || !CPI_HAS(host, cpi_host, version)) {
    return CPI_ERR_ARGUMENT;
  }
  if (host->abi_minor < needs_minor) return CPI_ERR_UNKNOWN;
  return guarded([&] {
    auto made = std::make_unique<cpi_connector>(
        cpi_connector{Connector(embedded_manifest_json()), host->abi_minor});
    configure(made->connector);
    *out = made.release();
    return CPI_OK;
  });
}

void destroy_connector(cpi_connector *connector) noexcept {
  std::unique_ptr<cpi_connector>{connector}.reset();
}

cpi_status begin_operation(cpi_connector *connector, const cpi_begin *args,
                           cpi_operation **out) noexcept {
  if (connector == nullptr || args == nullptr || out == nullptr ||
      !CPI_HAS(args, cpi_begin, entropy) || !readable(args->id) || !readable(args->input) ||
      !readable(args->cursor) || !readable(args->entropy)) {
    return CPI_ERR_ARGUMENT;
  }
  return guarded([&] {
    if (connector->connector.find(args->kind, view(args->id)) == nullptr) return CPI_ERR_UNKNOWN;
    *out = std::make_unique<cpi_operation>(connector->connector, connector->host_minor, *args)
               .release();
    return CPI_OK;
  });
}

cpi_status next_step(cpi_operation *operation, const cpi_answer *answer, cpi_step *step) noexcept {
  if (operation == nullptr || answer == nullptr || step == nullptr ||
      !CPI_HAS(answer, cpi_answer, detail) || !CPI_HAS(step, cpi_step, error) ||
      !well_formed(*answer)) {
    return CPI_ERR_ARGUMENT;
  }
  return guarded([&] { return operation->next(*answer, *step); });
}

void end_operation(cpi_operation *operation) noexcept {
  std::unique_ptr<cpi_operation>{operation}.reset();
}

}  // namespace cpi
