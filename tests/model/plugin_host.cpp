#include "plugin_host.hpp"

#include <dlfcn.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

namespace model {
namespace {

constexpr int most_steps = 20'000;
constexpr std::string_view scheme = "https://";

std::string_view view(cpi_str text) {
  return {text.data, text.size};
}
cpi_str str(std::string_view text) {
  return {text.data(), text.size()};
}
cpi_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}
std::string text(cpi_bytes data) {
  return {reinterpret_cast<const char *>(data.data), data.size};
}

void check(cpi_status status, const char *what) {
  if (status != CPI_OK) {
    throw std::runtime_error(std::string(what) + " answered " + std::to_string(status));
  }
}

Request request_of(const cpi_request &asked) {
  std::string_view url = view(asked.url);
  url.remove_prefix(url.find('/', scheme.size()));
  return {std::string(view(asked.method)), std::string(url), text(asked.body),
          (asked.flags & CPI_REQUEST_SHAREABLE) != 0};
}

}  // namespace

Plugin::Plugin(const std::filesystem::path &library)
    : library_(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (library_ == nullptr) throw std::runtime_error(dlerror());  // NOLINT(concurrency-mt-unsafe)
  const auto entry = reinterpret_cast<cpi_plugin_entry_fn>(dlsym(library_, CPI_PLUGIN_ENTRY));
  if (entry == nullptr) throw std::runtime_error(library.string() + " is no plugin");
  table_ = entry();
  restart();
}

Plugin::~Plugin() {
  table_->destroy(connector_);
  dlclose(library_);
}

void Plugin::restart() {
  table_->destroy(std::exchange(connector_, nullptr));
  cpi_host host{};
  host.struct_size = sizeof host;
  host.abi_minor = CPI_ABI_MINOR;
  host.name = str("model");
  host.version = str("1");
  check(table_->create(&host, &connector_), "create");
}

Polled Plugin::poll(Stored &trigger, cpi_poll_mode mode) const {
  cpi_begin begin{};
  begin.struct_size = sizeof begin;
  begin.kind = CPI_KIND_POLL;
  begin.id = str(trigger.id);
  begin.input = str(trigger.input);
  begin.mode = mode;
  begin.max_requests = trigger.max_requests;
  begin.max_events = trigger.max_events;
  begin.cursor = bytes(trigger.cursor);
  begin.entropy = bytes(trigger.entropy);
  cpi_operation *raw = nullptr;
  check(table_->begin(connector_, &begin, &raw), "begin");
  const std::unique_ptr<cpi_operation, void (*)(cpi_operation *)> operation(raw, table_->end);

  Polled polled;
  cpi_answer answer{};
  answer.struct_size = sizeof answer;
  answer.kind = CPI_ANSWER_START;
  std::string body;
  for (int steps = 0; steps < most_steps; ++steps) {
    answer.now_unix_ms = trigger.now_ms;
    cpi_step step{};
    step.struct_size = sizeof step;
    check(table_->next(raw, &answer, &step), "next");
    answer.body = {};
    switch (step.kind) {
      case CPI_STEP_SEND: {
        Answer served = trigger.serve(request_of(*step.request));
        // A fresh buffer each time, so that the address sanitizer finds a view that was kept.
        body = std::string(served.body.data(), served.body.size());
        answer.kind = served.status == 0 ? CPI_ANSWER_NO_RESPONSE : CPI_ANSWER_RESPONSE;
        answer.transport = served.status == 0 ? CPI_TRANSPORT_RESET : 0;
        answer.http_status = served.status;
        answer.body = bytes(body);
        break;
      }
      case CPI_STEP_WAIT:
        trigger.now_ms += static_cast<std::int64_t>(step.wait_ms);
        answer.kind = CPI_ANSWER_TIMER;
        break;
      case CPI_STEP_EVENTS:
        polled.died = !trigger.survives();
        if (polled.died) return polled;
        for (const cpi_event *event : std::span(step.batch->events, step.batch->event_count)) {
          polled.events.push_back({std::string(view(event->key)), std::string(view(event->data))});
        }
        trigger.cursor = text(step.batch->cursor);
        polled.committed = true;
        polled.died = !trigger.survives();
        if (polled.died) return polled;
        answer.kind = CPI_ANSWER_STORED;
        break;
      case CPI_STEP_DONE:
        if ((step.result->flags & CPI_RESULT_CURSOR) != 0) {
          polled.died = !trigger.survives();
          if (polled.died) return polled;
          trigger.cursor = text(step.result->cursor);
        }
        polled.committed = true;
        polled.more = (step.result->flags & CPI_RESULT_MORE) != 0;
        return polled;
      case CPI_STEP_FAILED:
        polled.failure = view(step.error->message);
        return polled;
      default:
        throw std::runtime_error("a step of kind " + std::to_string(step.kind));
    }
  }
  throw std::runtime_error("a poll that never ends");
}

}  // namespace model
