#include "server/static_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "cpi/manifest/manifest.hpp"

namespace host::server {

namespace {

namespace fs = std::filesystem;

std::string_view type_of(const fs::path &file) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> types{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".map", "application/json"},
  }};
  const auto found = std::ranges::find(types, file.extension().string(),
                                       [](const auto &type) { return std::string(type.first); });
  return found == types.end() ? "application/octet-stream" : found->second;
}

}  // namespace

StaticFiles::StaticFiles(const fs::path &folder) {
  std::error_code error;
  if (folder.empty() || !fs::is_regular_file(folder / "index.html", error)) return;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    File file;
    file.type = type_of(entry.path());
    file.text.assign(std::istreambuf_iterator<char>(stream), {});
    file.tag = '"' + cpi::manifest::to_hex(cpi::manifest::sha256(file.text)).substr(0, 32) + '"';
    const std::string name = '/' + entry.path().lexically_relative(folder).generic_string();
    file.for_ever = name.starts_with("/assets/");
    files_.emplace(name == "/index.html" ? "/" : name, std::move(file));
  }
}

HttpAnswer StaticFiles::answer(const IncomingRequest &request) const {
  HttpAnswer answer;
  const auto found = files_.find(request.path == "/index.html" ? "/" : request.path);
  if (found == files_.end()) {
    answer.status = 404;
    answer.type = "text/plain; charset=utf-8";
    answer.body = "Page not found.\n";
    return answer;
  }
  const File &file = found->second;
  answer.headers.emplace_back("ETag", file.tag);
  answer.headers.emplace_back("Cache-Control",
                              file.for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.header("if-none-match") == file.tag) {
    answer.status = 304;
    return answer;
  }
  answer.type = file.type;
  answer.body = file.text;
  return answer;
}

fs::path find_web_folder(const fs::path &chosen, const fs::path &executable) {
  if (!chosen.empty()) return chosen;
  const fs::path folder = executable.parent_path();
  std::error_code error;
  for (const fs::path &place : {folder / CONNECTOR_WEB_DIR_FROM_BIN, folder / "web"})
    if (fs::is_regular_file(place / "index.html", error)) return place.lexically_normal();
  return {};
}

}  // namespace host::server
