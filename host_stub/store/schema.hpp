// The tables, and how an older database becomes a current one.
#pragma once

#include <span>

#include "store/database.hpp"

namespace host {

// Step n (counted from 1) turns schema n-1 into schema n. Steps are only ever added at the end.
std::span<const char *const> schema_steps();

// Brings the database to the last of `steps` in one transaction. One that is not empty is copied
// beside itself first, as `FILE.schema-N.backup`. A newer or a foreign database is refused.
void migrate(Database &database, std::span<const char *const> steps);

}  // namespace host
