// What an idle poll costs from end to end, as a ratio to bare libcurl in the same run; what storing
// a poll that found something costs, as a ratio to bare SQLite; and what an idle trigger costs in
// memory. Run it through `./dev bench`, which starts the server.
//
// The host's side is the real one: engine, store, sealed API keys, the built sendpulse.so. "Idle":
// the answers do not change. How to read the figures: README.md beside this file.
#include <curl/curl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "auth/connection_secrets.hpp"
#include "bare_curl.hpp"
#include "bare_sqlite.hpp"
#include "process_use.hpp"
#include "run/engine.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store.hpp"

namespace {

using namespace std::chrono_literals;
using bench::Measured;

constexpr std::size_t in_flight = 64;            // of both
constexpr std::size_t triggers_an_account = 10;  // where memory is measured

struct Setting {
  std::filesystem::path plugins;
  std::string ca_file;
  std::filesystem::path dir;
  int small = 0;
  int big = 0;
  bool smoke = false;
  std::string only;  // a table; empty: all
};

// As long as SendPulse's longest: 1,184 bytes.
std::string token(std::size_t number) {
  std::string text = "sp_apikey_" + std::to_string(number) + "_";
  text.resize(1184, 'k');
  return text;
}

std::string add_account(host::Store &store, const host::SealingKey &key, std::size_t number) {
  host::ConnectionRecord connection;
  connection.id = host::new_connection_id();
  connection.plugin = "sendpulse";
  connection.method = "key";
  connection.label = "bench";
  connection.settings = "{}";
  connection.sealed_input = host::seal_input(key, connection.id, {{"api_key", token(number)}},
                                             host::sealed_endpoints(connection, {}));
  store.add(connection);
  return connection.id;
}

// Accounts with so many triggers each. Without a baseline they are as `trigger add` leaves them,
// and polled as soon as a host runs.
void fill(const std::filesystem::path &data_dir, std::size_t triggers, std::size_t of_one_account,
          host::TriggerState state) {
  host::SqliteStore store{data_dir};
  const host::SealingKey key =
      host::unlock({.key_file = {}, .credentials_directory = {}, .data_dir = data_dir}, store);
  constexpr std::size_t at_once = 10'000;
  for (std::size_t from = 0; from < triggers; from += at_once) {
    store.transaction([&] {
      std::string account;
      for (std::size_t i = from; i < std::min(from + at_once, triggers); ++i) {
        if (account.empty() || i % of_one_account == 0) account = add_account(store, key, i);
        host::TriggerRecord trigger;
        trigger.id = "trg_" + std::to_string(i);
        trigger.connection_id = account;
        trigger.trigger = "mailing_list.created";
        trigger.input = "{}";
        trigger.config_hash = "bench";
        trigger.interval_ms = 300'000;
        trigger.state = state;
        store.add(trigger);
      }
    });
  }
}

class Quiet : public host::EngineObserver {
 public:
  void polled(const host::PollReport &report) override {
    if (!report.outcome.ok()) std::fprintf(stderr, "%s\n", report.outcome.error.message.c_str());
  }
  void store_failed(const host::StoreError &error) override {
    std::fprintf(stderr, "%s\n", error.what());
  }
};

host::EngineOptions options(const Setting &setting, const std::filesystem::path &data_dir,
                            int port) {
  host::EngineOptions engine;
  engine.store = data_dir;
  const std::vector<std::filesystem::path> directories{setting.plugins};
  engine.plugins = std::make_shared<host::PluginSet>(
      std::make_shared<const host::Discovery>(host::discover(directories)));
  host::SqliteStore store{data_dir};
  engine.key = std::make_shared<const host::SealingKey>(
      host::unlock({.key_file = {}, .credentials_directory = {}, .data_dir = data_dir}, store));
  engine.transport.ca_file = setting.ca_file;
  engine.transport.connect_to = {"api.sendpulse.com:443:127.0.0.1:" + std::to_string(port)};
  engine.workers = 1;
  engine.polls.in_flight = in_flight;
  return engine;
}

// Accounts of one trigger each, so that nothing is shared, whose baseline is made.
std::filesystem::path make_accounts(const Setting &setting, int port, std::size_t accounts) {
  auto data_dir = setting.dir / ("data-" + std::to_string(port) + '-' + std::to_string(accounts));
  fill(data_dir, accounts, 1, host::TriggerState::initialising);
  Quiet quiet;
  auto baseline = options(setting, data_dir, port);
  baseline.polls.once = true;
  host::Engine engine(std::move(baseline), quiet);
  if (!engine.run()) throw std::runtime_error("the baseline did not complete");
  return data_dir;
}

Measured host_polls(const Setting &setting, int port, const std::filesystem::path &data_dir,
                    std::chrono::milliseconds duration) {
  Quiet quiet;
  auto polling = options(setting, data_dir, port);
  polling.polls.interval_override = 1ms;
  host::Engine engine(std::move(polling), quiet);
  std::thread running([&engine] { engine.run(); });
  while (engine.counters().succeeded == 0) std::this_thread::sleep_for(1ms);  // reads the schedule
  std::this_thread::sleep_for(duration / 2);
  const auto began = std::chrono::steady_clock::now();
  const double cpu = bench::cpu_seconds();
  const std::uint64_t before = engine.counters().succeeded;
  std::this_thread::sleep_for(duration);
  Measured measured;
  measured.count = engine.counters().succeeded - before;
  measured.cpu_seconds = bench::cpu_seconds() - cpu;
  measured.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  engine.stop();
  running.join();
  if (engine.counters().failed != 0) throw std::runtime_error("polls failed");
  return measured;
}

// Resident memory of a process that has nothing but an engine with so many idle triggers. In a
// process of its own, so that no earlier measurement leaves anything behind.
double resident_after(const Setting &setting, std::size_t triggers) {
  const auto data_dir = setting.dir / ("idle-" + std::to_string(triggers));
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t filler = fork();
  if (filler == 0) {
    fill(data_dir, triggers, triggers_an_account, host::TriggerState::active);
    std::_Exit(0);
  }
  waitpid(filler, nullptr, 0);
  const pid_t child = fork();
  if (child == 0) {
    Quiet quiet;
    // Idle: the next start of each lies in the coming 300 s, so some polls are made meanwhile.
    host::Engine engine(options(setting, data_dir, setting.small), quiet);
    std::thread running([&engine] { engine.run(); });
    while (engine.triggers() < triggers) std::this_thread::sleep_for(50ms);
    std::this_thread::sleep_for(setting.smoke ? 1s : 4s);
    const auto bytes = static_cast<double>(bench::resident_bytes());
    const bool written = write(ends[1], &bytes, sizeof bytes) == sizeof bytes;
    engine.stop();
    running.join();
    std::_Exit(written ? 0 : 1);
  }
  close(ends[1]);
  double bytes = 0;
  const bool got = read(ends[0], &bytes, sizeof bytes) == sizeof bytes;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  std::filesystem::remove_all(data_dir);
  if (!got) throw std::runtime_error("the process with the idle triggers died");
  return bytes;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// What one contestant did in each round.
struct Rounds {
  std::string name;
  std::vector<double> a_second{};
  std::vector<double> cpu_us{};

  void add(const Measured &measured) {
    const auto count = static_cast<double>(measured.count);
    a_second.push_back(count / measured.seconds);
    cpu_us.push_back(measured.cpu_seconds * 1e6 / count);
  }
};

// The ratio is the median of the rounds' ratios: what disturbs a round disturbs all who are in it.
void print_row(const Rounds &rounds, const std::vector<double> &baseline) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < rounds.cpu_us.size(); ++i)
    ratios.push_back(rounds.cpu_us[i] / baseline[i]);
  std::printf("| %-46s | %9.0f | %6.1f | %5.2f |\n", rounds.name.c_str(), median(rounds.a_second),
              median(rounds.cpu_us), median(ratios));
  std::fflush(stdout);
}

