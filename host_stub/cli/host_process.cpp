#include "cli/host_process.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/secret_file.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"
#include "cli/broken_schemas.hpp"
#include "cli/destinations.hpp"
#include "cli/failure.hpp"
#include "cli/hang_reporter.hpp"
#include "cli/lost_token.hpp"
#include "cli/run_lock.hpp"
#include "cli/session.hpp"
#include "cli/stop_signals.hpp"
#include "delivery/sink_spec.hpp"
#include "polling/refused_parts.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

std::string_view name(CredentialsObserver::Refresh result) {
  switch (result) {
    case CredentialsObserver::Refresh::renewed:
      return "renewed";
    case CredentialsObserver::Refresh::taken_from_sibling:
      return "renewed by another process";
    case CredentialsObserver::Refresh::delayed:
      return "delayed";
    case CredentialsObserver::Refresh::refused:
      return "refused";
  }
  return "";
}

// Writes the host's polls, deliveries, retries and token renewals to the log.
class LoggedRun : public EngineObserver, public ExchangeObserver, public CredentialsObserver {
 public:
  LoggedRun(Log &log, std::size_t triggers, const HostProcess &process,
            std::filesystem::path data_dir)
      : log_(log),
        triggers_(triggers),
        polls_(process.polls),
        tokens_(process.tokens),
        data_dir_(std::move(data_dir)) {
    forget_broken_schemas(data_dir_);
  }

  bool stdout_closed() const noexcept { return stdout_closed_; }
  bool tokens_lost() const noexcept { return tokens_lost_; }

  // ---- EngineObserver
  void polled(const PollReport &report) override {
    if (polls_ != nullptr) polls_->polled(report);
    if (report.idle) return;
    const TriggerRecord &trigger = report.trigger;
    if (!report.outcome.ok()) {
      failed(report);
      return;
    }
    const std::vector<std::string> notes =
        notes_beside(report.outcome.output, report.refused_lasting);
    // That parts are still refused is no news.
    const bool only_lasting = !report.refused_lasting.empty() && report.events == 0 &&
                              !report.baseline && notes.empty() && report.refused_begun.empty() &&
                              report.refused_ended.empty() && report.trigger.failures == 0;
    if (only_lasting) return;
    if (report.held > 0)
      log_.warn("too many new events at once: on hold until they are released or discarded",
                {{"conn", trigger.connection_id},
                 {"trigger", trigger.id},
                 {"held", report.held},
                 {"advice", "connector-host events release " + trigger.id}});
    log_.info(report.baseline ? "baseline recorded; existing items will not be reported" : "polled",
              {{"conn", trigger.connection_id},
               {"trigger", trigger.id},
               {"what", trigger.trigger},
               {"events", report.events},
               {"requests", report.requests},
               {"ms", report.took.count()}});
    report_refused(report);
    report_notes(report, notes);
  }
  void store_failed(const StoreError &error) override { log_.error(error.what()); }
  void delivered(const DeliveryNotice &notice) override {
    const bool disabled = notice.kind == DeliveryNotice::Kind::disabled;
    const std::string advice = disabled ? "connector-host destination enable " + notice.sink : "";
    const std::initializer_list<Log::Field> fields = {
        {"sink", notice.sink}, {"event_id", notice.event_id}, {"advice", advice}};
    switch (notice.kind) {
      case DeliveryNotice::Kind::recovered:
        log_.info(notice.text, fields);
        break;
      case DeliveryNotice::Kind::closed:
        stdout_closed_ = true;
        log_.info(notice.text, fields);
        break;
      case DeliveryNotice::Kind::failing:
        log_.warn(notice.text, fields);
        break;
      case DeliveryNotice::Kind::gave_up:
      case DeliveryNotice::Kind::disabled:
      case DeliveryNotice::Kind::store_failed:
        log_.error(notice.text, fields);
        break;
    }
  }
  void scheduled(std::size_t triggers) override {
    if (triggers_.exchange(triggers) != triggers)
      log_.info("triggers changed", {{"triggers", triggers}});
  }
  void plugin_hangs(const Hang &hang) override { report_hang(log_, hang); }
  void plugin_replaced(const Plugin &plugin) override {
    log_.warn("the plugin's files were replaced; the host still uses the files it loaded",
              {{"plugin", plugin.id()},
               {"library", plugin.files().library_path.string()},
               {"advice", "Restart the host to use the new files."}});
  }
  void schema_broken(const Plugin &plugin, const SchemaBreaks &breaks) override {
    log_.warn(breaks.sentence(), {{"plugin", plugin.id()},
                                  {"operation", breaks.operation},
                                  {"count", breaks.count},
                                  {"advice", "Report this to the connector's author."}});
  }
  // Only `doctor` reads the file: without it, the log and the metrics still have the counts.
  void schemas_broken(const std::vector<std::shared_ptr<const Plugin>> &plugins) override {
    try {
      write_broken_schemas(data_dir_, since_, plugins);
    } catch (const std::exception &error) {
      log_.warn(std::string("the counts of broken schemas cannot be written: ") + error.what());
    }
  }
  void token_lost(const StoredCredentials::LostToken &lost) override {
    tokens_lost_ = true;
    report_lost_token(log_, lost);
  }
  ExchangeObserver *exchange() override { return this; }
  CredentialsObserver *credentials() override { return this; }

