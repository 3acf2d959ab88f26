#include "cli/session.hpp"

#include <csignal>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/hang_reporter.hpp"
#include "cli/lost_token.hpp"
#include "cli/stop_signals.hpp"

namespace host::cli {

namespace {

namespace fs = std::filesystem;

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

class BySignal : public Interruption {
 public:
  BySignal(std::function<void()> stop, Log &log, PluginCalls &calls)
      : signals_([stop = std::move(stop)](int /*signal*/) { stop(); }),
        hangs_(log, calls, [this] { return signals_.received(); }) {}
  int signal() const noexcept override { return signals_.received(); }

 private:
  StopSignals signals_;  // first: later threads must not receive the signals
  HangReporter hangs_;
};

}  // namespace

std::shared_ptr<const Discovery> find_plugins(const Settings &settings) {
  std::vector<fs::path> flags;
  for (const std::string &folder : settings.list("plugin-dir")) flags.emplace_back(folder);
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  const fs::path current = fs::current_path(error);
  // The setting already includes the environment's folders, in the right order.
  const auto folders = plugin_directories(flags, {}, executable, current);
  const std::string data_dir = settings.text("data-dir");
  const CheckedManifests checked(data_dir.empty() ? fs::path() : fs::path(data_dir) / "manifests",
                                 checking_program());
  return std::make_shared<const Discovery>(discover(folders, &checked));
}

ProxyPolicy proxy_policy(const Settings &settings) {
  ProxyPolicy policy;
  policy.url = settings.text("proxy");
  for (const std::string &host : settings.list("no-proxy")) policy.direct += ',' + host;
  return policy;
}

TransportOptions transport_options(const Settings &settings) {
  TransportOptions options;
  options.ca_file = settings.text("ca-file");
  options.connect_to = settings.list("connect-to");
  options.proxy = proxy_policy(settings);
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

CommandContext::CommandContext(Context &context)
    : context_(context),
      slot_(plugin_calls_),
      observer_(std::make_unique<LoggedExchange>(context.log)),
      network_(
          transport_options(context.settings),
          [this](std::function<void()> stop) {
            return std::make_unique<BySignal>(std::move(stop), context_.log, plugin_calls_);
          },
          observer_.get(),
          [&log = context.log](const StoredCredentials::LostToken &lost) {
            report_lost_token(log, lost);
          }),
      shared_{.store = context.settings.store(),
              .key_places = key_places(context.settings),
              .plugins =
                  [&settings = context.settings] {
                    return std::make_shared<PluginSet>(find_plugins(settings));
                  },
              .operations = network_,
              .redactor = context.redactor} {}

Session::Session(Context &context) : CommandContext(context), host::Session(shared_) {}

}  // namespace host::cli
