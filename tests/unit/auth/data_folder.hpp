// A data directory for one test, gone after it; a key; and the manifest with every auth method.
#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "auth/seal.hpp"
#include "cpi/manifest/manifest.hpp"

namespace host::test {

class DataFolder {
 public:
  DataFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "unit_auth.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  DataFolder(const DataFolder &) = delete;
  DataFolder &operator=(const DataFolder &) = delete;
  ~DataFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path &path() const { return path_; }

  std::filesystem::path write(const std::string &name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  // The same, for the eyes of its owner only.
  std::filesystem::path write_secret(const std::string &name, std::string_view text) const {
    std::filesystem::path path = write(name, text);
    using std::filesystem::perms;
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write);
    return path;
  }

 private:
  std::filesystem::path path_;
};

inline SealingKey key_of(std::uint8_t byte, std::uint32_t version = 1) {
  std::array<std::uint8_t, SealingKey::size> bytes{};
  bytes.fill(byte);
  return {bytes, version};
}

inline cpi::manifest::Manifest auth_manifest(const std::filesystem::path &file = AUTH_MANIFEST) {
  auto loaded = cpi::manifest::load(file);
  for (const auto &problem : loaded.problems)
    if (problem.severity == cpi::manifest::Severity::error)
      throw std::runtime_error(cpi::manifest::to_line(problem));
  return *loaded.manifest;
}

}  // namespace host::test
