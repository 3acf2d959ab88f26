// The tables, and the migration of older databases.
#pragma once

#include <span>

#include "store/sqlite/database.hpp"

namespace host {

// Step n (counted from 1) turns schema n-1 into schema n. Steps are only added, at the end.
std::span<const char *const> schema_steps();

// Brings the database to the last of `steps` in one transaction. A non-empty database is first
// copied to `FILE.schema-N.backup` in the same folder. A newer or a foreign database is refused.
void migrate(Database &database, std::span<const char *const> steps);

}  // namespace host
