// Whether what is installed is still what runs. A plugin that was upgraded on disk is used when the
// host is started again, and somebody has to say so.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plugins/library_image.hpp"
#include "plugins/plugin.hpp"

namespace host {

class ReplacedFiles {
 public:
  using Loaded = std::span<const std::shared_ptr<const Plugin>>;

  // Two looks at each file's status, and its content is read only when that has changed. Gives the
  // plugins whose library or manifest has become another one, each once: not before two looks
  // found the same, since a copy may be under way.
  std::vector<std::shared_ptr<const Plugin>> look(Loaded loaded);

  // All that would be other ones if they were loaded now, by id.
  std::vector<std::string> replaced() const;

 private:
  using Stamps = std::pair<FileStamp, FileStamp>;  // library, manifest
  struct Known {
    std::optional<Stamps> last;
    std::optional<Stamps> judged;
    bool replaced = false;
  };
  static std::optional<Stamps> stamps_of(const Plugin &plugin);

  std::map<std::string, Known> known_;
};

}  // namespace host
