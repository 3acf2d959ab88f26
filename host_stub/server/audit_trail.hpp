// The audit of a running server: to the log at once, and to the database from a thread of its own,
// so that a caller, who may be the thread that reads and writes all connections, never waits for
// the disk.
//
// Refusals are limited, since anybody can cause them: of each kind a few lines in a minute, and
// then one line that says how many were left out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "log/log.hpp"
#include "store/store.hpp"

namespace host::server {

// Which refusals get a line. For one thread at a time.
class RefusalLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds window{60};
  static constexpr std::int64_t most_in_window = 10;  // of each kind

  // The number of refusals of this kind that were left out before this one; empty: this one is left
  // out, too. Kinds are few and known beforehand, such as "no session".
  std::optional<std::int64_t> admit(std::string_view kind, Time now);

  struct LeftOut {
    std::string kind;
    std::int64_t count;
  };
  // Those left out in windows that are over by now, each reported once.
  std::vector<LeftOut> take_left_out(Time now);

 private:
  struct Window {
    Time begin;
    std::int64_t lines = 0;
    std::int64_t left_out = 0;
  };
  std::map<std::string, Window, std::less<>> windows_;
};

// [any thread]
class AuditTrail {
 public:
  // Opens the database. `log` may be null, and must outlive it. `every_minute` runs about once a
  // minute on this object's thread, with its own connection to the database; its lines are added.
  using EveryMinute = std::function<std::vector<AuditRecord>(Store &)>;
  AuditTrail(const StoreAddress &store, Log *log, EveryMinute every_minute = {});
  ~AuditTrail();  // writes what is waiting
  AuditTrail(const AuditTrail &) = delete;
  AuditTrail &operator=(const AuditTrail &) = delete;

  void write(std::string who, std::string_view what, std::string_view object, std::string outcome);
  // `kind`: why; `object`: the route, never the address that was asked for.
  void refused(std::string who, std::string_view kind, std::string_view object);

  // Waits until all lines so far are in the database, or could not be written.
  void flush();

 private:
  void add(AuditRecord line);
  void add_left_out(RefusalLimit::Time now);
  void run();
  void store_waiting(std::unique_lock<std::mutex> &lock);

  static constexpr std::size_t most_waiting = 10'000;

  Log *log_;
  EveryMinute every_minute_;
  std::unique_ptr<Store> store_;  // of the thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable stored_;
  std::vector<AuditRecord> waiting_;
  RefusalLimit refusals_;
  bool busy_ = false;
  bool ending_ = false;
  bool told_ = false;  // that lines cannot be written
  std::thread thread_;
};

}  // namespace host::server
