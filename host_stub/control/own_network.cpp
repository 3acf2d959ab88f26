#include "control/own_network.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "auth/credentials.hpp"
#include "auth/trial_credentials.hpp"
#include "base/clock.hpp"
#include "plugins/drive.hpp"
#include "run/connection_steps.hpp"
#include "run/database_rate_store.hpp"
#include "run/exchanges.hpp"
#include "worker/loop.hpp"

namespace host {

namespace {

constexpr std::chrono::seconds longest_renewal{8};  // of a renewal, before the network ends
constexpr std::chrono::minutes longest_reading{10};
constexpr std::chrono::minutes longest_clean_up{3};

// Counts attempts, and hands everything on.
class AttemptCounter : public ExchangeObserver {
 public:
  explicit AttemptCounter(ExchangeObserver *next) : next_(next) {}
  int count() const noexcept { return count_; }

  void attempted(const Attempt &attempt) override {
    ++count_;
    if (next_ != nullptr) next_->attempted(attempt);
  }
  void held_back(std::string_view connection, RequestKind kind,
                 std::chrono::milliseconds wait) override {
    if (next_ != nullptr) next_->held_back(connection, kind, wait);
  }
  void shared(std::string_view connection) override {
    if (next_ != nullptr) next_->shared(connection);
  }

 private:
  ExchangeObserver *next_;
  int count_ = 0;
};

// For credentials of this one plugin.
auto manifest_of(std::shared_ptr<const Plugin> plugin) {
  return
      [plugin = std::move(plugin)](std::string_view id) -> std::optional<cpi::manifest::Manifest> {
        if (id != plugin->id()) return std::nullopt;
        return plugin->manifest();
      };
}

struct ReadingContext {
  Loop &loop;
  Exchange &exchange;
  const AttemptCounter &counter;
  const std::string &connection;
  const std::string &operation;
};

Task<bool> read_all(ReadingContext context, Reading &reading, RequestKind kind,
                    Clock::duration longest) {
  const auto &[loop, exchange, counter, connection, operation] = context;
  const Clock::time_point deadline = Clock::now() + longest;
  CredentialRefusals refusals;
  while (std::optional<HttpRequest> next = reading.next(counter.count())) {
    if (const auto wait = reading.wait(); wait.count() > 0) co_await loop.sleep_for(wait);
    ExchangeRequest request;
    request.connection = connection;
    request.operation = operation;
    request.kind = kind;
    request.credentials = true;
    request.http = std::move(*next);
    request.refusals = &refusals;
    request.deadline = deadline;
    HttpOutcome outcome = co_await exchange.perform(std::move(request));
    if (outcome.responded && outcome.token_version != 0 && outcome.response.status < 400)
      exchange.accepted(connection, outcome.token_version);
    reading.answered(std::move(outcome));
  }
  co_return true;
}

}  // namespace

std::chrono::seconds longest_wait(OperationKind kind) noexcept {
  return kind == OperationKind::action ? std::chrono::minutes{10} : std::chrono::minutes{2};
}

// A transport and its loop, destroyed in the right order: tasks before the objects that they use.
struct OwnNetwork::Network {
  explicit Network(const OwnNetwork &of)
      : owner(of), transport(of.options_), loop(transport), endpoint(transport) {}

  OperationOutcome drive_to_end(Credentials &credentials, const std::string &connection_id,
                                const std::shared_ptr<const Plugin> &plugin,
                                const OperationStart &start, const AnswerWatch &watch,
                                RateStore *rate_store = nullptr,
                                StoredCredentials *stored = nullptr) {
    ExchangeOptions options = exchange_options(plugin->manifest());
    options.rate_store = rate_store;
    options.watch = watch;
    Exchange exchange(loop, credentials, std::move(options), owner.observer_);
    ConnectionSteps steps(loop, exchange, connection_id, std::string(start.id), RequestKind::action,
                          {}, Clock::now() + longest_wait(start.kind));
    steps.acts_on(start.input);
    const auto interruption = owner.interruptible_([this] { loop.stop(); });
    try {
      OperationOutcome outcome = loop.run_until_complete(drive_signed_in(plugin, start, steps));
      keep_tokens(stored);
      return outcome;
    } catch (const LoopStopped &) {
      keep_tokens(stored);
      // The objects that the tasks refer to are destroyed at the end of this function.
      loop.destroy_tasks();
      throw Interrupted(interruption->signal());
    } catch (...) {
      keep_tokens(stored);
      loop.destroy_tasks();
      throw;
    }
  }

