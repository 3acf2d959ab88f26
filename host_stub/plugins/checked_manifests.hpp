// Manifests that this host has checked before, by the SHA-256 of their bytes: reading YAML and
// checking a large catalogue takes ten times as long as everything else that a short command does.
//
// One JSON file each, in a folder of the data directory. Losing it costs time only, so that every
// failure here is silence.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cpi/manifest/manifest.hpp"

namespace host {

// What the checks depend on: this very program. Empty when it cannot be told.  [any thread]
std::string checking_program();

class CheckedManifests {
 public:
  // `program` must change whenever the checks may (see checking_program); empty: nothing is
  // remembered. The folder is made when something is to be kept, if its parent is there.
  CheckedManifests(std::filesystem::path folder, std::string program);

  // As cpi::manifest::load(path), and remembered when the manifest can be used.
  cpi::manifest::LoadResult load(const std::filesystem::path &path) const;

 private:
  std::filesystem::path file_of(std::string_view bytes) const;

  std::filesystem::path folder_;
  std::string program_;
};

}  // namespace host
