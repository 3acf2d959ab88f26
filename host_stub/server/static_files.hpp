// The files of the UI: read once at the start, so that no path of a request reaches the file
// system. Browsers may cache files with a hash in the name (assets/) indefinitely.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "server/http.hpp"

namespace host::server {

class StaticFiles {
 public:
  // With an empty or missing folder, or one without index.html, the UI is not installed. Throws
  // std::filesystem::filesystem_error for a folder that cannot be read.
  explicit StaticFiles(const std::filesystem::path &folder);

  bool installed() const noexcept { return files_.contains("/"); }

  // 404 if there is no such file, 304 if the browser has it already.
  HttpAnswer answer(const IncomingRequest &request) const;

 private:
  struct File {
    std::string type;
    std::string text;
    std::string tag;  // ETag, with its quotes
    bool for_ever = false;
  };
  std::map<std::string, File, std::less<>> files_;  // by request path
};

// The folder of the UI: `chosen` if it is not empty, else in the executable's installation or build
// tree. Empty: not found.
std::filesystem::path find_web_folder(const std::filesystem::path &chosen,
                                      const std::filesystem::path &executable);

}  // namespace host::server
