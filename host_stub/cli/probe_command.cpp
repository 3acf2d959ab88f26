// probe: whether the service behaves for this account as the connector assumes. It only reads,
// unless --writes names what a person has made for its writes.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "auth/secret_input.hpp"
#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/session.hpp"
#include "control/probing.hpp"
#include "probe/verdict.hpp"
#include "probe/write_probe.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

struct ProbeOptions {
  std::string connection;
  std::string output;
  bool force = false;
  std::optional<std::string> writes;
  bool clean_up = false;
  bool yes = false;
};

void declare_probe(CLI::App &command, ProbeOptions &options) {
  command
      .add_option("CONNECTION", options.connection,
                  "its ID, the beginning of its ID, or its account")
      ->required();
  command
      .add_option("--output", options.output,
                  "write a recording that can be shared: types, formats and counts of all answers, "
                  "without values, ids, texts and credentials")
      ->type_name("FILE");
  command.add_flag("--force", options.force, "replace FILE if it exists");
  command
      .add_option("--writes", options.writes,
                  "also try writes in this empty list, by its ID: make one for it first. What is "
                  "written is shown before, and removed afterwards, also after Ctrl-C; a second "
                  "Ctrl-C ends the program without that")
      ->type_name("LIST");
  command.add_flag("--clean-up", options.clean_up,
                   "with --writes: only remove from the list what a probe left that was killed; "
                   "nothing else in it is deleted, and nothing is written");
  command.add_flag("--yes", options.yes, "write, or clean up, without asking");
}

CommandFailure file_failure(const std::string &path, int error) {
  const bool exists = error == EEXIST;
  OperationError why;
  why.error_class = exists ? ErrorClass::conflict : ErrorClass::host_fault;
  why.fault = Fault::user;
  why.message = exists
                    ? path + " already exists. Nothing was sent."
                    : path + " cannot be written: " + std::generic_category().message(error) + '.';
  why.advice = exists ? "Choose another name, or replace the file with --force."
                      : "Check the folder and its permissions.";
  return {exists ? ExitCode::cannot_create : ExitCode::io, std::move(why)};
}

// The recording's file, private to this user. It is created before the first request, so that a
// probe is not wasted on a name that cannot be used, and removed again unless `write` succeeds.
// With --force the old file is replaced at the end, and is unchanged until then.
class RecordingFile {
 public:
  RecordingFile(std::string path, bool force) : path_(std::move(path)) {
    if (path_.empty()) return;
    written_ = force ? path_ + ".XXXXXX" : path_;
    descriptor_ = force ? ::mkostemp(written_.data(), O_CLOEXEC)
                        : ::open(written_.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor_ < 0) throw file_failure(path_, errno);
  }
  RecordingFile(const RecordingFile &) = delete;
  RecordingFile &operator=(const RecordingFile &) = delete;
  ~RecordingFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(written_.c_str());
  }

  void write(std::string_view text) {
    if (descriptor_ < 0) return;
    while (!text.empty()) {
      const ssize_t count = ::write(descriptor_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw file_failure(path_, errno);
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(descriptor_) != 0) throw file_failure(path_, errno);
    if (written_ != path_ && ::rename(written_.c_str(), path_.c_str()) != 0)
      throw file_failure(path_, errno);
    ::close(std::exchange(descriptor_, -1));
  }

 private:
  std::string path_;
  std::string written_;
  int descriptor_ = -1;
};

Output::Tone tone_of(ProbeVerdict::Kind kind) {
  switch (kind) {
    case ProbeVerdict::Kind::holds:
      return Output::Tone::good;
    case ProbeVerdict::Kind::does_not_hold:
      return Output::Tone::bad;
    case ProbeVerdict::Kind::could_not_be_checked:
      return Output::Tone::doubtful;
  }
  return Output::Tone::bad;
}

// "mailing list 88210"
std::string place_text(const cpi::ProbeWrites &writes, const json::value &place) {
  return one_line(writes.place.title) + ' ' +
         (place.is_string() ? one_line(place.get_string()) : json::serialize(place));
}

// What will be written, and how it ends; a line for each sentence.
std::string plan_text(const cpi::ProbeWrites &writes, const std::string &place) {
  std::string text = "The probe will write to the " + place + ":\n";
  for (const std::string &each : writes.description) text += "  * " + one_line(each) + '\n';
  text += "Afterwards, also after an error or Ctrl-C, it cleans up and verifies that:\n";
  for (const cpi::ProbeCleanup &each : writes.cleanup)
    text += "  * " + one_line(each.description) + '\n';
  for (const std::string &each : writes.remains) text += "  * " + one_line(each) + '\n';
  return text + "It sends at most " + std::to_string(writes.asked.max_requests) +
         " requests for that, besides those of the probe that only reads.\n";
}

