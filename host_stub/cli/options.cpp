#include "cli/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "cli/failure.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/manifest/yaml_document.hpp"
#include "store/retention.hpp"
#include "text/suggestion.hpp"

namespace host::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::array kinds{
    SettingKind{.name = "data-dir",
                .variable = "CONNECTOR_DATA_DIR",
                .value = "PATH",
                .help = "directory for connections, cursors and events"},
    SettingKind{.name = "plugin-dir",
                .variable = "CONNECTOR_PLUGIN_PATH",
                .value = "PATH",
                .help = "directory with plugins; may be repeated",
                .repeatable = true,
                .separator = ':',
                .accumulates = true},
    SettingKind{.name = "key-file",
                .variable = "CONNECTOR_KEY_FILE",
                .value = "PATH",
                .help = "key file for the stored secrets, instead of the data directory's own key"},
    SettingKind{.name = "connect-to",
                .variable = "CONNECTOR_CONNECT_TO",
                .value = "HOST:PORT:ADDR:PORT",
                .help = "connect to a host at another address, as in curl; may be repeated",
                .repeatable = true},
    SettingKind{.name = "ca-file",
                .variable = "CONNECTOR_CA_FILE",
                .value = "PATH",
                .help = "file with the trusted certificate authorities, instead of the system's"},
    SettingKind{.name = "proxy",
                .variable = "CONNECTOR_PROXY",
                .value = "URL",
                .help = "proxy for all requests and webhooks: http://HOST:PORT; http_proxy and "
                        "https_proxy are ignored"},
    SettingKind{.name = "no-proxy",
                .variable = "CONNECTOR_NO_PROXY",
                .value = "HOST",
                .help = "host or domain to reach without the proxy, besides this machine; may be "
                        "repeated",
                .repeatable = true},
    SettingKind{.name = "core-dumps",
                .variable = "CONNECTOR_CORE_DUMPS",
                .value = "yes|no",
                .help = "allow core dumps and debuggers; both show the secrets in memory "
                        "(default: no)"},
    SettingKind{.name = "log-format",
                .variable = "CONNECTOR_LOG_FORMAT",
                .value = "text|json",
                .help = "format of the log lines"},
    SettingKind{.name = "log-level",
                .variable = "CONNECTOR_LOG_LEVEL",
                .value = "debug|info|warn|error|off",
                .help = "lowest level that is logged"},
    SettingKind{.name = "sink",
                .variable = "CONNECTOR_SINK",
                .value = "stdout|file:PATH|webhook:URL",
                .help = "destination for events; may be repeated",
                .repeatable = true,
                .of_run = true},
    SettingKind{.name = "webhook-secret-file",
                .variable = "CONNECTOR_WEBHOOK_SECRET_FILE",
                .value = "PATH",
                .help = "file with the whsec_... secret that signs webhooks",
                .of_run = true},
    SettingKind{.name = "interval",
                .variable = "CONNECTOR_INTERVAL",
                .value = "SECONDS",
                .help = "poll every trigger at this interval; for demonstrations and tests",
                .of_run = true},
    SettingKind{.name = "workers",
                .variable = "CONNECTOR_WORKERS",
                .value = "N",
                .help = "number of polling threads (default: one per processor, at most 4)",
                .of_run = true},
    SettingKind{.name = "keep-days",
                .variable = "CONNECTOR_KEEP_DAYS",
                .value = "DAYS",
                .help = "days to keep delivered events (default: 30; 0: forever)",
                .of_run = true},
    SettingKind{.name = "session-days",
                .variable = "CONNECTOR_SESSION_DAYS",
                .value = "DAYS",
                .help = "days after which a browser has to sign in again (default: 30)",
                .of_run = true},
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (const std::string_view part = text.substr(0, end); !part.empty()) out.emplace_back(part);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

// systemd's StateDirectory first, then the XDG base directory specification.
SettingValue default_data_dir(const Environment &environment, bool root) {
  if (const auto state = split(variable(environment, "STATE_DIRECTORY"), ':'); !state.empty())
    return {state.front(), "environment STATE_DIRECTORY"};
  if (root) return {"/var/lib/connector-host", "default"};
  if (const std::string home = variable(environment, "XDG_STATE_HOME"); home.starts_with('/'))
    return {(fs::path(home) / "connector-host").string(), "environment XDG_STATE_HOME"};
  if (const std::string home = variable(environment, "HOME"); !home.empty())
    return {(fs::path(home) / ".local/state/connector-host").string(), "default"};
  return {};
}

fs::path default_config_file(const Environment &environment, bool root) {
  if (root) return "/etc/connector-host/config.yaml";
  if (const std::string home = variable(environment, "XDG_CONFIG_HOME"); home.starts_with('/'))
    return fs::path(home) / "connector-host/config.yaml";
  if (const std::string home = variable(environment, "HOME"); !home.empty())
    return fs::path(home) / ".config/connector-host/config.yaml";
  return {};
}

std::optional<std::string> scalar_text(const json::value &value) {
  if (const json::string *text = value.if_string()) return std::string(*text);
  if (value.is_number()) return json::serialize(value);
  return std::nullopt;
}

CommandFailure file_failure(const cpi::manifest::Document &document, const std::string &key,
                            const std::string &what, std::string advice = {}) {
  const cpi::manifest::Location at = document.map.locate(cpi::pointer_join("", key));
  return config_failure(std::string(document.map.file_name(at.file)) + ':' +
                            std::to_string(at.line) + ':' + std::to_string(at.column) + ": " + what,
                        std::move(advice));
}

std::string underscored(std::string_view name) {
  std::string out(name);
  for (char &c : out)
    if (c == '-') c = '_';
  return out;
}

// Seconds, with an optional fraction.
std::optional<std::chrono::milliseconds> seconds_of(const std::string &text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(seconds >= 0.01) || seconds > 86'400 * 31) return std::nullopt;
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::optional<std::chrono::milliseconds> days_of(const std::string &text) {
  double days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(days >= 0) || days > 36'500) return std::nullopt;
  return std::chrono::milliseconds(std::llround(days * 86'400'000));
}

std::optional<unsigned> count_of(const std::string &text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number >= 1 && number <= 64 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string variable(const Environment &environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::span<const SettingKind> setting_kinds() noexcept {
  return kinds;
}

Environment process_environment() {
  Environment out;
  for (char **entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

Settings::Settings(const Flags &flags, std::string config_flag, const Environment &environment,
                   bool root)
    : environment_(environment) {
  for (const SettingKind &kind : kinds)
    if (const auto given = flags.find(kind.name); given != flags.end())
      add(kind, given->second, "flag --" + std::string(kind.name));
  for (const SettingKind &kind : kinds) {
    const std::string value = variable(environment, kind.variable);
    if (value.empty()) continue;
    const std::string origin = "environment " + std::string(kind.variable);
    if (kind.repeatable) {
      add(kind, split(value, kind.separator), origin);
    } else {
      add(kind, std::span(&value, 1), origin);
    }
  }

  if (!config_flag.empty()) {
    config_file_ = {std::move(config_flag), "flag --config"};
  } else if (std::string named = variable(environment, "CONNECTOR_CONFIG"); !named.empty()) {
    config_file_ = {std::move(named), "environment CONNECTOR_CONFIG"};
  } else if (const fs::path path = default_config_file(environment, root); !path.empty()) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) config_file_ = {path.string(), "default"};
  }
  if (!config_file_.value.empty()) read_file(config_file_.value);

  const auto fall_back = [this](std::string_view name, const SettingValue &value) {
    if (!value.value.empty() && values_[name].empty()) values_[name].push_back(value);
  };
  fall_back("data-dir", default_data_dir(environment, root));
  fall_back("log-format", {"text", "default"});
  fall_back("log-level", {"info", "default"});
  fall_back("sink", {"stdout", "default"});
  check();
}

void Settings::add(const SettingKind &kind, std::span<const std::string> values,
                   const std::string &origin) {
  auto &known = values_[kind.name];
  if (!known.empty() && !kind.accumulates) return;
  for (const std::string &value : values) known.push_back({value, origin});
}

void Settings::read_file(const fs::path &path) {
  const cpi::manifest::FileBytes file = cpi::manifest::read_file(path);
  if (!file.bytes)
    throw config_failure("The configuration file cannot be read: " +
                         cpi::manifest::to_line(file.problems.at(0)));
  const cpi::manifest::ReadResult read = cpi::manifest::read_yaml(*file.bytes, path.string());
  if (!read.document)
    throw config_failure("The configuration file is not valid: " +
                         cpi::manifest::to_line(read.problems.at(0)));
  const json::value &root = read.document->value;
  if (root.is_null()) return;
  if (!root.is_object())
    throw file_failure(*read.document, "", "a configuration file must be a map of settings");

  std::vector<std::string> names;
  for (const SettingKind &kind : kinds) names.push_back(underscored(kind.name));
  for (const auto &member : root.get_object()) {
    const std::string key(member.key());
    const auto kind = std::ranges::find_if(
        kinds, [&key](const SettingKind &one) { return underscored(one.name) == key; });
    if (kind == kinds.end())
      throw file_failure(*read.document, key, "there is no setting \"" + key + "\"",
                         did_you_mean(key, names));
    std::vector<std::string> values;
    if (const auto text = scalar_text(member.value())) {
      values.push_back(*text);
    } else if (const json::array *list = member.value().if_array(); list && kind->repeatable) {
      for (const json::value &element : *list) {
        const auto one = scalar_text(element);
        if (!one)
          throw file_failure(*read.document, key, "\"" + key + "\" must be a list of texts");
        values.push_back(*one);
      }
    } else {
      throw file_failure(
          *read.document, key,
          '"' + key + "\" must be " + (kind->repeatable ? "a text or a list of texts" : "text"));
    }
    const cpi::manifest::Location at =
        read.document->map.locate(cpi::pointer_join("", member.key()));
    add(*kind, values, path.string() + ':' + std::to_string(at.line));
  }
}

void Settings::check() const {
  const auto refuse = [this](std::string_view name, const std::string &expected) {
    const SettingValue &value = values(name).front();
    const bool flag = value.origin.starts_with("flag ");
    const std::string message = "\"" + value.value + "\" (" + value.origin + ") is not " + expected;
    if (flag) throw usage_failure(message + '.');
    throw config_failure(message + '.');
  };
  if (!log_format_named(text("log-format"))) refuse("log-format", "text or json");
  if (!log_level_named(text("log-level"))) refuse("log-level", "debug, info, warn, error or off");
  if (const std::string wanted = text("interval"); !wanted.empty() && !seconds_of(wanted))
    refuse("interval", "a number of seconds from 0.01 to 2678400");
  if (const std::string wanted = text("workers"); !wanted.empty() && !count_of(wanted))
    refuse("workers", "a number from 1 to 64");
  if (const std::string wanted = text("session-days");
      !wanted.empty() && days_of(wanted).value_or(std::chrono::milliseconds(0)).count() == 0)
    refuse("session-days", "a number of days, more than 0 and at most 36500");
  if (const std::string wanted = text("keep-days"); !wanted.empty() && !days_of(wanted))
    refuse("keep-days", "a number of days from 0 to 36500");
  if (const std::string wanted = text("core-dumps");
      !wanted.empty() && wanted != "yes" && wanted != "no")
    refuse("core-dumps", "yes or no");
  if (text("data-dir").empty())
    throw config_failure("No data directory is set: neither HOME nor XDG_STATE_HOME is set.",
                         "Set it with --data-dir or CONNECTOR_DATA_DIR.");
}

std::span<const SettingValue> Settings::values(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return {};
  return found->second;
}

std::string Settings::text(std::string_view name) const {
  const auto all = values(name);
  return all.empty() ? std::string() : all.front().value;
}

std::vector<std::string> Settings::list(std::string_view name) const {
  std::vector<std::string> out;
  for (const SettingValue &value : values(name)) out.push_back(value.value);
  return out;
}

LogFormat Settings::log_format() const {
  return log_format_named(text("log-format")).value_or(LogFormat::text);
}

LogLevel Settings::log_level() const {
  return log_level_named(text("log-level")).value_or(LogLevel::info);
}

std::chrono::milliseconds Settings::interval() const {
  return seconds_of(text("interval")).value_or(std::chrono::milliseconds{0});
}

bool Settings::core_dumps() const {
  return text("core-dumps") == "yes";
}

unsigned Settings::workers() const {
  return count_of(text("workers")).value_or(0);
}

std::chrono::milliseconds Settings::session_lifetime() const {
  return days_of(text("session-days")).value_or(std::chrono::hours(24 * 30));
}

std::chrono::milliseconds Settings::keep_history() const {
  return days_of(text("keep-days")).value_or(default_retention);
}

}  // namespace host::cli
