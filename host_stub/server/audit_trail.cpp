#include "server/audit_trail.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "control/audit.hpp"

namespace host::server {

namespace {

constexpr std::chrono::seconds tick{60};

}  // namespace

std::optional<std::int64_t> RefusalLimit::admit(std::string_view kind, Time now) {
  auto found = windows_.find(kind);
  if (found == windows_.end()) found = windows_.emplace(kind, Window{now}).first;
  Window &open = found->second;
  std::int64_t before = 0;
  if (now - open.begin >= window) {
    before = open.left_out;
    open = {now};
  }
  if (open.lines == most_in_window) {
    ++open.left_out;
    return std::nullopt;
  }
  ++open.lines;
  return before;
}

std::vector<RefusalLimit::LeftOut> RefusalLimit::take_left_out(Time now) {
  std::vector<LeftOut> out;
  for (auto &[kind, open] : windows_)
    if (open.left_out > 0 && now - open.begin >= window)
      out.push_back({kind, std::exchange(open.left_out, 0)});
  return out;
}

AuditTrail::AuditTrail(const StoreAddress &store, Log *log, EveryMinute every_minute)
    : log_(log), every_minute_(std::move(every_minute)), store_(open_store(store)) {
  thread_ = std::thread([this] { run(); });
}

AuditTrail::~AuditTrail() {
  {
    const std::scoped_lock lock(mutex_);
    add_left_out(RefusalLimit::Time::max());
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void AuditTrail::write(std::string who, std::string_view what, std::string_view object,
                       std::string outcome) {
  AuditRecord line;
  line.at = unix_ms_now();
  line.who = std::move(who);
  line.what = what;
  line.object = audit_name(object);
  line.outcome = std::move(outcome);
  const std::scoped_lock lock(mutex_);
  add(std::move(line));
}

void AuditTrail::refused(std::string who, std::string_view kind, std::string_view object) {
  const std::scoped_lock lock(mutex_);
  const auto left_out = refusals_.admit(kind, std::chrono::steady_clock::now());
  if (!left_out) return;
  AuditRecord line;
  line.at = unix_ms_now();
  line.who = std::move(who);
  line.what = "request.refused";
  line.object = audit_name(object);
  line.outcome = "refused: " + std::string(kind);
  line.refused = true;
  line.left_out = *left_out;
  add(std::move(line));
}

void AuditTrail::flush() {
  std::unique_lock lock(mutex_);
  stored_.wait(lock, [this] { return waiting_.empty() && !busy_; });
}

// Needs the lock.
void AuditTrail::add(AuditRecord line) {
  if (log_ != nullptr) log_audit(*log_, line.refused ? LogLevel::warn : LogLevel::info, line);
  if (waiting_.size() < most_waiting) waiting_.push_back(std::move(line));
  changed_.notify_all();
}

// Needs the lock.
void AuditTrail::add_left_out(RefusalLimit::Time now) {
  for (const RefusalLimit::LeftOut &some : refusals_.take_left_out(now)) {
    AuditRecord line;
    line.at = unix_ms_now();
    line.who = "nobody";
    line.what = "request.refused";
    line.outcome = "refused: " + some.kind;
    line.refused = true;
    line.left_out = some.count;
    add(std::move(line));
  }
}

void AuditTrail::store_waiting(std::unique_lock<std::mutex> &lock) {
  const std::vector<AuditRecord> lines = std::exchange(waiting_, {});
  busy_ = true;
  lock.unlock();
  bool failed = false;
  try {
    store_audit(*store_, lines);
  } catch (const StoreError &error) {
    failed = true;
    if (log_ != nullptr && !told_)
      log_->error("the audit is only in this log, because the database cannot be written",
                  {{"reason", error.what()}});
  }
  lock.lock();
  told_ = failed;
  busy_ = false;
  stored_.notify_all();
}

void AuditTrail::run() {
  auto next = std::chrono::steady_clock::now() + tick;
  std::unique_lock lock(mutex_);
  while (!ending_ || !waiting_.empty()) {
    if (!waiting_.empty()) {
      store_waiting(lock);
      continue;
    }
    changed_.wait_until(lock, next, [this] { return ending_ || !waiting_.empty(); });
    const auto now = std::chrono::steady_clock::now();
    if (now < next || ending_) continue;
    next = now + tick;
    add_left_out(now);
    if (!every_minute_) continue;
    lock.unlock();
    std::vector<AuditRecord> lines;
    try {
      lines = every_minute_(*store_);
    } catch (const StoreError &) {
      // Tried again in a minute; a database that fails is reported by whoever needs it.
    }
    lock.lock();
    for (AuditRecord &line : lines) add(std::move(line));
  }
}

}  // namespace host::server
