// probe: whether the service behaves for this account as the connector assumes. Reads only.
#include <fcntl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "control/probing.hpp"
#include "probe/recording.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

struct ProbeOptions {
  std::string connection;
  std::string output;
  bool force = false;
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

std::string report_text(const Output &output, const ProbeReport &report) {
  constexpr std::size_t column = 21;  // the longest verdict and two blanks
  std::string text;
  for (std::size_t i = 0; i < report.verdicts.size(); ++i) {
    const cpi::ProbeAssumption &assumption = report.probe.assumptions[i];
    const ProbeVerdict &verdict = report.verdicts[i];
    const std::string_view name = verdict_name(verdict.kind);
    text += output.toned(tone_of(verdict.kind), name) + std::string(column - name.size(), ' ') +
            one_line(assumption.id) + ": " + one_line(assumption.description) + '\n' +
            std::string(column, ' ') + one_line(verdict.seen) + ".\n";
  }
  using Kind = ProbeVerdict::Kind;
  text += '\n' + std::to_string(report.verdicts.size()) +
          " assumptions: " + std::to_string(report.count(Kind::holds)) + " hold, " +
          std::to_string(report.count(Kind::does_not_hold)) + " do not hold, " +
          std::to_string(report.count(Kind::could_not_be_checked)) + " could not be checked. " +
          std::to_string(report.sent) + " requests were sent, all of them reads.\n";
  return text;
}

ExitCode probe(Context &context, const ProbeOptions &options) {
  if (options.force && options.output.empty()) throw usage_failure("--force needs --output FILE.");
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  RecordingFile file(options.output, options.force);
  const ProbeReport report =
      probe_connection(session, session.network(), connection,
                       [&context](std::size_t number, std::size_t all, const std::string &id) {
                         context.output.note("request " + std::to_string(number) + " of " +
                                             std::to_string(all) + ": " + id);
                       });
  file.write(pretty(report.recording));
  json::object out{{"connection", connection.id},
                   {"plugin", connection.plugin},
                   {"requests", report.sent},
                   {"max_requests", report.probe.max_requests},
                   {"holds", report.count(ProbeVerdict::Kind::holds)},
                   {"does_not_hold", report.count(ProbeVerdict::Kind::does_not_hold)},
                   {"could_not_be_checked", report.count(ProbeVerdict::Kind::could_not_be_checked)},
                   {"assumptions", verdicts_json(report.probe, report.answers, report.verdicts)}};
  std::string text = report_text(context.output, report);
  if (!options.output.empty()) {
    out["recording"] = options.output;
    text += "The recording is in " + one_line(options.output) + ".\n";
  }
  context.output.result(out, text);
  return ExitCode::ok;
}

}  // namespace

void add_probe_command(Commands &commands) {
  commands.add<ProbeOptions>(
      commands.root(), "probe",
      "Check with read requests whether the service behaves for this account as the connector "
      "assumes. An assumption that does not hold is a result: the exit code is 0",
      "connector-host probe owner@example.com --output sendpulse-probe.json", declare_probe, probe);
}

}  // namespace host::cli
