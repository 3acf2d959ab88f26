// Opens an address in the browser of the person at this machine.
#pragma once

#include <string>

namespace host::cli {

// Runs `xdg-open ADDRESS`, without a shell, and does not wait for it. False: it could not be
// started. The address, a URL or a file's path, can be seen in the list of processes: nothing
// secret may be in it.
bool open_browser(const std::string &address);

}  // namespace host::cli
