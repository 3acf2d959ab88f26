// Shared by the parts of SqliteStore; for the .cpp files of this folder only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace host {

struct SqliteStore::Impl {
  explicit Impl(std::filesystem::path file)
      : database(std::move(file), Database::Mode::read_write) {}

  Database database;

  void schedule_changed() {
    database.run("UPDATE meta SET value = value + 1 WHERE name = 'schedule_version'");
  }

  // ---- delivery_state.cpp; inside a transaction
  // Adds a row for every active sink without one; `state` is pending or held.
  void queue_for_sinks(std::int64_t seq, std::int64_t trigger_row, DeliveryState state);
  void promote_head(std::int64_t sink, std::int64_t trigger_row);
  void rebuild_heads(std::int64_t trigger_row);
  void finish_event(std::int64_t seq, std::int64_t now);
  std::vector<std::int64_t> drop_standard_output();

  // ---- triggers.cpp
  void remove_trigger_row(std::int64_t row);
  // What its polls have found out, which a new baseline finds out anew.
  void forget_findings(std::int64_t row);
};

// Reads a stored enum. An unknown name means that the file was modified.
template <typename Enum>
Enum read_enum(const Database &database, const Query &row, int column) {
  const std::string_view name = row.text(column);
  const auto value = from_string<Enum>(name);
  if (!value) {
    throw database.error(StoreError::Kind::corrupt,
                         "an entry is in the unknown state \"" + std::string(name) + "\"");
  }
  return *value;
}

}  // namespace host