  // Even if the operation failed, a refresh token may have been used whose replacement is about to
  // arrive, or could not be stored.
  void keep_tokens(StoredCredentials *stored) {
    if (stored == nullptr) return;
    if (stored->renewing()) loop.run_until_complete(stored->renewals_finished(longest_renewal));
    for (const StoredCredentials::LostToken &lost : stored->give_up())
      if (owner.token_lost_) owner.token_lost_(lost);
  }

  const OwnNetwork &owner;
  Transport transport;
  Loop loop;
  TransportTokenEndpoint endpoint;
};

OwnNetwork::OwnNetwork(TransportOptions options, Interruptible interruptible,
                       ExchangeObserver *observer, TokenLost token_lost)
    : options_(std::move(options)),
      interruptible_(std::move(interruptible)),
      observer_(observer),
      token_lost_(std::move(token_lost)) {}

OperationOutcome OwnNetwork::run(const Account &account, const OperationStart &start,
                                 const AnswerWatch &watch) {
  const auto &plugin = account.plugin;
  Network network(*this);
  StoredCredentials credentials(network.loop, account.store, account.key, network.endpoint,
                                manifest_of(plugin));
  DatabaseRateStore rate_store(account.store);
  OperationOutcome outcome = network.drive_to_end(credentials, account.connection.id, plugin, start,
                                                  watch, &rate_store, &credentials);
  network.loop.destroy_tasks();
  return outcome;
}

int OwnNetwork::read(const Account &account, std::string_view operation, Reading &reading,
                     Reading *always) {
  const auto &plugin = account.plugin;
  Network network(*this);
  StoredCredentials credentials(network.loop, account.store, account.key, network.endpoint,
                                manifest_of(plugin));
  DatabaseRateStore rate_store(account.store);
  AttemptCounter counter(observer_);
  ExchangeOptions options = exchange_options(plugin->manifest());
  options.rate_store = &rate_store;
  options.retry.max_retries = 1;
  Exchange exchange(network.loop, credentials, std::move(options), &counter);
  const std::string named(operation);
  const ReadingContext context{network.loop, exchange, counter, account.connection.id, named};
  const auto interruption = interruptible_([&network] { network.loop.stop(); });
  bool stopped = false;
  std::exception_ptr failed;
  try {
    // The share of polls: a probe must not be what uses up the account's limit.
    network.loop.run_until_complete(read_all(context, reading, RequestKind::poll, longest_reading));
  } catch (const LoopStopped &) {
    stopped = true;
  } catch (...) {
    failed = std::current_exception();
  }
  // `stop` is called at most once, with the first signal; if that comes now, it ends a run whose
  // requests still have to be sent.
  for (bool again = always != nullptr; again;) {
    again = false;
    try {
      network.loop.run_until_complete(
          read_all(context, *always, RequestKind::action, longest_clean_up));
    } catch (const LoopStopped &) {
      stopped = again = true;
    } catch (...) {
      failed = std::current_exception();
    }
  }
  try {
    network.keep_tokens(&credentials);
  } catch (const LoopStopped &) {
    stopped = true;
  } catch (...) {
    if (!failed) failed = std::current_exception();
  }
  network.loop.destroy_tasks();
  if (failed) std::rethrow_exception(failed);
  if (stopped) throw Interrupted(interruption->signal());
  return counter.count();
}

Trial OwnNetwork::try_out(TrialAccount account) {
  Network network(*this);
  TrialCredentials credentials(network.endpoint, account.plugin->manifest(), account.method,
                               std::move(account.input), std::move(account.settings),
                               std::move(account.tokens));
  OperationStart start;
  start.kind = OperationKind::test;
  start.input = "{}";
  Trial trial;
  trial.outcome = network.drive_to_end(credentials, "trial", account.plugin, start, {});
  network.loop.destroy_tasks();
  trial.tokens = credentials.tokens();
  return trial;
}

std::variant<TokenSet, TokenRefusal> OwnNetwork::ask_for_tokens(TokenRequest request) {
  Network network(*this);
  const auto interruption = interruptible_([&network] { network.loop.stop(); });
  try {
    return network.loop
        .run_until_complete(host::ask_for_tokens(network.endpoint, std::move(request), unix_ms_now))
        .result;
  } catch (const LoopStopped &) {
    network.loop.destroy_tasks();
    throw Interrupted(interruption->signal());
  }
}

}  // namespace host
