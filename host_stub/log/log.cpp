#include "log/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstddef>
#include <mutex>

#include "base/clock.hpp"
#include "text/terminal_text.hpp"
#include "text/time_text.hpp"

namespace host {

namespace {

namespace json = boost::json;

class RedactingSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  RedactingSink(int descriptor, const Redactor &redactor)
      : descriptor_(descriptor), redactor_(redactor) {}

 protected:
  void sink_it_(const spdlog::details::log_msg &message) override {
    std::string line = redactor_.redact({message.payload.data(), message.payload.size()});
    line += '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;  // the failure cannot be reported anywhere
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush_() override {}

 private:
  int descriptor_;
  const Redactor &redactor_;
};

constexpr spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "";
}

// A value with spaces or quotes is quoted, so that fields can be separated.
std::string field_text(const LogValue &field) {
  if (const std::int64_t *number = std::get_if<std::int64_t>(&field.get()))
    return std::to_string(*number);
  const std::string_view value = std::get<std::string_view>(field.get());
  if (value.find_first_of(" \"=\t\n\\") == std::string_view::npos) return one_line(value);
  return one_line(json::serialize(json::string(value)));
}

}  // namespace

std::optional<LogFormat> log_format_named(std::string_view name) {
  if (name == "text") return LogFormat::text;
  if (name == "json") return LogFormat::json;
  return std::nullopt;
}

std::optional<LogLevel> log_level_named(std::string_view wanted) {
  for (const LogLevel level :
       {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off})
    if (name(level) == wanted) return level;
  return std::nullopt;
}

bool LogValue::empty() const noexcept {
  const std::string_view *text = std::get_if<std::string_view>(&value_);
  return text != nullptr && text->empty();
}

Log::Log(LogFormat format, LogLevel level, int descriptor, const Redactor &redactor)
    : format_(format),
      logger_(std::make_shared<spdlog::logger>(
          "connector-host", std::make_shared<RedactingSink>(descriptor, redactor))) {
  logger_->set_level(spdlog_level(level));
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) {
  if (!logger_->should_log(spdlog_level(level))) return;
  std::string line;
  if (format_ == LogFormat::json) {
    json::object out{
        {"time", time_text(unix_ms_now())}, {"level", name(level)}, {"message", message}};
    for (const auto &[key, value] : fields)
      if (!value.empty())
        std::visit([&out, name = key](auto held) { out[name] = held; }, value.get());
    line = harmless_json(json::serialize(out));
  } else {
    line = time_text(unix_ms_now()) + ' ' + std::string(name(level)) + ' ' + one_line(message);
    for (const auto &[key, value] : fields)
      if (!value.empty()) line += ' ' + std::string(key) + '=' + field_text(value);
  }
  logger_->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace host
