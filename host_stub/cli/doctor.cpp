#include "cli/doctor.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "auth/seal.hpp"
#include "base/clock.hpp"
#include "cli/broken_schemas.hpp"
#include "cli/failure.hpp"
#include "cli/run_lock.hpp"
#include "cli/session.hpp"
#include "control/connecting.hpp"
#include "exchange/retry.hpp"
#include "plugins/plugin.hpp"
#include "polling/refused_parts.hpp"
#include "store/store.hpp"
#include "text/terminal_text.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t little_room = 100u << 20;
constexpr std::chrono::milliseconds tolerated_skew{30'000};

// When the plugin's files were last written or moved into place, in Unix milliseconds.
std::int64_t changed_at(const PluginFiles &files) {
  std::int64_t latest = 0;
  for (const fs::path &file : {files.library_path, files.manifest_path}) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) continue;
    const std::int64_t changed = std::int64_t{status.st_ctim.tv_sec} * 1000 +
                                 std::int64_t{status.st_ctim.tv_nsec} / 1'000'000;
    latest = std::max(latest, changed);
  }
  return latest;
}

class Examination {
 public:
  explicit Examination(Context &context) : context_(context), session_(context) {}

  std::vector<CheckResult> run() {
    data_directory();
    room_on_disk();
    database();
    running_host();
    sealing_key();
    plugins();
    broken_schemas();
    certificates();
    connections();
    clock();
    events();
    return std::move(results_);
  }

 private:
  void add(std::string name, Health health, std::string found, std::string advice = {}) {
    results_.push_back({std::move(name), health, std::move(found), std::move(advice)});
  }

  fs::path data_dir() const { return context_.settings.data_dir(); }

