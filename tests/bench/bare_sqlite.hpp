// The baseline of storing: SQLite and nothing else. The least that keeps the host's promise: a
// cursor moves only from the version that was seen, and its event, under an id of its own, and the
// event's place in the queue of one sink are stored with it, in groups, durably.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "measured.hpp"

namespace bench {

struct BareSqlite {
  std::filesystem::path file;  // is made
  std::size_t triggers = 0;    // whose cursors move in turn, in row order
  std::size_t group = 0;       // in one transaction
  std::string cursor;
  std::string event;  // JSON
};

Measured run(const BareSqlite &setting, std::chrono::milliseconds duration);

}  // namespace bench
