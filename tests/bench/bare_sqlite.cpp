#include "bare_sqlite.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "process_use.hpp"

namespace bench {

namespace {

struct Close {
  void operator()(sqlite3 *database) const { sqlite3_close(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

class Connection {
 public:
  explicit Connection(const std::filesystem::path &file) {
    sqlite3 *opened = nullptr;
    const int flags = SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
    handle_.reset(opened);
    check(code);
  }
  void script(const char *sql) {
    check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
  }
  Statement prepare(const char *sql) {
    sqlite3_stmt *made = nullptr;
    check(sqlite3_prepare_v2(handle_.get(), sql, -1, &made, nullptr));
    return Statement(made);
  }
  void finish(const Statement &statement) {
    check(sqlite3_step(statement.get()) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR);
    sqlite3_reset(statement.get());
  }
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }

 private:
  void check(int code) const {
    if (code != SQLITE_OK)
      throw std::runtime_error(std::string("bare SQLite: ") + sqlite3_errmsg(handle_.get()));
  }
  std::unique_ptr<sqlite3, Close> handle_;
};

void bind(const Statement &statement, int index, std::int64_t value) {
  sqlite3_bind_int64(statement.get(), index, value);
}
void bind(const Statement &statement, int index, const std::string &text) {
  sqlite3_bind_text64(statement.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

}  // namespace

Measured run(const BareSqlite &setting, std::chrono::milliseconds duration) {
  Connection database(setting.file);
  database.script(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "CREATE TABLE triggers (row INTEGER PRIMARY KEY, version INTEGER NOT NULL, cursor NOT NULL);"
      "CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, trigger_row INTEGER "
      "NOT NULL, data TEXT NOT NULL);"
      "CREATE TABLE queue (seq INTEGER PRIMARY KEY, next_try INTEGER NOT NULL)");
  const Statement add = database.prepare("INSERT INTO triggers VALUES (?1, 0, '')");
  database.script("BEGIN");
  for (std::size_t row = 0; row < setting.triggers; ++row) {
    bind(add, 1, static_cast<std::int64_t>(row));
    database.finish(add);
  }
  database.script("COMMIT");

  const Statement move = database.prepare(
      "UPDATE triggers SET cursor = ?3, version = version + 1 WHERE row = ?1 AND version = ?2");
  const Statement record =
      database.prepare("INSERT INTO events (id, trigger_row, data) VALUES (?1, ?2, ?3)");
  const Statement enqueue = database.prepare("INSERT INTO queue VALUES (?1, 0)");

  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const double cpu = cpu_seconds();
  Measured measured;
  while (Clock::now() < began + duration) {
    database.script("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < setting.group; ++i, ++measured.count) {
      const auto row = static_cast<std::int64_t>(measured.count % setting.triggers);
      const auto version = static_cast<std::int64_t>(measured.count / setting.triggers);
      const std::string id = "event-" + std::to_string(row) + '-' + std::to_string(version);
      bind(move, 1, row);
      bind(move, 2, version);
      bind(move, 3, setting.cursor);
      database.finish(move);
      bind(record, 1, id);
      bind(record, 2, row);
      bind(record, 3, setting.event);
      database.finish(record);
      bind(enqueue, 1, database.last_row());
      database.finish(enqueue);
    }
    database.script("COMMIT");
  }
  measured.cpu_seconds = cpu_seconds() - cpu;
  measured.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return measured;
}

}  // namespace bench
