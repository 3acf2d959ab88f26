// The process's exit codes: the numbers of BSD's sysexits.h, and one more for an action with an
// unknown outcome. The table is part of `--help`.
#pragma once

#include <string>

#include "auth/seal.hpp"
#include "plugins/error_class.hpp"
#include "store/store.hpp"

namespace host::cli {

enum class ExitCode : int {
  ok = 0,
  usage = 64,            // EX_USAGE
  bad_data = 65,         // EX_DATAERR
  no_input = 66,         // EX_NOINPUT
  unavailable = 69,      // EX_UNAVAILABLE
  internal = 70,         // EX_SOFTWARE
  cannot_create = 73,    // EX_CANTCREAT
  io = 74,               // EX_IOERR
  try_again = 75,        // EX_TEMPFAIL
  protocol = 76,         // EX_PROTOCOL
  no_permission = 77,    // EX_NOPERM
  config = 78,           // EX_CONFIG
  unknown_outcome = 79,  // not in sysexits.h
};

ExitCode exit_code(ErrorClass error_class) noexcept;
ExitCode exit_code(StoreError::Kind kind) noexcept;
ExitCode exit_code(SealError::Kind kind) noexcept;

// "Exit codes:" and a line for each, for `--help`.
std::string exit_code_table();

}  // namespace host::cli
