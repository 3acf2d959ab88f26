#include "cpi/manifest/source_map.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpi::manifest {

std::uint32_t SourceMap::add_file(std::string name) {
  files_.push_back(std::move(name));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void SourceMap::set(std::string pointer, Location location) {
  places_.insert_or_assign(std::move(pointer), location);
}

Location SourceMap::locate(std::string_view pointer) const {
  while (true) {
    if (const auto found = places_.find(pointer); found != places_.end()) return found->second;
    const auto slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return {};
    pointer = pointer.substr(0, slash);
  }
}

bool SourceMap::contains(std::string_view pointer) const {
  return places_.find(pointer) != places_.end();
}

std::string_view SourceMap::file_name(std::uint32_t index) const noexcept {
  return index < files_.size() ? std::string_view(files_[index]) : std::string_view();
}

void SourceMap::adopt(const SourceMap &other, std::string_view from, std::string_view to) {
  std::vector<std::uint32_t> index_of;
  for (const std::string &name : other.files_) {
    std::uint32_t index = 0;
    while (index < files_.size() && files_[index] != name) ++index;
    index_of.push_back(index < files_.size() ? index : add_file(name));
  }
  for (const auto &[pointer, place] : other.places_) {
    const std::string_view path = pointer;
    if (!path.starts_with(from)) continue;
    const std::string_view rest = path.substr(from.size());
    if (!rest.empty() && rest.front() != '/') continue;
    Location moved = place;
    moved.file = index_of.at(place.file);
    places_.insert_or_assign(std::string(to).append(rest), moved);
  }
}

}  // namespace cpi::manifest
