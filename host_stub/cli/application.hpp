// The program: reads the command line, resolves the settings, runs one command, and turns every
// failure into a message and an exit code.
#pragma once

#include <span>
#include <string>

namespace host::cli {

// `arguments` without the program's name. Returns the process's exit code; never throws.
int run_application(std::span<const std::string> arguments) noexcept;

}  // namespace host::cli