// What will be removed of an earlier probe's.
std::string clean_up_plan_text(const cpi::ProbeWrites &writes, const std::string &place,
                               const std::vector<Leftover> &left) {
  std::string text = "An interrupted probe has left something in the " + place + ":\n";
  std::string removals;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].state != Leftover::State::found) continue;
    text += "  * " + one_line(left[i].seen) + '\n';
    removals += "  * " + one_line(writes.cleanup[i].description) + '\n';
  }
  return text + "The clean-up does only this, and verifies it:\n" + removals;
}

// One line for each clean-up.
std::string cleanup_text(const WriteReport &report) {
  std::string text;
  for (std::size_t i = 0; i < report.cleanup.size(); ++i) {
    const cpi::ProbeCleanup &cleanup = report.writes.cleanup[i];
    const CleanupResult &result = report.cleanup[i];
    if (result.state == CleanupResult::State::not_needed) continue;
    const std::string at = place_text(report.writes, report.place) + ": ";
    text += result.state == CleanupResult::State::clean
                ? "Cleaned up: " + at + one_line(result.seen) + ".\n"
                : "NOT CLEANED UP: " + at + one_line(result.seen) + ". " +
                      one_line(cleanup.by_hand) + '\n';
  }
  for (const std::string &each : report.writes.remains) text += one_line(each) + '\n';
  return text;
}

void note_lines(Context &context, std::string lines) {
  while (lines.ends_with('\n')) lines.pop_back();
  context.output.note(lines);
}

json::object writes_json(const WriteReport &report) {
  json::array cleanup;
  for (std::size_t i = 0; i < report.cleanup.size(); ++i) {
    const cpi::ProbeCleanup &of = report.writes.cleanup[i];
    json::object one{{"id", of.id},
                     {"description", of.description},
                     {"state", cleanup_state_name(report.cleanup[i].state)},
                     {"seen", report.cleanup[i].seen}};
    if (report.cleanup[i].state == CleanupResult::State::left) one["by_hand"] = of.by_hand;
    cleanup.push_back(std::move(one));
  }
  json::array remains;
  for (const std::string &each : report.writes.remains) remains.emplace_back(each);
  return {{"place", report.place},         {"title", report.writes.place.title},
          {"requests", report.sent},       {"max_requests", report.writes.asked.max_requests},
          {"cleanup", std::move(cleanup)}, {"remains", std::move(remains)}};
}

std::string verdicts_text(const Output &output, const cpi::Probe &probe,
                          const std::vector<ProbeVerdict> &verdicts) {
  constexpr std::size_t column = 21;  // the longest verdict and two blanks
  std::string text;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const cpi::ProbeAssumption &assumption = probe.assumptions[i];
    const ProbeVerdict &verdict = verdicts[i];
    const std::string_view name = verdict_name(verdict.kind);
    text += output.toned(tone_of(verdict.kind), name) + std::string(column - name.size(), ' ') +
            one_line(assumption.id) + ": " + one_line(assumption.description) + '\n' +
            std::string(column, ' ') + one_line(verdict.seen) + ".\n";
  }
  return text;
}

std::string report_text(const Output &output, const ProbeReport &report) {
  std::string text = verdicts_text(output, report.probe, report.verdicts);
  std::size_t count = report.verdicts.size();
  if (report.writes) {
    text += verdicts_text(output, report.writes->writes.asked, report.writes->verdicts);
    count += report.writes->verdicts.size();
  }
  using Kind = ProbeVerdict::Kind;
  text += '\n' + std::to_string(count) +
          " assumptions: " + std::to_string(report.count(Kind::holds)) + " hold, " +
          std::to_string(report.count(Kind::does_not_hold)) + " do not hold, " +
          std::to_string(report.count(Kind::could_not_be_checked)) + " could not be checked. " +
          std::to_string(report.sent) + " requests were sent, all of them reads" +
          (report.writes ? ", and " + std::to_string(report.writes->sent) + " for the writes.\n" +
                               cleanup_text(*report.writes)
                         : ".\n");
  return text;
}

