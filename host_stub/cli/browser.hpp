// Opens an address in the browser of the person at this machine.
#pragma once

#include <string>

namespace host::cli {

// Runs `xdg-open ADDRESS`, without a shell, and does not wait for it. False: it could not be
// started. The address, a URL or a file's path, is visible in the list of processes: it must not
// contain a secret.
bool open_browser(const std::string &address);

}  // namespace host::cli