void print_head(const char *what) {
  std::printf("| %-46s |  a second | CPU us | ratio |\n", what);
  std::printf("| ---------------------------------------------- | --------: | -----: | ----: |\n");
}

std::vector<std::string> tokens(std::size_t count) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(token(i));
  return made;
}

// The contestants take turns, so that a noisy neighbour disturbs all of them; medians of the
// rounds.
void polls(const Setting &setting) {
  const auto duration = setting.smoke ? 200ms : 2000ms;
  const std::size_t few = setting.smoke ? 200 : 10'000;    // the token cache holds them all
  const std::size_t many = setting.smoke ? 500 : 100'000;  // and of these a sixth
  const int rounds = setting.smoke ? 1 : 7;
  std::printf("\n%s\n\n", curl_version());
  print_head("an idle poll, HTTP/2 over TLS");
  for (const auto &[list, port] : std::vector<std::pair<std::string, int>>{
           {"3 rows", setting.small}, {"99 rows", setting.big}}) {
    const auto few_dir = make_accounts(setting, port, few);
    const auto many_dir = make_accounts(setting, port, many);
    const bench::BareCurl curl{
        .port = port, .ca_file = setting.ca_file, .tokens = tokens(few), .in_flight = in_flight};
    bench::BareCurl patient = curl;
    patient.gather = 2ms;
    Rounds bare{.name = list + ": bare libcurl"};
    Rounds gathering{.name = list + ": bare libcurl, letting answers gather"};
    Rounds host{.name = list + ": connector-host"};
    Rounds cold{.name = list + ": connector-host, most tokens unsealed"};
    std::vector<double> best;  // of the two bare ones
    for (int round = 0; round < rounds; ++round) {
      bare.add(run(curl, duration));
      host.add(host_polls(setting, port, few_dir, duration));
      gathering.add(run(patient, duration));
      cold.add(host_polls(setting, port, many_dir, duration));
      best.push_back(std::min(bare.cpu_us.back(), gathering.cpu_us.back()));
    }
    for (const Rounds *each : {&bare, &gathering, &host, &cold}) print_row(*each, best);
    std::filesystem::remove_all(few_dir);
    std::filesystem::remove_all(many_dir);
  }
}

