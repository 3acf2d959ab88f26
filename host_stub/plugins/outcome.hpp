// The result of an operation, as plain values that outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "plugins/error_class.hpp"

namespace host {

struct OperationError {
  ErrorClass error_class = ErrorClass::plugin_fault;
  Fault fault = Fault::connector;
  std::string message;  // one sentence for a person; never a secret
  std::string advice;   // what the person should do; may be empty
  std::string details;  // a JSON value, or empty
  int http_status = 0;  // 0: no response was involved
  std::int64_t vendor_code = 0;
  std::chrono::milliseconds retry_after{0};  // 0: unknown
  // A request that must not be repeated took effect, or may have, before the one that failed.
  bool acted = false;

  // {"class", "fault", "message", "advice"?, "details"?, "http_status"?, "vendor_code"?,
  // "retry_after_ms"?}: the form in `--json`, the store's `last_error` and the log.
  std::string to_json() const;
};

struct OperationOutcome {
  enum class Kind {
    done,       // `output`, and for a poll `cursor` and `more`
    failed,     // `error`; a poll's cursor stays as last stored
    abandoned,  // events were not stored, because the trigger had changed: nothing to report
    dry_run,    // `output` is the first request as JSON; nothing was sent
  };
  Kind kind = Kind::failed;
  std::string output;           // JSON, or empty for a poll
  std::optional<Bytes> cursor;  // poll: to be stored; empty: the old one stays
  bool more = false;            // poll: begin again now, with the new cursor
  OperationError error;
  std::uint32_t requests = 0;  // requests of the plugin; the host's retries are not counted
  std::uint64_t events = 0;    // stored by this operation
  // Of a test or an action: sentences for the user about the output, such as a member that was left
  // out, or that does not fit the manifest's schema. Other kinds have their notes in the output.
  std::vector<std::string> notes;

  bool ok() const noexcept { return kind == Kind::done || kind == Kind::dry_run; }
};

}  // namespace host
