#include "server/link_files.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "auth/redirect_page.hpp"
#include "cpi/manifest/manifest.hpp"
#include "server/private_file.hpp"

namespace host::server {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "open-";
constexpr std::string_view suffix = ".html";
constexpr std::size_t digits = 32;

// Reveals nothing about the token.
std::string name_of(std::string_view token) {
  const std::string hash = cpi::manifest::to_hex(cpi::manifest::sha256(token));
  return std::string(prefix) + hash.substr(0, digits) + std::string(suffix);
}

}  // namespace

bool LinkFiles::is_name(std::string_view name) {
  if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix))
    return false;
  return std::ranges::all_of(name.substr(prefix.size(), digits), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

LinkFiles::LinkFiles(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder_, error))
    if (is_name(entry.path().filename().string())) fs::remove(entry.path(), error);
  thread_ = std::thread([this] { remove_old(); });
}

LinkFiles::~LinkFiles() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
  std::error_code error;
  for (const auto &[name, until] : until_) fs::remove(folder_ / name, error);
}

std::string LinkFiles::add(std::string_view token, const std::string &url,
                           std::chrono::seconds lifetime) {
  std::string name = name_of(token);
  {
    const std::scoped_lock lock(mutex_);
    write_private(folder_ / name, forwarding_page(url));
    until_[name] = Clock::now() + lifetime;
    if (until_.size() > most) remove(oldest());
  }
  changed_.notify_all();
  return name;
}

void LinkFiles::remove(std::string_view token) {
  const std::scoped_lock lock(mutex_);
  const auto found = until_.find(name_of(token));
  if (found != until_.end()) remove(found);
}

LinkFiles::Files::iterator LinkFiles::oldest() {
  return std::ranges::min_element(until_, {}, [](const auto &file) { return file.second; });
}

void LinkFiles::remove(Files::iterator file) {
  std::error_code error;
  fs::remove(folder_ / file->first, error);
  until_.erase(file);
}

void LinkFiles::remove_old() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto next = oldest();
    if (next == until_.end()) {
      changed_.wait(lock);
    } else if (const auto until = next->second; Clock::now() < until) {
      changed_.wait_until(lock, until);
    } else {
      remove(next);
    }
  }
}

}  // namespace host::server
