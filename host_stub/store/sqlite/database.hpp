// A wrapper of SQLite: a connection, its cached prepared statements, rows, nested transactions, and
// every failure as a StoreError that names the file. Independent of the stored data.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "store/records.hpp"
#include "store/store.hpp"

namespace host {

// The text of a statement. Must be a literal, so that its address can be the key in the cache.
class Sql {
 public:
  consteval Sql(const char *text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  const char *text() const { return text_; }

 private:
  const char *text_;
};

// A statement with bound values, to be stepped through. Reset at the end of its scope.
class Query {
 public:
  Query(Query &&other) noexcept;
  Query &operator=(Query &&) = delete;
  ~Query();

  bool step();  // true: there is a row

  // Columns of the current row; views are valid until the next step.
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  bool boolean(int column) const { return integer(column) != 0; }
  bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string_view text(int column) const;
  void read(int column, std::string &into) const { into.assign(text(column)); }
  void read(int column, Bytes &into) const;

 private:
  friend class Database;
  Query(class Database &database, sqlite3_stmt *statement, bool *in_use)
      : database_(database), statement_(statement), in_use_(in_use) {}

  Database &database_;
  sqlite3_stmt *statement_;
  bool *in_use_;  // of the cache's slot; null: the query owns the statement
};

class Database {
 public:
  enum class Mode { read_write, existing_read_only };
  Database(std::filesystem::path file, Mode mode);
  ~Database();
  Database(const Database &) = delete;
  Database &operator=(const Database &) = delete;

  // Copies the bound value.
  template <typename... Values>
  Query query(Sql sql, const Values &...values) {
    Query result = acquire(sql);
    bind_all(result.statement_, SQLITE_TRANSIENT, values...);
    return result;
  }

  // Runs a statement to its end; returns the number of changed rows.
  template <typename... Values>
  std::int64_t run(Sql sql, const Values &...values) {
    Query statement = acquire(sql);
    bind_all(statement.statement_, SQLITE_STATIC, values...);
    while (statement.step()) continue;
    return sqlite3_changes64(handle_);
  }

  void script(const char *sql);  // any number of statements without values

  // BEGIN IMMEDIATE ... COMMIT, or a savepoint inside an open transaction. An exception rolls back
  // exactly the changes of `work`.
  template <typename Work>
  void transaction(const Work &work) {
    begin();
    try {
      work();
      commit();
    } catch (...) {
      roll_back();
      throw;
    }
  }

  // See Store::share_reads.
  void share_reads() noexcept { shares_reads_ = true; }
  void end_reads();

  std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_); }
  const std::filesystem::path &file() const { return file_; }

  [[noreturn]] void fail(int code) const;  // throws the StoreError for it
  StoreError error(StoreError::Kind kind, std::string_view detail) const;

 private:
  struct Kept {
    sqlite3_stmt *statement = nullptr;
    bool in_use = false;
  };

  Query acquire(Sql sql);
  Query keep(Sql sql);    // from the cache, adding it if missing
  void control(Sql sql);  // BEGIN, COMMIT and the like
  sqlite3_stmt *prepare(const char *sql, unsigned flags);
  void begin();
  void commit();
  void roll_back() noexcept;
  void check_in_place();
  bool in_transaction() const;
  void check_transaction() const;

  template <typename... Values>
  void bind_all(sqlite3_stmt *statement, sqlite3_destructor_type kept, const Values &...values) {
    if constexpr (sizeof...(values) > 0) {
      int index = 0;
      (bind(statement, ++index, values, kept), ...);
    }
  }
  template <typename Value>
  void bind(sqlite3_stmt *statement, int index, const Value &value, sqlite3_destructor_type kept) {
    if constexpr (std::is_same_v<Value, Bytes>) {
      bind_blob(statement, index, value, kept);
    } else if constexpr (std::is_integral_v<Value>) {
      bind_integer(statement, index, static_cast<std::int64_t>(value));
    } else {
      bind_text(statement, index, value, kept);
    }
  }
  void bind_integer(sqlite3_stmt *statement, int index, std::int64_t value);
  void bind_text(sqlite3_stmt *statement, int index, std::string_view value,
                 sqlite3_destructor_type kept);
  void bind_blob(sqlite3_stmt *statement, int index, const Bytes &value,
                 sqlite3_destructor_type kept);

  friend class Query;
  std::filesystem::path file_;
  sqlite3 *handle_ = nullptr;
  std::unordered_map<const char *, Kept> kept_;
  int depth_ = 0;
  bool shares_reads_ = false;
};

}  // namespace host
