// The settings that all commands share, with their origins. Precedence: flag, environment,
// configuration file, default.
//
// The configuration file is YAML, read by the strict reader of manifests, so that an error names
// its line: the flags' names with underscores, and lists for flags that may be repeated.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.hpp"
#include "store/store.hpp"

namespace host::cli {

// One row of the table of settings.
struct SettingKind {
  std::string_view name;      // "data-dir": the flag without its dashes; with "_" in the file
  std::string_view variable;  // "CONNECTOR_DATA_DIR"
  std::string_view value;     // what the flag is followed by, for --help: "PATH"
  std::string_view help;
  bool repeatable = false;
  char separator = ',';      // of a repeatable one's variable
  bool accumulates = false;  // values of all origins are used, in order of precedence
  bool of_run = false;       // a flag of `run` only, but in environment and file like the others
};
std::span<const SettingKind> setting_kinds() noexcept;

struct SettingValue {
  std::string value;
  std::string origin;  // "flag --data-dir", "environment CONNECTOR_DATA_DIR", "PATH:3", "default"
};

using Environment = std::map<std::string, std::string, std::less<>>;
// This process's variables; read once, before other threads start.
Environment process_environment();
std::string variable(const Environment &environment, std::string_view name);  // empty: not set

// The values from the command line by setting; filled by CLI11.
using Flags = std::map<std::string, std::vector<std::string>, std::less<>>;

class Settings {
 public:
  // `root`: whether this is the superuser, whose default directories are the system's. Throws
  // CommandFailure (config) for a file that cannot be read, a name or a value that makes no sense.
  Settings(const Flags &flags, std::string config_flag, const Environment &environment, bool root);

  // In the order of the table; nothing for a setting that has no value.
  std::span<const SettingValue> values(std::string_view name) const;
  // The value with the highest precedence, or empty.
  std::string text(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;

  std::filesystem::path data_dir() const { return text("data-dir"); }
  StoreAddress store() const { return data_dir(); }
  bool core_dumps() const;
  LogFormat log_format() const;
  LogLevel log_level() const;
  std::chrono::milliseconds interval() const;      // 0: every trigger's own
  unsigned workers() const;                        // 0: as many as the machine suggests
  std::chrono::milliseconds keep_history() const;  // 0: forever
  std::chrono::milliseconds session_lifetime() const;

  // The configuration file that was read, and where it was named; empty when there is none.
  const SettingValue &config_file() const noexcept { return config_file_; }
  const Environment &environment() const noexcept { return environment_; }

 private:
  void read_file(const std::filesystem::path &path);
  void add(const SettingKind &kind, std::span<const std::string> values, const std::string &origin);
  void check() const;

  Environment environment_;
  SettingValue config_file_;
  std::map<std::string_view, std::vector<SettingValue>> values_;
};

}  // namespace host::cli
