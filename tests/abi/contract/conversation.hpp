// A host without a network: begins operations through the C ABI, answers their steps, and looks
// closely at every step it is shown.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/plugin.h"
#include "plugin_under_test.hpp"

namespace contract {

inline std::string_view view(cpi_str text) {
  return {text.data, text.size};
}
inline cpi_str str(std::string_view text) {
  return {text.data(), text.size()};
}
inline cpi_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

// Everything a step said, copied.
struct Event {
  std::string key, subject, data;
  bool operator==(const Event &) const = default;
};
struct Step {
  cpi_step_kind kind = 0;
  std::uint64_t wait_ms = 0;
  std::uint32_t flags = 0;
  std::string method, url, body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint64_t timeout_ms = 0, max_response_bytes = 0;
  std::vector<Event> events;
  std::string output, cursor, notes;
  cpi_class error_class = 0;
  cpi_fault fault = 0;
  std::int32_t http_status = 0;
  std::int64_t vendor_code = 0;
  std::uint64_t retry_after_ms = 0;
  std::string message, advice, details;

  bool is_final() const { return kind == CPI_STEP_DONE || kind == CPI_STEP_FAILED; }
  bool operator==(const Step &) const = default;
};
Step copy_step(const cpi_step &step);
std::string class_name(cpi_class error_class);  // "invalid_input", ...

// What is wrong with a step by the header's own words, or nothing.
std::optional<std::string> fault_of(const Step &step, cpi_operation_kind kind);

// What the host brings back; owns its bytes. Made into a cpi_answer with `lend`.
struct Answer {
  cpi_answer_kind kind = CPI_ANSWER_START;
  std::uint32_t flags = 0;
  std::int32_t http_status = 0;
  std::int64_t now_unix_ms = 1'740'000'000'000;
  cpi_transport transport = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string detail;
};
Answer start();
Answer response(std::int32_t status, std::string body);
Answer no_response(cpi_transport transport, std::uint32_t flags = 0);

// Calls `use` with the answer as the C ABI has it; valid only inside.
void with_answer(const Answer &answer, const std::function<void(const cpi_answer &)> &use);

// The answer that fits a step; the service's for SEND.
using Service = std::function<Answer(const Step &)>;
Service canned(const PluginUnderTest &plugin);

cpi_host host_struct(std::uint32_t abi_minor = CPI_ABI_MINOR);
cpi_begin begin_struct(const OperationCase &what, std::string_view cursor = {});

class Connector {
 public:
  explicit Connector(const cpi_plugin &plugin, std::uint32_t host_minor = CPI_ABI_MINOR);
  ~Connector() { plugin_->destroy(connector_); }
  Connector(const Connector &) = delete;
  Connector &operator=(const Connector &) = delete;

  const cpi_plugin &plugin() const { return *plugin_; }
  cpi_connector *get() const { return connector_; }

 private:
  const cpi_plugin *plugin_;
  cpi_connector *connector_ = nullptr;
};

// A begun operation; the destructor ends it. Throws std::runtime_error when it can't be begun.
class Operation {
 public:
  Operation(const Connector &connector, const OperationCase &what, std::string_view cursor = {});
  ~Operation() { plugin_->end(operation_); }
  Operation(const Operation &) = delete;
  Operation &operator=(const Operation &) = delete;

  cpi_operation *get() const { return operation_; }
  cpi_operation_kind kind() const { return kind_; }

  // `raw` is written by the plugin on CPI_OK only.
  cpi_status next(const Answer &answer, cpi_step &raw);
  // Throws std::runtime_error when the call or the step is at fault.
  Step next(const Answer &answer);

 private:
  const cpi_plugin *plugin_;
  cpi_operation_kind kind_;
  cpi_operation *operation_ = nullptr;
};

// All steps to the end, the final one last. Throws std::runtime_error on a faulty step, a refused
// call, or an operation that has not ended after this many steps.
inline constexpr int steps_max = 1000;
std::vector<Step> converse(Operation &operation, const Service &service);
std::vector<Step> converse(const Connector &connector, const OperationCase &what,
                           const Service &service, std::string_view cursor = {});

// The answer to a step that is not SEND, or the service's.
Answer answer_to(const Step &step, const Service &service);

}  // namespace contract
