#include "cli/session.hpp"

#include <chrono>
#include <coroutine>
#include <exception>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "auth/credentials.hpp"
#include "auth/secret_input.hpp"
#include "auth/token_client.hpp"
#include "auth/trial_credentials.hpp"
#include "cli/failure.hpp"
#include "cli/form_schema.hpp"
#include "cli/stop_signals.hpp"
#include "net/transport.hpp"
#include "plugins/drive.hpp"
#include "polling/connection_steps.hpp"
#include "polling/exchanges.hpp"
#include "worker/loop.hpp"

namespace host::cli {

namespace {

// No waiting for budget or retries goes beyond these: somebody sits before the terminal.
constexpr std::chrono::minutes action_time{10};
constexpr std::chrono::minutes other_time{2};

constexpr std::chrono::seconds longest_settling{8};  // after a signal

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::deliver:
      return "deliver";
    case Verdict::retry:
      return "retry";
    case Verdict::unknown:
      return "unknown";
  }
  return "";
}

class LoggedExchange : public ExchangeObserver {
 public:
  explicit LoggedExchange(Log &log) : log_(log) {}

  void attempted(const Attempt &attempt) override {
    log_.debug("request", {{"conn", attempt.connection},
                           {"operation", attempt.operation},
                           {"method", attempt.method},
                           {"target", attempt.target},
                           {"attempt", attempt.number},
                           {"status", attempt.status},
                           {"ms", attempt.duration.count()},
                           {"verdict", name(attempt.verdict)}});
  }
  void held_back(std::string_view connection, RequestKind /*kind*/,
                 std::chrono::milliseconds wait) override {
    log_.info("waiting for the account's rate limit", {{"conn", connection}, {"ms", wait.count()}});
  }
  void shared(std::string_view /*connection*/) override {}

 private:
  Log &log_;
};

// For a dry run, which never gets as far as a step.
class NoSteps : public StepHandler {
 public:
  Task<HttpOutcome> send(const SendStep & /*step*/) override { refuse(); }
  Task<void> wait(std::chrono::milliseconds /*span*/) override { refuse(); }
  Task<bool> store(const EventsStep & /*step*/) override { refuse(); }
  std::int64_t now_unix_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

 private:
  [[noreturn]] static void refuse() {
    throw std::logic_error("a dry run must not carry out a step");
  }
};

// Runs a task that never suspends, without a loop.
struct Immediately {
  struct promise_type {
    Immediately get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const { throw; }
  };
};

Immediately finish(Task<OperationOutcome> task, std::optional<OperationOutcome> &outcome) {
  outcome.emplace(co_await task);
}

CommandFailure ambiguous(std::string_view kind, std::string_view name,
                         const std::vector<std::string> &ids) {
  std::string all;
  for (const std::string &id : ids) all += (all.empty() ? "" : ", ") + id;
  return usage_failure("More than one " + std::string(kind) + " is called \"" + std::string(name) +
                           "\": " + all + '.',
                       "Name one by its id.");
}

// The one record that `name` means: see Session::connection.
template <typename Record, typename LabelOf>
Record pick(std::vector<Record> records, std::string_view kind, std::string_view name,
            std::string_view list_command, const LabelOf &label_of) {
  std::vector<std::string> known;
  std::vector<std::size_t> labelled;
  std::vector<std::size_t> begun;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].id == name) return std::move(records[i]);
    known.push_back(records[i].id);
    const std::string label = label_of(records[i]);
    if (!label.empty()) known.push_back(label);
    if (label == name) labelled.push_back(i);
    // The prefix of the kind ("con_") and a letter at least.
    if (name.size() >= 5 && records[i].id.starts_with(name)) begun.push_back(i);
  }
  for (const auto &found : {labelled, begun}) {
    if (found.size() == 1) return std::move(records[found.front()]);
    if (found.size() < 2) continue;
    std::vector<std::string> same;
    for (const std::size_t i : found) same.push_back(records[i].id);
    throw ambiguous(kind, name, same);
  }
  throw unknown_name(kind, name, known, list_command);
}

}  // namespace

TransportOptions transport_options(const Settings &settings) {
  TransportOptions options;
  options.ca_file = settings.text("ca-file");
  options.connect_to = settings.list("connect-to");
  options.proxy = settings.text("proxy");
  options.user_agent = "connector-host/" CONNECTOR_HOST_VERSION;
  return options;
}

KeyPlaces key_places(const Settings &settings) {
  KeyPlaces places;
  places.key_file = settings.text("key-file");
  places.data_dir = settings.data_dir();
  const auto &environment = settings.environment();
  if (const auto found = environment.find("CREDENTIALS_DIRECTORY"); found != environment.end())
    places.credentials_directory = found->second;
  return places;
}

// A transport and its loop, torn down in the right order: tasks, then what they use.
struct Session::Network {
  explicit Network(const Settings &settings)
      : transport(transport_options(settings)), loop(transport), endpoint(transport) {}
  Transport transport;
  Loop loop;
  TransportTokenEndpoint endpoint;
};

Session::Session(Context &context) : context_(context) {}
Session::~Session() = default;