  // ---- ExchangeObserver
  void attempted(const Attempt &attempt) override {
    log_.debug("request", {{"conn", attempt.connection},
                           {"operation", attempt.operation},
                           {"method", attempt.method},
                           {"target", attempt.target},
                           {"attempt", attempt.number},
                           {"status", attempt.status},
                           {"ms", attempt.duration.count()}});
  }
  void held_back(std::string_view connection, RequestKind /*kind*/,
                 std::chrono::milliseconds wait) override {
    log_.debug("waiting for the account's rate limit",
               {{"conn", connection}, {"ms", wait.count()}});
  }
  void shared(std::string_view connection) override {
    log_.debug("answered from the cache of a recent request", {{"conn", connection}});
  }

  // ---- CredentialsObserver
  void refreshed(std::string_view connection, Refresh result, std::string_view reason) override {
    if (tokens_ != nullptr) tokens_->refreshed(connection, result, reason);
    const bool good = result == Refresh::renewed || result == Refresh::taken_from_sibling;
    log_.write(good ? LogLevel::info : LogLevel::warn, "token " + std::string(name(result)),
               {{"conn", connection}, {"reason", reason}});
  }
  void state_changed(std::string_view connection, ConnectionState state,
                     std::string_view reason) override {
    if (tokens_ != nullptr) tokens_->state_changed(connection, state, reason);
    log_.write(state == ConnectionState::ok ? LogLevel::info : LogLevel::warn,
               "connection is " + std::string(to_string(state)),
               {{"conn", connection}, {"reason", reason}});
  }

 private:
  // Once when a part is refused and once when it answers again, not with each poll in between.
  void report_refused(const PollReport &report) {
    const TriggerRecord &trigger = report.trigger;
    for (const RefusedPart &part : report.refused_begun)
      log_.warn("a part of this trigger is refused; its other parts go on",
                {{"conn", trigger.connection_id},
                 {"trigger", trigger.id},
                 {"what", trigger.trigger},
                 {"part", part.name},
                 {"reason", part.reason}});
    for (const RefusedPart &part : report.refused_ended)
      log_.info("a part of this trigger that was refused answers again",
                {{"conn", trigger.connection_id},
                 {"trigger", trigger.id},
                 {"what", trigger.trigger},
                 {"part", part.name}});
  }

  // The connector's notes on a successful poll (cpi_result): rows that it had to leave out, a list
  // that is no longer ordered.
  void report_notes(const PollReport &report, const std::vector<std::string> &notes) {
    for (const std::string &note : notes)
      log_.warn(note, {{"conn", report.trigger.connection_id},
                       {"trigger", report.trigger.id},
                       {"what", report.trigger.trigger}});
  }

  void failed(const PollReport &report) {
    const OperationError &error = report.outcome.error;
    log_.warn(error.message,
              {{"conn", report.trigger.connection_id},
               {"trigger", report.trigger.id},
               {"what", report.trigger.trigger},
               {"class", host::name(error.error_class)},
               {"fault", host::name(error.fault)},
               {"status", error.http_status == 0 ? LogValue("") : LogValue(error.http_status)},
               {"state", to_string(report.state)},
               {"advice", error.advice}});
  }

  Log &log_;
  std::atomic<std::size_t> triggers_;
  std::atomic<bool> stdout_closed_{false};
  std::atomic<bool> tokens_lost_{false};
  EngineObserver *polls_;
  CredentialsObserver *tokens_;
  std::filesystem::path data_dir_;
  std::int64_t since_ = unix_ms_now();
};

// A thread inside a plugin cannot be stopped, and everything that it may use when the call returns
// must stay alive with it. Everything else has stopped and is on disk, so the process exits here.
[[noreturn]] void end_without(Log &log, const std::vector<Hang> &stuck) {
  for (const Hang &hang : stuck)
    log.error("ended without waiting for a plugin: " + hang.sentence(),
              {{"plugin", hang.call.plugin},
               {"operation", hang.call.operation},
               {"advice", "Report this to the connector's author."}});
  ::_exit(static_cast<int>(ExitCode::internal));
}

// The engine while a signal may stop it: a signal may arrive while the engine is being destroyed.
class StoppableEngine {
 public:
  void set(Engine *engine) {  // waits for a running `stop`
    const std::scoped_lock lock(mutex_);
    engine_ = engine;
  }
  void stop() {
    const std::scoped_lock lock(mutex_);
    if (engine_ != nullptr) engine_->stop();
  }

 private:
  std::mutex mutex_;
  Engine *engine_ = nullptr;
};

