// audit: what was done, by whom, and with what outcome. And the lines that commands add to it.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "control/audit.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

struct AuditOptions {
  std::string since;
  std::int64_t limit = 100;
};

void declare_audit(CLI::App &command, AuditOptions &options) {
  command
      .add_option("--since", options.since, "only lines of the last 12h, 30d, ...; or since a time")
      ->type_name("DURATION|TIME");
  command.add_option("--limit", options.limit, "at most this many, the newest (default: 100)")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000).description(""));
}

// "2026-11-23T14:00:00Z" or "2026-11-23", in UTC; 0: it is none.
std::int64_t unix_ms_of(std::string_view text) {
  using namespace std::chrono;
  const auto number = [text](std::size_t at, std::size_t digits) {
    int value = -1;
    if (at + digits > text.size()) return -1;
    const char *begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + digits, value);
    return error == std::errc() && end == begin + digits ? value : -1;
  };
  const bool has_time = text.size() >= 20 && text[10] == 'T' && text.back() == 'Z';
  if (text.size() != 10 && !has_time) return 0;
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  if (text[4] != '-' || text[7] != '-' || !date.ok()) return 0;
  milliseconds at = sys_days(date).time_since_epoch();
  if (has_time) {
    const int hour = number(11, 2);
    const int minute = number(14, 2);
    const int second = number(17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return 0;
    at += hours(hour) + minutes(minute) + seconds(second);
  }
  return at.count();
}

ExitCode audit(Context &context, const AuditOptions &options) {
  Store::AuditFilter filter;
  filter.limit = options.limit;
  if (const auto span = parse_span(options.since)) {
    filter.since = unix_ms_now() - span->count();
  } else if (!options.since.empty()) {
    filter.since = unix_ms_of(options.since);
    if (filter.since == 0)
      throw usage_failure("\"" + options.since + "\" is neither a duration nor a time.",
                          "Use --since 12h, --since 30d or --since 2026-11-23T14:00:00Z.");
  }
  Session session(context);
  json::array out;
  Table table({"TIME (UTC)", "WHO", "WHAT", "OBJECT", "OUTCOME"});
  for (const AuditRecord &line : session.store().audit(filter)) {
    json::object one{{"seq", line.seq},   {"time", time_text(line.at)}, {"who", line.who},
                     {"what", line.what}, {"object", line.object},      {"outcome", line.outcome}};
    std::string outcome = line.outcome;
    if (line.left_out > 0) {
      one["left_out"] = line.left_out;
      outcome += " (" + std::to_string(line.left_out) + " more before it)";
    }
    out.push_back(std::move(one));
    table.row({time_text(line.at), line.who, line.what, line.object, std::move(outcome)});
  }
  context.output.result(json::object{{"audit", std::move(out)}},
                        table.empty() ? "No audit entries.\n" : table.text(context.output.colour()));
  return ExitCode::ok;
}

}  // namespace

// A command's log is the terminal of the person who typed it: the line is there only at debug
// level. A database that cannot be written does not undo what was done.
void audit_step(Context &context, std::string_view name, std::string_view object,
                std::string outcome) {
  AuditRecord line;
  line.at = unix_ms_now();
  line.who = command_user();
  line.what = name;
  line.object = audit_name(object);
  line.outcome = std::move(outcome);
  log_audit(context.log, LogLevel::debug, line);
  try {
    const auto store = open_store(context.settings.store());
    store_audit(*store, std::span(&line, 1));
  } catch (const StoreError &error) {
    context.log.warn("this command has no line in the audit", {{"reason", error.what()}});
  }
}

ExitCode audit_command(Context &context, std::string_view name,
                       const std::function<ExitCode()> &run) {
  if (name.empty()) return run();
  try {
    const ExitCode code = run();
    if (!context.audited.empty())
      audit_step(context, name, context.audited,
                 code == ExitCode::ok
                     ? "ok"
                     : "failed: exit code " + std::to_string(static_cast<int>(code)));
    return code;
  } catch (const OutputClosed &) {
    if (!context.audited.empty()) audit_step(context, name, context.audited, "ok");
    throw;
  } catch (const Interrupted &) {
    if (!context.audited.empty()) audit_step(context, name, context.audited, "failed: interrupted");
    throw;
  } catch (...) {
    if (!context.audited.empty())
      audit_step(context, name, context.audited, audit_outcome(failure_of_current_exception()));
    throw;
  }
}

void add_audit_command(Commands &commands) {
  commands.add<AuditOptions>(
      commands.root(), "audit",
      "Show who did what: sessions, sign-ins, tokens, changes, actions, deletions, refusals",
      "connector-host audit --since 7d\n"
      "  connector-host audit --json | jq '.audit[] | select(.outcome != \"ok\")'",
      declare_audit, audit);
}

}  // namespace host::cli