// Groups as the committer makes them of what several workers found, in row order.
Measured host_commits(const std::filesystem::path &data_dir, std::size_t group,
                      const bench::BareSqlite &as, std::chrono::milliseconds duration) {
  host::SqliteStore store{data_dir};
  const std::string sink = "stdout";
  store.set_sinks(std::span(&sink, 1));
  std::vector<std::int64_t> rows;
  store.for_each_schedule([&](const host::TriggerSchedule &each) { rows.push_back(each.row); });
  std::vector<host::PollCommit> polls(group);
  std::vector<const host::PollCommit *> pointers;
  for (host::PollCommit &poll : polls) {
    poll.config_hash = "bench";
    poll.cursor.assign(as.cursor.begin(), as.cursor.end());
    poll.poll_id = "poll_0123456789abcdef";
    poll.events.push_back({.key = {}, .subject = "list/1", .data = as.event});
    pointers.push_back(&poll);
  }
  const auto began = std::chrono::steady_clock::now();
  const double cpu = bench::cpu_seconds();
  Measured measured;
  while (std::chrono::steady_clock::now() < began + duration) {
    for (host::PollCommit &poll : polls) {
      poll.trigger_row = rows[measured.count % rows.size()];
      poll.cursor_version = static_cast<std::int64_t>(measured.count / rows.size());
      poll.events.front().key = std::to_string(measured.count++);
    }
    for (const host::CommitResult result : store.commit(pointers)) {
      if (result != host::CommitResult::stored) throw std::runtime_error("a commit was stale");
    }
  }
  measured.cpu_seconds = bench::cpu_seconds() - cpu;
  measured.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return measured;
}

