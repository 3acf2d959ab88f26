// The program's log: lines on standard error, as text for people or as one JSON object each.
// Standard output is reserved for data.
#pragma once

#include <spdlog/logger.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "log/redaction.hpp"

namespace host {

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warn, error, off };

std::optional<LogFormat> log_format_named(std::string_view name);
std::optional<LogLevel> log_level_named(std::string_view name);

// A text, borrowed for the call, or a number.
class LogValue {
 public:
  LogValue(std::string_view text) : value_(text) {}  // NOLINT(google-explicit-constructor)
  LogValue(const std::string &text) : value_(std::string_view(text)) {}  // NOLINT
  LogValue(const char *text) : value_(std::string_view(text)) {}         // NOLINT
  template <std::integral Number>
  LogValue(Number number) : value_(static_cast<std::int64_t>(number)) {}  // NOLINT

  const std::variant<std::string_view, std::int64_t> &get() const noexcept { return value_; }
  bool empty() const noexcept;  // an empty text; a number is never empty

 private:
  std::variant<std::string_view, std::int64_t> value_;
};

// [any thread]
class Log {
 public:
  // Writes to the file descriptor and does not close it; the redactor must outlive it.
  Log(LogFormat format, LogLevel level, int descriptor, const Redactor &redactor);

  // Text: "2026-11-23T14:00:00.123Z info message name=value ...". JSON: {"time", "level",
  // "message", name: value, ...}. Fields with an empty value are left out.
  using Field = std::pair<std::string_view, LogValue>;
  void write(LogLevel level, std::string_view message, std::initializer_list<Field> fields = {});

  void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(LogLevel::info, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(LogLevel::warn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(LogLevel::error, message, fields);
  }

 private:
  LogFormat format_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace host
