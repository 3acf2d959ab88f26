#include "store/sqlite/database.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace host {

namespace {

constexpr int busy_timeout_ms = 5000;

StoreError::Kind kind_of(int code, int system_error, const std::filesystem::path &file) {
  // An exhausted quota or a file size limit appears as a plain write error.
  if (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG) {
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN)
      return StoreError::Kind::full;
  }
  switch (code & 0xff) {
    case SQLITE_FULL:
      return StoreError::Kind::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreError::Kind::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StoreError::Kind::corrupt;
    case SQLITE_CANTOPEN: {  // also for the log file, on a read-only file system
      std::error_code ignored;
      return std::filesystem::exists(file, ignored) ? StoreError::Kind::io
                                                    : StoreError::Kind::missing;
    }
    case SQLITE_CONSTRAINT:
      return StoreError::Kind::conflict;
    default:
      return code == SQLITE_READONLY_DBMOVED ? StoreError::Kind::missing : StoreError::Kind::io;
  }
}

std::string sentence(StoreError::Kind kind, const std::string &file, std::string_view detail) {
  const std::string why = detail.empty() ? "" : " (" + std::string(detail) + ")";
  switch (kind) {
    case StoreError::Kind::full:
      return "The disk is full; " + file + " cannot be written" + why +
             ". Nothing was stored. Free some space on that disk.";
    case StoreError::Kind::busy:
      return file + " stayed locked by another program for " +
             std::to_string(busy_timeout_ms / 1000) + " s" + why +
             ". Stop the other host, backup or database shell that locks it, and try again.";
    case StoreError::Kind::newer_schema:
      return file + " was written by a newer version of this program" + why +
             ". Update the program, or choose another data folder.";
    case StoreError::Kind::corrupt:
      return file + " is damaged, or is not this program's database" + why +
             ". Restore a backup, or move the file away to start with an empty database.";
    case StoreError::Kind::missing:
      return file + " is missing, or was replaced while in use" + why +
             ". Restore it and start the host again.";
    case StoreError::Kind::conflict:
      return file + " already has this entry, or the entry that it refers to is missing" + why +
             ".";
    case StoreError::Kind::io:
      break;
  }
  return "Cannot read or write " + file + why +
         ". Check that the disk works and is writable, and that the folder and the file belong to "
         "the host's user.";
}

}  // namespace

// ---- Query

Query::Query(Query &&other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      in_use_(std::exchange(other.in_use_, nullptr)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  if (in_use_ == nullptr) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);  // releases copied and borrowed values
  *in_use_ = false;
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(code);
  return false;
}

std::string_view Query::text(int column) const {
  const auto *data = static_cast<const char *>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(data, size);
}

void Query::read(int column, Bytes &into) const {
  const auto *data = static_cast<const std::uint8_t *>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) {
    into.clear();
  } else {
    into.assign(data, data + size);
  }
}

// ---- Database

Database::Database(std::filesystem::path file, Mode mode) : file_(std::move(file)) {
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  const int code = sqlite3_open_v2(file_.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    const StoreError failure = error(kind_of(code, errno, file_), sqlite3_errstr(code));
    sqlite3_close(handle_);
    throw failure;
  }
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
}

Database::~Database() {
  for (auto &[text, kept] : kept_) sqlite3_finalize(kept.statement);
  sqlite3_close(handle_);
}

sqlite3_stmt *Database::prepare(const char *sql, unsigned flags) {
  sqlite3_stmt *statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql, -1, flags, &statement, nullptr);
  if (code != SQLITE_OK) fail(code);
  return statement;
}

Query Database::acquire(Sql sql) {
  check_transaction();
  if (shares_reads_ && depth_ == 0 && !in_transaction()) control("BEGIN");
  return keep(sql);
}

Query Database::keep(Sql sql) {
  Kept &kept = kept_[sql.text()];
  // The same statement may be requested again while its rows are being read.
  if (kept.in_use) return {*this, prepare(sql.text(), 0), nullptr};
  if (kept.statement == nullptr) kept.statement = prepare(sql.text(), SQLITE_PREPARE_PERSISTENT);
  kept.in_use = true;
  return {*this, kept.statement, &kept.in_use};
}

void Database::script(const char *sql) {
  check_transaction();
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Database::control(Sql sql) {
  Query statement = keep(sql);
  while (statement.step()) continue;
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Database::end_reads() {
  if (depth_ == 0 && in_transaction()) control("COMMIT");
}

void Database::begin() {
  if (depth_ == 0) {
    end_reads();  // a view of older data cannot be written to
    check_in_place();
    control("BEGIN IMMEDIATE");
  } else {
    check_transaction();
    control("SAVEPOINT nested");
  }
  ++depth_;
}

void Database::commit() {
  check_transaction();
  if (depth_ == 1) {
    control("COMMIT");
  } else {
    control("RELEASE nested");
  }
  --depth_;
}

void Database::roll_back() noexcept {
  --depth_;
  // After some failures (disk full, ...) SQLite has already rolled back the whole transaction.
  if (!in_transaction()) return;
  const char *sql = depth_ == 0 ? "ROLLBACK" : "ROLLBACK TO nested; RELEASE nested";
  sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
}

// If the transaction was rolled back, its remaining writes must not run outside of it.
void Database::check_transaction() const {
  if (depth_ > 0 && !in_transaction())
    throw error(StoreError::Kind::io, "the transaction was rolled back by an earlier failure");
}

// SQLite continues to write to a deleted file without an error.
void Database::check_in_place() {
  int moved = 0;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) throw error(StoreError::Kind::missing, {});
}

void Database::bind_integer(sqlite3_stmt *statement, int index, std::int64_t value) {
  const int code = sqlite3_bind_int64(statement, index, value);
  if (code != SQLITE_OK) fail(code);
}

void Database::bind_text(sqlite3_stmt *statement, int index, std::string_view value,
                         sqlite3_destructor_type kept) {
  // A null pointer would be SQL's NULL.
  const char *data = value.data() == nullptr ? "" : value.data();
  const int code = sqlite3_bind_text64(statement, index, data, value.size(), kept, SQLITE_UTF8);
  if (code != SQLITE_OK) fail(code);
}

void Database::bind_blob(sqlite3_stmt *statement, int index, const Bytes &value,
                         sqlite3_destructor_type kept) {
  const int code = value.empty()
                       ? sqlite3_bind_zeroblob(statement, index, 0)
                       : sqlite3_bind_blob64(statement, index, value.data(), value.size(), kept);
  if (code != SQLITE_OK) fail(code);
}

void Database::fail(int code) const {
  // SQLite does not report the cause of a failed commit; errno still has it.
  int system_error = errno;
  if (const int known = sqlite3_system_errno(handle_); known != 0) system_error = known;
  const StoreError::Kind kind = kind_of(code, system_error, file_);
  std::string detail = sqlite3_errmsg(handle_);
  if (kind == StoreError::Kind::io && system_error != 0)
    detail += ", " + std::generic_category().message(system_error);
  throw error(kind, detail);
}

StoreError Database::error(StoreError::Kind kind, std::string_view detail) const {
  return {kind, sentence(kind, file_.string(), detail)};
}

}  // namespace host
