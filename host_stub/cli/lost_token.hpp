// The log line for a connection that may have lost its access because its new token was not stored.
#pragma once

#include "auth/credentials.hpp"
#include "log/log.hpp"

namespace host::cli {

void report_lost_token(Log &log, const StoredCredentials::LostToken &lost);

}  // namespace host::cli
