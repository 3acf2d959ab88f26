// connector-host; see application.hpp.
#include <span>
#include <string>
#include <vector>

#include "cli/application.hpp"

int main(int argc, char **argv) {
  const std::span<char *> words(argv, static_cast<std::size_t>(argc));
  const std::vector<std::string> arguments(words.begin() + (words.empty() ? 0 : 1), words.end());
  return host::cli::run_application(arguments);
}
