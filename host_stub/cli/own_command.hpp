// The command line that runs this program again: with its path if the shell would not find it, and
// with the data directory if it is not the default.
#pragma once

#include <string>
#include <string_view>

#include "cli/options.hpp"

namespace host::cli {

// "connector-host link --open", or "/opt/x/connector-host --data-dir /srv/data link --open"; quoted
// for a shell.
std::string own_command(const Settings &settings, std::string_view command);

// As one word of a POSIX shell.
std::string shell_word(std::string_view text);

}  // namespace host::cli
