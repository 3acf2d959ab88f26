#include "cli/lost_token.hpp"

#include <string>

namespace host::cli {

void report_lost_token(Log &log, const StoredCredentials::LostToken &lost) {
  const std::string what =
      lost.unsaved ? "The connection " + lost.connection +
                         " has lost its access: its new refresh token could not be saved."
                   : "The connection " + lost.connection +
                         " may have lost its access: its token was being renewed when this process "
                         "ended.";
  log.error(what, {{"conn", lost.connection},
                   {"reason", lost.reason},
                   {"advice", std::string(lost.unsaved ? "Sign in again"
                                                       : "If the connection needs sign-in, sign in "
                                                         "again") +
                                  ": connector-host connection reauthorize " + lost.connection}});
}

}  // namespace host::cli