// The non-empty lines of the secret file: one secret, or two during a rotation.
std::vector<std::string> webhook_secrets(const Settings &settings, Redactor &redactor) {
  const std::string path = settings.text("webhook-secret-file");
  if (path.empty()) return {};
  std::vector<std::string> secrets;
  try {
    const Secret content = read_secret_file(path);
    std::string_view rest = content.reveal();
    while (!rest.empty() && secrets.size() <= 2) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty()) secrets.emplace_back(line);
    }
  } catch (const SecretUnreadable &why) {
    throw config_failure("The webhook secret file cannot be used: " + std::string(why.what()) +
                         (std::string_view(why.what()).ends_with('.') ? "" : "."));
  }
  if (secrets.empty() || secrets.size() > 2)
    throw config_failure("The webhook secret file " + path + " must contain one or two lines.",
                         "A secret is whsec_ followed by the base64 of 24 to 64 random bytes.");
  for (const std::string &secret : secrets) redactor.remember(secret);
  return secrets;
}

std::vector<std::unique_ptr<Sink>> make_sinks(const Settings &settings, Redactor &redactor) {
  WebhookOptions webhook;
  webhook.secrets = webhook_secrets(settings, redactor);
  webhook.ca_file = settings.text("ca-file");
  webhook.connect_to = settings.list("connect-to");
  webhook.proxy = proxy_policy(settings);
  std::vector<std::unique_ptr<Sink>> sinks;
  for (const SettingValue &sink : settings.values("sink")) {
    try {
      sinks.push_back(make_sink(parse_sink_spec(sink.value), webhook));
    } catch (const SinkError &error) {
      throw config_failure("A destination cannot be used (" + sink.origin + "): " + error.what());
    }
  }
  return sinks;
}

}  // namespace

ExitCode run_host(Context &context, const HostProcess &options) {
  const Settings &settings = context.settings;
  Session session(context);
  Store &store = session.store();
  const RunLock lock(settings.data_dir());
  auto key = std::make_shared<const SealingKey>(unlock(key_places(settings), store));
  const auto found = find_plugins(settings);
  for (const PluginProblem &problem : found->problems) context.log.warn(problem.sentence());
  for (const ConnectionRecord &connection : store.connections())
    if (const auto files = found->find(connection.plugin))
      session.remember_secrets(*files, connection);

  EngineOptions engine_options;
  engine_options.store = settings.store();
  const auto plugins = std::make_shared<PluginSet>(found);
  engine_options.plugins = plugins;
  engine_options.key = std::move(key);
  engine_options.transport = transport_options(settings);
  engine_options.polls.once = options.once;
  engine_options.polls.report_idle = options.polls != nullptr;
  engine_options.polls.interval_override = settings.interval();
  engine_options.sinks = make_sinks(settings, context.redactor);
  engine_options.workers = settings.workers();
  engine_options.keep_history = settings.keep_history();
  std::string sinks;
  bool to_stdout = false;
  std::set<std::string> named;
  for (const auto &sink : engine_options.sinks) {
    sinks += (sinks.empty() ? "" : " ") + sink->name();
    to_stdout = to_stdout || sink->name() == standard_output_sink;
    if (options.enable_sinks) store.enable_sink(sink->name());
    named.insert(sink->name());
  }
  report_destinations(context.log, store, named);

  if (settings.interval().count() > 0)
    context.output.note("every trigger is polled every " + span_text(settings.interval()) +
                        " instead of at its own interval (" +
                        settings.values("interval").front().origin +
                        "): for demonstrations and tests only.");

  const std::size_t triggers = store.triggers().size();
  LoggedRun observer(context.log, triggers, options, settings.data_dir());
  // Before the engine, whose threads are not to get the signals, and it can be stopped while it is
  // there.
  StoppableEngine running;
  std::atomic<bool> asked_to_stop{false};
  const auto stop = [&](int signal) {
    context.log.info(signal == 0 ? "stopping: the reader of standard output was closed"
                                 : "stopping on SIG" + std::string(::sigabbrev_np(signal)));
    asked_to_stop = true;
    running.stop();
  };
  const StopSignals signals(stop, to_stdout ? STDOUT_FILENO : -1);
  bool complete = false;
  std::uint64_t failed_polls = 0;
  {
    Engine engine(std::move(engine_options), observer);
    running.set(&engine);
    context.log.info("running", {{"data_dir", settings.data_dir().string()},
                                 {"pid", ::getpid()},
                                 {"triggers", triggers},
                                 {"sinks", sinks}});
    const std::shared_ptr<void> beside =
        options.beside ? options.beside(engine, plugins) : std::shared_ptr<void>();
    if (asked_to_stop) engine.stop();
    complete = engine.run();
    failed_polls = engine.counters().failed;
    context.log.info("ended", {{"polls", engine.counters().succeeded + failed_polls},
                               {"failed", failed_polls},
                               {"events", engine.counters().events.load()},
                               {"requests", engine.counters().requests.load()}});
    if (!engine.stuck().empty()) end_without(context.log, engine.stuck());
    running.set(nullptr);
  }
  if (observer.tokens_lost()) return ExitCode::io;
  if (!options.once || asked_to_stop || observer.stdout_closed()) return ExitCode::ok;
  return complete && failed_polls == 0 ? ExitCode::ok : ExitCode::try_again;
}

}  // namespace host::cli
