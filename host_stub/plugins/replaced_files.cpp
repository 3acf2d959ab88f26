#include "plugins/replaced_files.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>

#include "cpi/manifest/manifest.hpp"

namespace host {

namespace {

namespace fs = std::filesystem;

std::optional<FileStamp> stamp_of(const fs::path &file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return FileStamp::of(status);
}

bool holds(const fs::path &file, std::span<const std::byte> bytes) {
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 1u << 16> buffer{};
  for (;;) {
    stream.read(buffer.data(), buffer.size());
    const auto got = static_cast<std::size_t>(stream.gcount());
    if (got > bytes.size() || std::memcmp(buffer.data(), bytes.data(), got) != 0) return false;
    bytes = bytes.subspan(got);
    if (!stream) return bytes.empty() && stream.eof();
  }
}

bool is_replaced(const Plugin &plugin) {
  const PluginFiles &files = plugin.files();
  std::ifstream stream(files.manifest_path, std::ios::binary);
  const std::string manifest{std::istreambuf_iterator<char>(stream), {}};
  return cpi::manifest::sha256(manifest) != files.manifest.sha256() ||
         !holds(files.library_path, plugin.image().bytes());
}

}  // namespace

// Empty while one of them is missing: it may be about to be replaced.
std::optional<ReplacedFiles::Stamps> ReplacedFiles::stamps_of(const Plugin &plugin) {
  const auto library = stamp_of(plugin.files().library_path);
  const auto manifest = stamp_of(plugin.files().manifest_path);
  if (!library || !manifest) return std::nullopt;
  return Stamps{*library, *manifest};
}

std::vector<std::shared_ptr<const Plugin>> ReplacedFiles::check(Loaded loaded) {
  std::vector<std::shared_ptr<const Plugin>> found;
  for (const auto &plugin : loaded) {
    Known &known = known_[std::string(plugin->id())];
    const auto now = stamps_of(*plugin);
    const bool unchanged = now == std::exchange(known.last, now);
    if (!now || !unchanged || now == known.judged) continue;
    known.judged = now;
    known.replaced = is_replaced(*plugin);
    if (known.replaced) found.push_back(plugin);
  }
  return found;
}

std::vector<std::string> ReplacedFiles::replaced() const {
  std::vector<std::string> ids;
  for (const auto &[id, known] : known_)
    if (known.replaced) ids.push_back(id);
  return ids;
}

}  // namespace host
