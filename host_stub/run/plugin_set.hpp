// The plugins of a running host: each is loaded once, on first use, and stays loaded.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/discovery.hpp"
#include "plugins/plugin.hpp"

namespace host {

class PluginSet {
 public:
  explicit PluginSet(std::shared_ptr<const Discovery> found, LoadOptions options = {})
      : found_(std::move(found)), options_(options) {}

  // Throws PluginRefused: unknown or unusable. A refused plugin is tried again next time, so a
  // corrected one is used without a restart. Loading blocks only callers that need the same plugin.
  // [any thread]
  std::shared_ptr<const Plugin> get(std::string_view id);

  const Discovery &found() const noexcept { return *found_; }
  std::vector<std::shared_ptr<const Plugin>> loaded() const;  // [any thread]

 private:
  std::shared_ptr<const Plugin> known(std::string_view id) const;

  std::shared_ptr<const Discovery> found_;
  LoadOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Plugin>, std::less<>> loaded_;
  std::map<std::string, std::mutex, std::less<>> loading_;  // held by the loading thread
};

}  // namespace host
