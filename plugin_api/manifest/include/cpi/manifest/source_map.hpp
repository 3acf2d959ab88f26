// The source location of each value of a document: JSON Pointer -> file, line, column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cpi::manifest {

// Lines and columns count from 1; 0 means unknown. Columns count bytes.
struct Location {
  std::uint32_t file = 0;  // index into SourceMap::files()
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const Location &, const Location &) = default;
};

// A value type; const functions are [any].
class SourceMap {
 public:
  // Adds a source file and returns its index.
  std::uint32_t add_file(std::string name);

  // The location of an object member is that of its key; of an element, its first character.
  void set(std::string pointer, Location location);

  // The location of `pointer`, or of the nearest enclosing value that has one.
  [[nodiscard]] Location locate(std::string_view pointer) const;
  // True if `pointer` itself has a location.
  [[nodiscard]] bool contains(std::string_view pointer) const;

  // The name of a file; empty if the index is unknown.
  [[nodiscard]] std::string_view file_name(std::uint32_t index) const noexcept;
  [[nodiscard]] const std::vector<std::string> &files() const noexcept { return files_; }

  // Copies every location at or below `from` in `other`, moved to `to`.
  void adopt(const SourceMap &other, std::string_view from, std::string_view to);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::vector<std::string> files_;
  std::unordered_map<std::string, Location, Hash, std::equal_to<>> places_;
};

}  // namespace cpi::manifest
