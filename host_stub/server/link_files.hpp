// Links as files: a page readable only by this user that redirects the browser to the link. A
// browser is opened with the file's path, so that the link does not appear in the list of
// processes.
//
// A file is removed when its link is used or expires, when there are too many, and when the server
// ends. [any thread]
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace host::server {

class LinkFiles {
 public:
  static constexpr std::size_t most = 16;  // above that, the oldest is removed

  // Removes files of a killed server from the folder.
  explicit LinkFiles(std::filesystem::path folder);
  ~LinkFiles();
  LinkFiles(const LinkFiles &) = delete;
  LinkFiles &operator=(const LinkFiles &) = delete;

  // Writes the file of the link with this token and returns its name. Throws std::system_error.
  std::string add(std::string_view token, const std::string &url, std::chrono::seconds lifetime);
  void remove(std::string_view token);

  // True if it has the form of such a file name.
  static bool is_name(std::string_view name);

 private:
  using Clock = std::chrono::steady_clock;
  using Files = std::map<std::string, Clock::time_point, std::less<>>;  // expiry times by name
  Files::iterator oldest();
  void remove(Files::iterator file);
  void remove_old();

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Files until_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace host::server
