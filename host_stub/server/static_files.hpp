// The files of the UI: read once at the start, so that no path of a request ever reaches the file
// system. What has its hash in its name (assets/) may be kept by the browser for ever.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "server/http.hpp"

namespace host::server {

class StaticFiles {
 public:
  // An empty or missing folder, or one without index.html, is a UI that is not installed. Throws
  // std::filesystem::filesystem_error for one that cannot be read.
  explicit StaticFiles(const std::filesystem::path &folder);

  bool installed() const noexcept { return files_.contains("/"); }

  // 404 for what is not there, 304 where the browser has it already.
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

// Where the UI is: `chosen` when it is not empty, else beside the executable's own installation or
// in its build tree. Empty: nowhere.
std::filesystem::path find_web_folder(const std::filesystem::path &chosen,
                                      const std::filesystem::path &executable);

}  // namespace host::server