void commits(const Setting &setting) {
  const auto duration = setting.smoke ? 100ms : 1000ms;
  const int rounds = setting.smoke ? 1 : 5;
  std::printf("\nSQLite %s\n\n", sqlite3_libversion());
  print_head("a poll that found one row, stored");
  for (const std::size_t group : {std::size_t{1}, std::size_t{100}, std::size_t{1000}}) {
    const std::string in = "in groups of " + std::to_string(group);
    Rounds bare{.name = in + ": bare SQLite"};
    Rounds host{.name = in + ": connector-host"};
    for (int round = 0; round < rounds; ++round) {
      const auto data_dir = setting.dir / "commits";
      const bench::BareSqlite sqlite{
          .file = setting.dir / "bare.db",
          .triggers = 10'000,
          .group = group,
          .cursor = std::string(200, 'c'),
          .event = R"({"id":1,"name":")" + std::string(280, 'x') + "\"}"};
      bare.add(run(sqlite, duration));
      fill(data_dir, sqlite.triggers, triggers_an_account, host::TriggerState::active);
      host.add(host_commits(data_dir, group, sqlite, duration));
      std::filesystem::remove_all(data_dir);
      for (const char *part : {"bare.db", "bare.db-wal", "bare.db-shm"})
        std::filesystem::remove(setting.dir / part);
    }
    print_row(bare, bare.cpu_us);
    print_row(host, bare.cpu_us);
  }
}

// The counts are far enough apart for the bounded caches, which are full of them all, to vanish.
void memory(const Setting &setting) {
  std::printf("| idle triggers | resident MiB | bytes for each more |\n");
  std::printf("| ------------: | -----------: | ------------------: |\n");
  const std::vector<std::size_t> counts =
      setting.smoke ? std::vector<std::size_t>{100, 1000}
                    : std::vector<std::size_t>{1000, 10'000, 100'000, 1'000'000};
  double bytes_before = 0;
  std::size_t count_before = 0;
  for (const std::size_t count : counts) {
    const double bytes = resident_after(setting, count);
    std::printf("| %13zu | %12.1f |", count, bytes / 1048576);
    if (count_before == 0) {
      std::printf(" %19s |\n", "");
    } else {
      std::printf(" %19.0f |\n",
                  (bytes - bytes_before) / static_cast<double>(count - count_before));
    }
    std::fflush(stdout);
    bytes_before = bytes;
    count_before = count;
  }
}

Setting parse(const std::vector<std::string> &arguments) {
  Setting setting;
  const std::map<std::string_view, std::function<void(const std::string &)>> options{
      {"--plugins", [&](const std::string &value) { setting.plugins = value; }},
      {"--ca", [&](const std::string &value) { setting.ca_file = value; }},
      {"--dir", [&](const std::string &value) { setting.dir = value; }},
      {"--small", [&](const std::string &value) { setting.small = std::stoi(value); }},
      {"--big", [&](const std::string &value) { setting.big = std::stoi(value); }},
      {"--smoke", [&](const std::string &value) { setting.smoke = value == "1"; }},
      {"--only", [&](const std::string &value) { setting.only = value; }},
  };
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    options.at(arguments[i])(arguments[i + 1]);
  }
  return setting;
}

}  // namespace

int main(int argc, char **argv) {
  try {
    const Setting setting = parse({argv + 1, argv + argc});
    const auto wanted = [&](std::string_view table) {
      return setting.only.empty() || setting.only == table;
    };
    // Memory first: its processes are forked from one that has no threads yet.
    if (wanted("memory")) memory(setting);
    if (wanted("polls")) polls(setting);
    if (wanted("commits")) commits(setting);
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 1;
  }
}
