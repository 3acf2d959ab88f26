// Runs a target over files, for builds without libFuzzer: REPLAY FILE_OR_FOLDER...
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "target.hpp"

namespace {

void replay(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  // Said before: a crash says nothing more.
  std::printf("%s\n", path.c_str());
  std::fflush(stdout);
  // A copy of exactly this size, so that the address sanitizer sees a byte too much.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int count, char **words) {
  std::size_t replayed = 0;
  for (int i = 1; i < count; ++i) {
    const std::filesystem::path path = words[i];
    if (std::filesystem::is_regular_file(path)) {
      replay(path);
      ++replayed;
      continue;
    }
    for (const auto &entry : std::filesystem::directory_iterator(path)) {
      replay(entry.path());
      ++replayed;
    }
  }
  if (replayed == 0) std::fprintf(stderr, "no file was given\n");
  return replayed == 0 ? 1 : 0;
}
