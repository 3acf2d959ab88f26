// A cache of checked manifests, by the SHA-256 of their bytes: parsing and checking a large
// manifest takes ten times as long as everything else in a short command.
//
// One JSON file each, in a folder of the data directory. Losing one only costs time, so failures
// are ignored.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cpi/manifest/manifest.hpp"

namespace host {

// Identifies this program, on which the checks depend. Empty if it cannot be determined.  [any
// thread]
std::string checking_program();

class CheckedManifests {
 public:
  // `program` must change whenever the checks may change (see checking_program); empty: nothing is
  // cached. The folder is created with its first file, if its parent exists.
  CheckedManifests(std::filesystem::path folder, std::string program);

  // As cpi::manifest::load(path); caches the result if the manifest is usable.
  cpi::manifest::LoadResult load(const std::filesystem::path &path) const;

 private:
  std::filesystem::path file_of(std::string_view bytes) const;

  std::filesystem::path folder_;
  std::string program_;
};

}  // namespace host
