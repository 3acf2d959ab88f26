// Secrets that the host invents: one-time links, sessions, tokens of programs.
#pragma once

#include <string>

namespace host {

// 256 random bits, as 43 letters, digits, - and _. Throws std::runtime_error if the system has no
// source of randomness. [any thread]
std::string random_token();

}  // namespace host
