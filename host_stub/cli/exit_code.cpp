#include "cli/exit_code.hpp"

#include <array>
#include <string_view>

namespace host::cli {

namespace {

struct Meaning {
  ExitCode code;
  std::string_view text;
};

constexpr std::array meanings{
    Meaning{ExitCode::ok, "done"},
    Meaning{ExitCode::usage, "the command line is not valid"},
    Meaning{ExitCode::bad_data,
            "the input, a manifest or a plugin is not valid, or the operation is unsupported"},
    Meaning{ExitCode::no_input, "the named item does not exist"},
    Meaning{ExitCode::unavailable, "the service or the plugin cannot be used"},
    Meaning{ExitCode::internal, "an internal error of the plugin or of this program"},
    Meaning{ExitCode::cannot_create, "conflict: it already exists"},
    Meaning{ExitCode::io, "reading or writing failed"},
    Meaning{ExitCode::try_again, "not now: rate limit, quota, timeout, or in use; try again later"},
    Meaning{ExitCode::protocol, "the service sent an unreadable answer"},
    Meaning{ExitCode::no_permission, "not signed in, or not allowed"},
    Meaning{ExitCode::config, "a setting, the app's credentials or the sealing key is not valid"},
    Meaning{ExitCode::unknown_outcome,
            "the request was sent, but the outcome is unknown: check before trying again"},
};

}  // namespace

ExitCode exit_code(ErrorClass error_class) noexcept {
  switch (error_class) {
    case ErrorClass::invalid_input:
    case ErrorClass::too_large:
    case ErrorClass::limitation:
      return ExitCode::bad_data;
    case ErrorClass::not_found:
      return ExitCode::no_input;
    case ErrorClass::unavailable:
      return ExitCode::unavailable;
    case ErrorClass::host_fault:
    case ErrorClass::plugin_fault:
      return ExitCode::internal;
    case ErrorClass::conflict:
      return ExitCode::cannot_create;
    case ErrorClass::rate_limited:
    case ErrorClass::quota:
    case ErrorClass::timeout:
      return ExitCode::try_again;
    case ErrorClass::bad_response:
      return ExitCode::protocol;
    case ErrorClass::auth_expired:
    case ErrorClass::needs_reauth:
    case ErrorClass::forbidden:
      return ExitCode::no_permission;
    case ErrorClass::app_misconfigured:
      return ExitCode::config;
    case ErrorClass::unknown_outcome:
      return ExitCode::unknown_outcome;
  }
  return ExitCode::internal;
}

ExitCode exit_code(StoreError::Kind kind) noexcept {
  switch (kind) {
    case StoreError::Kind::busy:
      return ExitCode::try_again;
    case StoreError::Kind::newer_schema:
      return ExitCode::config;
    case StoreError::Kind::conflict:
      return ExitCode::cannot_create;
    case StoreError::Kind::full:
    case StoreError::Kind::corrupt:
    case StoreError::Kind::missing:
    case StoreError::Kind::io:
      return ExitCode::io;
  }
  return ExitCode::io;
}

ExitCode exit_code(SealError::Kind kind) noexcept {
  switch (kind) {
    case SealError::Kind::key_missing:
    case SealError::Kind::key_invalid:
    case SealError::Kind::wrong_key:
      return ExitCode::config;
    case SealError::Kind::key_unsafe:
      return ExitCode::no_permission;
    case SealError::Kind::damaged:
    case SealError::Kind::endpoints:
    case SealError::Kind::io:
      return ExitCode::io;
  }
  return ExitCode::io;
}

std::string exit_code_table() {
  std::string out = "Exit codes:\n";
  for (const auto &[code, text] : meanings) {
    const std::string number = std::to_string(static_cast<int>(code));
    out += std::string(4 - number.size(), ' ') + number + "  ";
    out += text;
    out += '\n';
  }
  return out;
}

}  // namespace host::cli
