// doctor: runs all checks; exit code 0 only when none fails.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.hpp"
#include "cli/doctor.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

std::string_view name(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warn:
      return "warn";
    case Health::fail:
      return "fail";
  }
  return "";
}

Output::Tone tone(Health health) {
  switch (health) {
    case Health::ok:
      return Output::Tone::good;
    case Health::warn:
      return Output::Tone::doubtful;
    case Health::fail:
      return Output::Tone::bad;
  }
  return Output::Tone::bad;
}

ExitCode doctor(Context &context, const NoOptions & /*options*/) {
  const std::vector<CheckResult> results = examine(context);
  json::array checks;
  std::string text;
  for (const CheckResult &result : results) {
    json::object check{
        {"name", result.name}, {"status", name(result.health)}, {"found", result.found}};
    if (!result.advice.empty()) check["advice"] = result.advice;
    checks.push_back(std::move(check));
    const std::string word(name(result.health));
    text += context.output.toned(tone(result.health), word) + std::string(6 - word.size(), ' ') +
            one_line(result.name) + ": " + many_lines(result.found) + '\n';
    if (!result.advice.empty()) text += "      " + one_line(result.advice) + '\n';
  }
  const auto count = [&results](Health health) {
    return std::ranges::count(results, health, &CheckResult::health);
  };
  const bool healthy = count(Health::fail) == 0;
  text += '\n' + std::to_string(count(Health::ok)) + " ok, " + std::to_string(count(Health::warn)) +
          " with warnings, " + std::to_string(count(Health::fail)) + " failed\n";
  context.output.result({{"ok", healthy}, {"checks", std::move(checks)}}, text);
  return healthy ? ExitCode::ok : ExitCode::unavailable;
}

}  // namespace

void add_doctor_command(Commands &commands) {
  commands.add<NoOptions>(
      commands.root(), "doctor",
      "Check everything that connector-host depends on; exit code 69 when a check fails",
      "connector-host doctor", declare_nothing, doctor);
}

}  // namespace host::cli
