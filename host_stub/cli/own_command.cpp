#include "cli/own_command.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace host::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view program_name = "connector-host";

// Whether the first program of that name in PATH is this one.
bool in_path(const Environment &environment, const fs::path &executable) {
  const auto path = environment.find("PATH");
  if (path == environment.end()) return false;
  std::string_view rest = path->second;
  std::error_code error;
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    const fs::path place = fs::path(rest.substr(0, end)) / program_name;
    if (fs::exists(place, error)) return fs::equivalent(place, executable, error);
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain = "-_./:=@%+,";
  const bool simple = !text.empty() && std::ranges::all_of(text, [plain](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           plain.find(c) != std::string_view::npos;
  });
  if (simple) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + '\'';
}

std::string own_command(const Settings &settings, std::string_view command) {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  std::string out = error || in_path(settings.environment(), executable)
                        ? std::string(program_name)
                        : shell_word(executable.string());
  for (const SettingValue &value : settings.values("data-dir"))
    if (value.origin != "default")
      out += " --data-dir " + shell_word(fs::absolute(value.value).string());
  return out + ' ' + std::string(command);
}

}  // namespace host::cli