// Asks the person at the terminal, or wants --yes. `verb`: "write"; `done`: "written".
void confirm(Context &context, const ProbeOptions &options, const std::string &plan,
             const std::string &verb, const std::string &done) {
  if (options.yes) return note_lines(context, plan);
  if (context.output.json() || !process_terminal()->interactive())
    throw usage_failure("Nothing was " + done + ". " + plan,
                        "To " + verb + " that, repeat the command with --yes.");
  note_lines(context, plan);
  const std::string answer = ask_at_terminal("Type yes to " + verb + " that");
  if (answer != "yes" && answer != "y")
    throw usage_failure("Nothing was " + done + ": the question was not answered with yes.");
}

ExitCode clean_up(Context &context, Session &session, const ConnectionRecord &connection,
                  const ProbeOptions &options, const ProbeListener &listener) {
  const LeftoverReport report =
      clean_up_after_probe(session, session.network(), connection, *options.writes, listener);
  std::string text = cleanup_text(report.writes);
  const bool found = std::ranges::any_of(
      report.leftovers, [](const Leftover &each) { return each.state == Leftover::State::found; });
  if (!found) {
    text = "Nothing was removed. In the " + place_text(report.writes.writes, report.writes.place) +
           " is nothing of a probe:\n";
    for (const Leftover &each : report.leftovers) text += "  * " + one_line(each.seen) + '\n';
  }
  context.output.result({{"connection", connection.id},
                         {"plugin", connection.plugin},
                         {"writes", writes_json(report.writes)}},
                        text);
  return report.writes.all_clean() ? ExitCode::ok : ExitCode::unavailable;
}

ExitCode probe(Context &context, const ProbeOptions &options) {
  if (options.force && options.output.empty()) throw usage_failure("--force needs --output FILE.");
  if (options.yes && !options.writes) throw usage_failure("--yes needs --writes LIST.");
  if (options.clean_up && !options.writes) throw usage_failure("--clean-up needs --writes LIST.");
  if (options.clean_up && !options.output.empty())
    throw usage_failure("--clean-up makes no recording: leave out --output.");
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  RecordingFile file(options.output, options.force);
  ProbeListener listener;
  listener.reading = [&context](std::size_t number, std::size_t all, const std::string &id) {
    context.output.note("request " + std::to_string(number) + " of " + std::to_string(all) + ": " +
                        id);
  };
  listener.confirm = [&](const cpi::ProbeWrites &writes, const json::value &place,
                         const std::vector<Leftover> *left) {
    const std::string at = place_text(writes, place);
    if (left == nullptr)
      confirm(context, options, plan_text(writes, at), "write", "written");
    else
      confirm(context, options, clean_up_plan_text(writes, at, *left), "remove", "removed");
    context.audited = connection.id;
  };
  listener.writing = [&context](const std::string &id) { context.output.note("writes: " + id); };
  listener.cleaning = [&context](const std::string &id) {
    context.output.note("cleaning up: " + id);
  };
  listener.cleaned_after_interruption = [&context](const WriteReport &report) {
    note_lines(context, cleanup_text(report));
  };
  if (options.clean_up) return clean_up(context, session, connection, options, listener);
  const ProbeReport report =
      probe_connection(session, session.network(), connection, options.writes, listener);
  // What is left is told even if neither the file nor the report can be written.
  if (report.writes && !report.writes->all_clean())
    note_lines(context, cleanup_text(*report.writes));
  file.write(pretty(report.recording));
  json::object out{{"connection", connection.id},
                   {"plugin", connection.plugin},
                   {"requests", report.sent},
                   {"max_requests", report.probe.max_requests},
                   {"holds", report.count(ProbeVerdict::Kind::holds)},
                   {"does_not_hold", report.count(ProbeVerdict::Kind::does_not_hold)},
                   {"could_not_be_checked", report.count(ProbeVerdict::Kind::could_not_be_checked)},
                   {"assumptions", report.recording.at("assumptions")}};
  if (report.writes) out["writes"] = writes_json(*report.writes);
  std::string text = report_text(context.output, report);
  if (!options.output.empty()) {
    out["recording"] = options.output;
    text += "The recording is in " + one_line(options.output) + ".\n";
  }
  context.output.result(out, text);
  return report.writes && !report.writes->all_clean() ? ExitCode::unavailable : ExitCode::ok;
}

}  // namespace

void add_probe_command(Commands &commands) {
  commands.add<ProbeOptions>(
      commands.root(), "probe",
      "Check with read requests whether the service behaves for this account as the connector "
      "assumes; with --writes also what writes do. An assumption that does not hold is a result: "
      "the exit code is 0. It is 69 if something that was written could not be removed",
      "connector-host probe owner@example.com --output sendpulse-probe.json\n"
      "connector-host probe owner@example.com --writes 88210 --output sendpulse-probe.json",
      declare_probe, probe, "probe.write");
}

}  // namespace host::cli
