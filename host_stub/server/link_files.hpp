// Links as files: a page for this user only that sends the browser on to the link. A browser is
// opened with the file's path, so that the link itself shows up in no list of processes.
//
// A file goes when its link was used or works no more, when there are too many, and when the server
// ends.
// [any thread]
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
  static constexpr std::size_t most = 16;  // beyond them the oldest goes

  // Removes what a server that was killed has left in the folder.
  explicit LinkFiles(std::filesystem::path folder);
  ~LinkFiles();
  LinkFiles(const LinkFiles &) = delete;
  LinkFiles &operator=(const LinkFiles &) = delete;

  // Writes the file of the link with this token; gives its name. Throws std::system_error.
  std::string add(std::string_view token, const std::string &url, std::chrono::seconds lifetime);
  void remove(std::string_view token);

  // Whether it could be the name of one.
  static bool is_name(std::string_view name);

 private:
  using Clock = std::chrono::steady_clock;
  using Files = std::map<std::string, Clock::time_point, std::less<>>;  // by name: until when
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
