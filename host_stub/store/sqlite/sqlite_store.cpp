// Opening the database, and general functions.
#include "store/sqlite/sqlite_store.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "store/sqlite/schema.hpp"
#include "store/sqlite/store_impl.hpp"

namespace host {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_name = "connector.db";

[[noreturn]] void fail(const fs::path &path, const std::string &what, int error) {
  const auto kind = error == ENOSPC || error == EDQUOT    ? StoreError::Kind::full
                    : error == ENOENT || error == ENOTDIR ? StoreError::Kind::missing
                                                          : StoreError::Kind::io;
  throw StoreError(
      kind, "Cannot " + what + " " + path.string() + ": " + std::generic_category().message(error) +
                ". Choose another data folder, or make this one writable for the host's "
                "user.");
}

void make_folder(const fs::path &folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return;
  if (folder.has_parent_path()) {
    fs::create_directories(folder.parent_path(), error);
    if (error) fail(folder.parent_path(), "create the folder", error.value());
  }
  if (::mkdir(folder.c_str(), S_IRWXU) == 0) return;
  if (errno != EEXIST) fail(folder, "create the data folder", errno);
  if (!fs::is_directory(folder, error)) fail(folder, "create the data folder", ENOTDIR);
}

// Never opens an existing file: closing it would release the locks that another Store of this
// process holds on it (POSIX locks belong to the process).
void make_private_file(const fs::path &file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) == 0) {
    if (!S_ISREG(found.st_mode)) fail(file, "use as a database", EINVAL);
    const bool open_to_others = (found.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    if (open_to_others && ::chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0)
      fail(file, "make private (mode 0600)", errno);
    return;
  }
  const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made >= 0) {
    ::close(made);
  } else if (errno != EEXIST) {
    fail(file, "create the database", errno);
  }
}

// Switching to WAL needs exclusive access for a moment, and SQLite does not always wait for it.
void use_wal(Database &database) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (;;) {
    try {
      Query mode = database.query("PRAGMA journal_mode = WAL");
      if (mode.step() && mode.text(0) == "wal") return;
      throw database.error(StoreError::Kind::io, "this file system cannot share memory with it");
    } catch (const StoreError &error) {
      if (error.kind != StoreError::Kind::busy || std::chrono::steady_clock::now() > deadline)
        throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

// Before SQLite's first use in this process. By default it counts every allocation for statistics,
// under a lock that all threads share.
void configure_sqlite() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);  // fails harmlessly if an embedding program already uses SQLite
}

}  // namespace

SqliteStore::SqliteStore(const fs::path &data_dir) {
  if (sodium_init() < 0) throw StoreError(StoreError::Kind::io, "libsodium cannot be initialised");
  make_folder(data_dir);
  const fs::path file = fs::absolute(data_dir) / file_name;
  make_private_file(file);

  configure_sqlite();
  impl_ = std::make_unique<Impl>(file);
  Database &database = impl_->database;
  migrate(database, schema_steps());
  use_wal(database);
  // The cache is only 4 MiB per connection: the kernel's page cache serves all of them.
  database.script(
      "PRAGMA synchronous = FULL;"
      "PRAGMA foreign_keys = ON;"
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA cell_size_check = ON;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -4096;"
      "PRAGMA journal_size_limit = 16777216");
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::share_reads() {
  impl_->database.share_reads();
}

void SqliteStore::end_reads() {
  impl_->database.end_reads();
}

void SqliteStore::transaction(const std::function<void()> &work) {
  impl_->database.transaction(work);
}

std::filesystem::path SqliteStore::folder() const {
  return impl_->database.file().parent_path();
}

std::int64_t SqliteStore::data_version() {
  Query version = impl_->database.query("PRAGMA data_version");
  version.step();
  return version.integer(0);
}

std::optional<Bytes> SqliteStore::seal_check() {
  Query row = impl_->database.query("SELECT value FROM meta WHERE name = 'seal_check'");
  if (!row.step()) return std::nullopt;
  Bytes value;
  row.read(0, value);
  return value;
}

void SqliteStore::set_seal_check(const Bytes &value) {
  impl_->database.transaction([&] {
    impl_->database.run(
        "INSERT INTO meta (name, value) VALUES ('seal_check', ?1) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        value);
  });
}

std::unique_ptr<Store> open_sqlite(const StoreAddress &address) {
  return std::make_unique<SqliteStore>(address.data_dir);
}

StoreCondition examine_sqlite(const StoreAddress &address) {
  const fs::path file = address.data_dir / file_name;
  StoreCondition found;
  found.place = file.string();
  std::error_code error;
  found.exists = fs::exists(file, error);
  if (!found.exists) return found;
  Database database(file, Database::Mode::existing_read_only);
  Query rows = database.query("PRAGMA quick_check(3)");
  std::string verdict;
  while (rows.step()) verdict += (verdict.empty() ? "" : "; ") + std::string(rows.text(0));
  if (verdict != "ok") found.damage = verdict;
  found.bytes = fs::file_size(file, error);
  return found;
}

}  // namespace host
