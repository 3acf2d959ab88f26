// One operation of a plugin behind RAII: begun by `Plugin::begin`, driven by `next`, ended by the
// destructor. Everything that a plugin returns is checked before use: a plugin that breaks the
// contract of cpi/plugin.h causes a PluginFault, never a crash of the host.
//
// It does not carry out the steps; drive.hpp does.
//
// An operation may move between threads, but its calls must not overlap ([serial op]).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cpi/plugin.h"
#include "plugins/error_class.hpp"

namespace host {

class Plugin;

// A plugin broke a rule. `what()` is "plugin P, operation O: RULE: what was found".
class PluginFault : public std::runtime_error {
 public:
  PluginFault(std::string plugin, std::string operation, std::string rule, std::string found);
  const std::string &plugin() const noexcept { return plugin_; }
  const std::string &operation() const noexcept { return operation_; }  // "poll campaign.created"
  const std::string &rule() const noexcept { return rule_; }  // "step-kind": a stable word
  const std::string &found() const noexcept { return found_; }

 private:
  std::string plugin_;
  std::string operation_;
  std::string rule_;
  std::string found_;
};

enum class OperationKind : std::int32_t {
  test = CPI_KIND_TEST,
  action = CPI_KIND_ACTION,
  poll = CPI_KIND_POLL,
  sample = CPI_KIND_SAMPLE,
  lookup = CPI_KIND_LOOKUP,
};
std::string_view name(OperationKind kind) noexcept;
std::string operation_title(OperationKind kind, std::string_view id);  // "action subscriber.add"
std::string status_text(cpi_status status);                            // "CPI_ERR_STATE"

enum class PollMode : std::int32_t {
  baseline = CPI_POLL_BASELINE,
  normal = CPI_POLL_NORMAL,
  backfill = CPI_POLL_BACKFILL,
};

// Limits on what one operation may request. Exceeding one is a PluginFault.
struct OperationLimits {
  std::uint32_t steps = 20'000;
  std::chrono::milliseconds wait{std::chrono::hours{1}};        // one WAIT
  std::chrono::milliseconds total_wait{std::chrono::hours{2}};  // all WAITs together
  std::size_t url_bytes = 16u << 10;
  std::size_t headers = 100;
  std::size_t header_bytes = 64u << 10;  // names and values of one request together
  std::size_t body_bytes = 64u << 20;
  std::size_t events = 100'000;            // of one batch
  std::size_t batch_bytes = 64u << 20;     // of all events of one batch
  std::size_t event_key_bytes = 4u << 10;  // also for the subject
  std::size_t cursor_bytes = 64u << 20;
  std::size_t output_bytes = 64u << 20;
  std::size_t text_bytes = 64u << 10;  // message and advice
  std::size_t details_bytes = 1u << 20;
};

// The arguments of an operation. `Plugin::begin` copies them.
struct OperationStart {
  OperationKind kind = OperationKind::action;
  std::string_view id;     // the manifest's id of the action, trigger or lookup; empty for a test
  std::string_view input;  // JSON; validated by the plugin
  PollMode mode = PollMode::normal;  // this and the following members are for polls
  std::uint32_t max_requests = 0;    // 0: the plugin's default
  std::uint32_t max_events = 0;      // per batch; 0: the plugin's default
  std::uint64_t backfill_count = 0;
  std::span<const std::uint8_t> cursor{};
  // The plugin is not told: whether an answer that another operation got a moment ago will do.
  bool shares_answers = true;
};

// ---- Steps. Their data is borrowed from the operation until its next call or its end.

struct SendStep {
  std::string_view method;
  std::string_view url;
  std::span<const cpi_header> headers;
  std::span<const std::uint8_t> body;
  std::chrono::milliseconds timeout{0};  // 0: the host's default
  std::uint64_t max_response_bytes = 0;  // 0: the host's default
  bool repeatable = false;
  bool credentials = false;
  bool secret = false;
  bool shareable = false;
  bool renew_credentials = false;
};

struct WaitStep {
  std::chrono::milliseconds span{0};
};

struct EventView {
  std::string_view key;
  std::string_view subject;
  std::string_view data;  // a JSON object; checked
};

struct EventsStep {
  std::span<const EventView> events;
  std::span<const std::uint8_t> cursor;
};

struct DoneStep {
  std::string_view output;  // JSON; may be empty for a poll
  bool has_cursor = false;
  std::span<const std::uint8_t> cursor;
  bool more = false;
  std::vector<std::string> notes;  // of a test or an action
};

struct FailedStep {
  ErrorClass error_class = ErrorClass::plugin_fault;
  Fault fault = Fault::connector;
  int http_status = 0;
  std::int64_t vendor_code = 0;
  std::chrono::milliseconds retry_after{0};
  std::string_view message;
  std::string_view advice;
  std::string_view details;  // JSON, or empty
};

using Step = std::variant<SendStep, WaitStep, EventsStep, DoneStep, FailedStep>;

// ---- Answers. Their data is borrowed for the call of `next`.

struct Answer {
  cpi_answer_kind kind = CPI_ANSWER_START;
  std::int64_t now_unix_ms = 0;
  int http_status = 0;
  std::span<const cpi_header> headers;  // names in lower case
  std::string_view body;                // bytes
  cpi_transport transport = 0;
  bool maybe_sent = false;
  std::string_view detail;

  static Answer start(std::int64_t now);
  static Answer response(std::int64_t now, int status, std::span<const cpi_header> headers,
                         std::string_view body);
  static Answer no_response(std::int64_t now, cpi_transport why, bool maybe_sent,
                            std::string_view detail);
  static Answer timer(std::int64_t now);
  static Answer stored(std::int64_t now);
};

class Operation {
 public:
  Operation(Operation &&) noexcept;
  Operation &operator=(Operation &&) noexcept;
  Operation(const Operation &) = delete;
  Operation &operator=(const Operation &) = delete;
  ~Operation();  // ends it at any step; abort a transfer that borrows from a step first

  // The next step. Throws PluginFault; after that, and after DONE or FAILED, the operation may only
  // be destroyed.
  Step next(const Answer &answer);

  bool finished() const noexcept { return finished_; }
  OperationKind kind() const noexcept { return kind_; }
  const std::string &id() const noexcept { return id_; }
  const Plugin &plugin() const noexcept { return *plugin_; }
  std::string title() const;  // "action subscriber.add", for messages

 private:
  friend class Plugin;
  Operation(std::shared_ptr<const Plugin> plugin, OperationKind kind, std::string id,
            cpi_operation *handle, const OperationLimits &limits) noexcept;

  void end() noexcept;
  Step read(const cpi_step &step);
  SendStep read_send(const cpi_request &request) const;
  EventsStep read_events(const cpi_batch &batch);
  DoneStep read_done(const cpi_result &result) const;
  std::vector<std::string> read_notes(const cpi_str &notes) const;
  FailedStep read_failed(const cpi_error &error) const;
  std::string_view text(const cpi_str &from, const char *what, std::size_t most) const;
  std::span<const std::uint8_t> bytes(const cpi_bytes &from, const char *what,
                                      std::size_t most) const;
  [[noreturn]] void fault(std::string_view rule, std::string found) const;

  std::shared_ptr<const Plugin> plugin_;  // keeps connector and library alive
  OperationKind kind_;
  bool finished_ = false;
  std::string id_;
  cpi_operation *handle_;
  OperationLimits limits_;
  std::uint32_t steps_ = 0;
  std::chrono::milliseconds waited_{0};
  std::vector<EventView> events_;
};

}  // namespace host
