// The audit: one line for each session, sign-in, token, change, action run and deletion, with who
// did it and with what outcome. It is written to the log (its field is "audit") and to the
// database, which `connector-host audit` shows.
//
// A line has names and IDs only: never a secret, and nothing of what was entered, sent or received.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "control/failure.hpp"
#include "log/log.hpp"
#include "store/store.hpp"

namespace host {

inline constexpr std::chrono::hours audit_retention{24 * 180};

// "failed: conflict"
std::string audit_outcome(const Failure &failure);

// A name for a line: without control characters, and cut to 100 bytes. What a caller chose, such as
// an ID in an address, is passed through this.
std::string audit_name(std::string_view text);

// The user of this process, for a command: "command nina".
std::string command_user();

void log_audit(Log &log, LogLevel level, const AuditRecord &line);

// Writes the lines to the database, and deletes those beyond its bounds. Throws StoreError.
void store_audit(Store &store, std::span<const AuditRecord> lines);

}  // namespace host
