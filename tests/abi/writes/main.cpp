// Writes down what becomes of each change under each odd answer, and checks it against the rules.
//   abi_writes LIBRARY ANSWERS_FOLDER OUTPUT_FOLDER
// Writes OUTPUT_FOLDER/writes.txt. Exit code 1: something contradicts a rule, see stderr.
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "matrix.hpp"

namespace {

constexpr std::size_t most_shown = 60;

int record(const std::filesystem::path &library, const std::filesystem::path &answers,
           const std::filesystem::path &folder) {
  const auto plugin = contract::read_plugin(library, answers);
  const contract::LoadedPlugin loaded(library);
  writes::Matrix matrix(plugin, loaded.table());
  matrix.run();
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "writes.txt", std::ios::binary) << matrix.text();
  const auto &violations = matrix.violations();
  for (std::size_t i = 0; i < violations.size() && i < most_shown; ++i) {
    std::cerr << violations[i] << '\n';
  }
  if (!violations.empty()) std::cerr << violations.size() << " cells contradict a rule\n";
  return violations.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char **values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() != 3) {
    std::cerr << "usage: abi_writes LIBRARY ANSWERS_FOLDER OUTPUT_FOLDER\n";
    return 64;
  }
  try {
    return record(arguments[0], arguments[1], arguments[2]);
  } catch (const std::exception &e) {
    std::cerr << "abi_writes: " << e.what() << '\n';
    return 2;
  }
}