  void data_directory() {
    const std::string path = data_dir().string();
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) {
        add("data directory", Health::warn, path + " does not exist yet",
            "It is created when the first account is connected.");
      } else {
        add("data directory", Health::fail, path + ": " + std::generic_category().message(errno),
            "Correct its permissions.");
      }
      return;
    }
    if (!S_ISDIR(status.st_mode)) {
      add("data directory", Health::fail, path + " is not a directory",
          "Choose another directory with --data-dir.");
      return;
    }
    exists_ = true;
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
      add("data directory", Health::fail, path + " is not writable by this user",
          "Run as its owner, or choose another directory with --data-dir.");
    } else if ((status.st_mode & 077u) != 0) {
      add("data directory", Health::warn, path + " is open to other users", "chmod 700 " + path);
    } else {
      add("data directory", Health::ok, path);
    }
  }

  void room_on_disk() {
    if (!exists_) return;
    std::error_code error;
    const fs::space_info space = fs::space(data_dir(), error);
    if (error) return;
    const std::string found = std::to_string(space.available >> 20) + " MiB free";
    if (space.available < little_room) {
      add("disk space", Health::warn, found,
          "Free disk space: polling stops when nothing can be stored.");
    } else {
      add("disk space", Health::ok, found);
    }
  }

  void database() {
    if (!exists_) return;
    try {
      const StoreCondition found = examine_store(context_.settings.store());
      if (!found.exists) return;
      if (!found.damage.empty()) {
        add("database", Health::fail, one_line(found.damage),
            "Stop the host, keep a copy of " + found.place + ", and restore a backup.");
        return;
      }
      // Opening the database as every command does also checks its schema version.
      session_.store();
      usable_ = true;
      add("database", Health::ok, found.place + ", " + std::to_string(found.bytes >> 10) + " KiB");
    } catch (const StoreError &failure) {
      add("database", Health::fail, failure.what());
    }
  }

  void running_host() {
    if (!exists_) return;
    host_ = run_owner(data_dir());
    add("running host", Health::ok,
        host_
            ? "process " + std::to_string(host_->pid) + ", since " + time_text(host_->since_unix_ms)
            : "not running: nothing is polled until `connector-host run` is started");
  }

  void sealing_key() {
    if (!usable_) return;
    // Without a check value there is no key yet, and reading the key would create it.
    if (!session_.store().seal_check()) {
      add("sealing key", Health::ok, "not created yet: the first connection creates it");
      return;
    }
    try {
      session_.key();
      key_usable_ = true;
      add("sealing key", Health::ok, "decrypts the stored secrets");
    } catch (const SealError &failure) {
      add("sealing key", Health::fail, failure.what());
    }
  }

  void plugins() {
    const Discovery &found = session_.catalogue().found();
    for (const PluginProblem &problem : found.problems)
      add("plugin " + problem.plugin, Health::fail, many_lines(problem.sentence()));
    for (const auto &files : found.plugins) {
      const std::string name = "plugin " + std::string(files->id());
      try {
        const auto plugin = session_.catalogue().plugin(files->id());
        const std::string what =
            std::string(files->manifest.version()) + ", " + files->library_path.string();
        if (!plugin->mismatch().empty()) {
          add(name, Health::warn, plugin->mismatch());
        } else if (host_ && changed_at(*files) > host_->since_unix_ms) {
          add(name, Health::warn,
              what + ", changed at " + time_text(changed_at(*files)) +
                  ", after the running host (process " + std::to_string(host_->pid) + ") started",
              "That host still uses the files it loaded: restart it to use the new ones.");
        } else {
          add(name, Health::ok, what);
        }
      } catch (const PluginRefused &refused) {
        add(name, Health::fail, refused.what());
      }
    }
    if (found.plugins.empty() && found.problems.empty())
      add("plugins", Health::warn, "none found",
          "Set their folder with --plugin-dir; `connector-host plugins` shows where was "
          "searched.");
  }

  void broken_schemas() {
    if (!exists_) return;
    const BrokenSchemas broken = read_broken_schemas(data_dir());
    for (const auto &[plugin, version, breaks] : broken.found) {
      add("plugin " + plugin, Health::warn,
          "Since the host's last start on " + time_text(broken.since_unix_ms) + ", " +
              breaks.sentence(),
          "Nothing was lost: the data was passed on as it is. Check whether its receivers can use "
          "it, and report the operation, the place and the version (" +
              version + ") to the connector's author.");
    }
  }

  void certificates() {
    std::string path = context_.settings.text("ca-file");
    if (path.empty()) path = "/etc/ssl/certs/ca-certificates.crt";
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::size_t count = 0;
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1))
      ++count;
    if (count == 0) {
      add("certificates", Health::fail,
          path + (file ? " contains no certificates" : " cannot be read"),
          "Install the package ca-certificates, or choose a file with --ca-file.");
    } else {
      add("certificates", Health::ok,
          std::to_string(count) + " certificate authorities in " + path);
    }
  }

  void connections() {
    if (!usable_ || !key_usable_) return;
    for (const ConnectionRecord &connection : session_.store().connections()) {
      const std::string name = "connection " + connection.id;
      OperationStart start;
      start.kind = OperationKind::test;
      start.input = "{}";
      try {
        session_.run(connection, start, [this](const HttpResponse &answer) { note_date(answer); });
        add(name, Health::ok, connection.label + " answers");
        address(name, connection);
      } catch (const Failure &failure) {
        add(name, Health::fail, connection.label + ": " + failure.error.message,
            failure.error.advice);
      } catch (const PluginRefused &) {
        add(name, Health::fail, connection.label + ": its plugin cannot be used");
      }
    }
  }

  void address(const std::string &name, const ConnectionRecord &connection) {
    const auto plugin = session_.catalogue().plugin(connection.plugin);
    const auto *method = plugin->manifest().find_auth_method(connection.method);
    if (method == nullptr) return;
    const std::string moved = moved_address(session_, connection, *method);
    if (!moved.empty())
      add(name, Health::warn, connection.label + ' ' + moved,
          "To use the new address, enter the secrets again: connector-host connection "
          "reauthorize " +
              connection.id + " --input -");
  }

  void note_date(const HttpResponse &answer) {
    for (const HttpHeader &header : answer.headers) {
      if (header.name != "date") continue;
      // The parser for Retry-After reads the same dates; counted from the epoch, the wait is the
      // Unix time.
      if (const auto there = parse_retry_after(header.value, 0))
        skew_ = std::chrono::milliseconds(unix_ms_now()) - *there;
    }
  }

  void clock() {
    if (!skew_) return;
    const auto span = std::chrono::abs(*skew_);
    const std::string found =
        span < std::chrono::seconds(2)
            ? "agrees with the service's"
            : span_text(span) + (skew_->count() > 0 ? " ahead of" : " behind") + " the service's";
    if (span > tolerated_skew) {
      add("clock", Health::warn, found, "Set this machine's clock, for example with NTP.");
    } else {
      add("clock", Health::ok, found);
    }
  }

  void events() {
    if (!usable_) return;
    Store &store = session_.store();
    if (const auto held = store.count_events(EventState::held); held > 0)
      add("events", Health::warn, std::to_string(held) + " held",
          "Decide with `connector-host events release` or `discard`.");
    if (const auto dead = store.count_events(EventState::dead); dead > 0)
      add("events", Health::warn, std::to_string(dead) + " could not be delivered",
          "See `connector-host events list --state dead`; deliver one with `events replay`.");
    for (const SinkRecord &sink : store.sinks()) destination(sink);
    for (const TriggerRecord &trigger : store.triggers()) {
      const bool well = trigger.state == TriggerState::active ||
                        trigger.state == TriggerState::initialising ||
                        trigger.state == TriggerState::paused;
      if (!well)
        add("trigger " + trigger.id, Health::warn,
            trigger.trigger + " is " + std::string(to_string(trigger.state)),
            "See `connector-host trigger show " + trigger.id + "`.");
      else if (!trigger.refused.empty())
        add("trigger " + trigger.id, Health::warn,
            trigger.trigger + " is partly failing: the service refuses " +
                refused_text(refused_parts_of(trigger.refused)),
            "See `connector-host trigger show " + trigger.id + "`. The other parts go on.");
    }
  }

  void destination(const SinkRecord &sink) {
    const bool disabled = !sink.disabled_reason.empty();
    if (sink.pending == 0 && !(disabled && sink.active)) return;
    const std::string name = "destination " + sink.name;
    const std::string waiting = std::to_string(sink.pending) +
                                (sink.pending == 1 ? " event is waiting" : " events are waiting");
    const std::string forget =
        "discard its events with `connector-host destination forget --discard " + sink.name + "`.";
    if (disabled) {
      add(name, sink.active ? Health::fail : Health::warn,
          "disabled (" + sink.disabled_reason + "); " + waiting,
          "Send them again with `connector-host destination enable " + sink.name + "`, or " +
              forget);
    } else if (sink.active || sink.name == standard_output_sink) {
      add(name, Health::ok, waiting);
    } else {
      add(name, Health::warn, waiting + "; the last run did not use it",
          "To deliver them, start the host with this --sink, or " + forget);
    }
  }

  Context &context_;
  Session session_;
  std::vector<CheckResult> results_;
  std::optional<RunOwner> host_;
  bool exists_ = false;      // the data directory
  bool usable_ = false;      // the database
  bool key_usable_ = false;  // the sealing key
  std::optional<std::chrono::milliseconds> skew_;
};

}  // namespace

std::vector<CheckResult> examine(Context &context) {
  return Examination(context).run();
}

}  // namespace host::cli