Catalogue &Session::catalogue() {
  if (!catalogue_) catalogue_.emplace(find_plugins(context_.settings));
  return *catalogue_;
}

Store &Session::store() {
  if (!store_) store_.emplace(Store::open(context_.settings.data_dir()));
  return *store_;
}

const SealingKey &Session::key() {
  if (!key_) key_.emplace(unlock(key_places(context_.settings), store()));
  return *key_;
}

ConnectionRecord Session::connection(std::string_view name) {
  return pick(store().connections(), "connection", name, "connections",
              [](const ConnectionRecord &one) { return one.label; });
}

TriggerRecord Session::trigger(std::string_view name) {
  return pick(store().triggers(), "trigger", name, "trigger list",
              [](const TriggerRecord & /*one*/) { return std::string(); });
}

OperationOutcome Session::drive_to_end(Network &network, Credentials &credentials,
                                       const std::string &connection_id,
                                       const std::shared_ptr<const Plugin> &plugin,
                                       const OperationStart &start, const Watch &watch,
                                       StoredCredentials *stored) {
  LoggedExchange observer(context_.log);
  ExchangeOptions options = exchange_options(plugin->manifest());
  StoredRateBook rate_book(store());
  options.rate_book = &rate_book;
  if (watch) {
    options.hint = [watch, hint = options.hint](const HttpResponse &response) {
      watch(response);
      return hint ? hint(response) : AnswerHint::none;
    };
  }
  Exchange exchange(network.loop, credentials, std::move(options), &observer);
  const auto time = start.kind == OperationKind::action ? action_time : other_time;
  ConnectionSteps steps(network.loop, exchange, connection_id, std::string(start.id),
                        RequestKind::action, {}, Clock::now() + time);
  StopSignals signals([&network](int) { network.loop.stop(); });
  try {
    return network.loop.run_until_complete(drive(plugin, start, steps));
  } catch (const LoopStopped &) {
    // It may have used up a refresh token whose successor is about to arrive.
    if (stored != nullptr && stored->renewing())
      network.loop.run_until_complete(stored->settled(longest_settling));
    // What the tasks refer to goes when this function ends.
    network.loop.destroy_tasks();
    throw Interrupted(signals.received());
  } catch (...) {
    network.loop.destroy_tasks();
    throw;
  }
}

void Session::remember_secrets(const PluginFiles &files, const ConnectionRecord &connection) {
  const auto *method = files.manifest.find_auth_method(connection.method);
  if (method == nullptr) return;
  const SecretObject input = open_input(key(), connection);
  for (const std::string &pointer : secret_fields(form_schema(method->input)))
    context_.redactor.remember(input.text_at(pointer));
}

OperationOutcome Session::run(const ConnectionRecord &connection, const OperationStart &start,
                              const Watch &watch) {
  const auto plugin = catalogue().plugin(connection.plugin);
  remember_secrets(plugin->files(), connection);
  Network network(context_.settings);
  StoredCredentials credentials(
      network.loop, store(), key(), network.endpoint,
      [plugin](std::string_view id) -> std::optional<cpi::manifest::Manifest> {
        if (id != plugin->id()) return std::nullopt;
        return plugin->manifest();
      });
  OperationOutcome outcome =
      drive_to_end(network, credentials, connection.id, plugin, start, watch, &credentials);
  network.loop.destroy_tasks();
  if (!outcome.ok()) throw CommandFailure(std::move(outcome.error));
  return outcome;
}

OperationOutcome Session::dry_run(const ConnectionRecord &connection, const OperationStart &start) {
  const auto plugin = catalogue().plugin(connection.plugin);
  NoSteps steps;
  DriveOptions options;
  options.dry_run = true;
  std::optional<OperationOutcome> outcome;
  finish(drive(plugin, start, steps, options), outcome);
  if (!outcome) throw std::logic_error("a dry run did not end");
  if (!outcome->ok()) throw CommandFailure(std::move(outcome->error));
  return std::move(*outcome);
}

Session::Trial Session::try_out(const std::shared_ptr<const Plugin> &plugin,
                                std::string_view method, SecretObject input,
                                std::string_view settings, std::optional<TokenSet> tokens) {
  Network network(context_.settings);
  TrialCredentials credentials(network.endpoint, plugin->manifest(), method, std::move(input),
                               settings, std::move(tokens));
  OperationStart start;
  start.kind = OperationKind::test;
  start.input = "{}";
  Trial trial;
  trial.outcome = drive_to_end(network, credentials, "trial", plugin, start, {});
  network.loop.destroy_tasks();
  trial.tokens = credentials.tokens();
  return trial;
}

std::variant<TokenSet, TokenRefusal> Session::ask_for_tokens(TokenRequest request) {
  Network network(context_.settings);
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  StopSignals signals([&network](int) { network.loop.stop(); });
  try {
    return network.loop
        .run_until_complete(host::ask_for_tokens(network.endpoint, std::move(request), now))
        .result;
  } catch (const LoopStopped &) {
    network.loop.destroy_tasks();
    throw Interrupted(signals.received());
  }
}

}  // namespace host::cli
