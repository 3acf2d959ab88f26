// The plugin that is examined: its library, and what its manifest says can be asked of it. Reads
// the manifest on its own, so that a mistake in the project's manifest library is not examined by
// itself.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/plugin.h"

namespace contract {

// One thing a host may begin. `input` is JSON that fits the manifest's schema.
struct OperationCase {
  cpi_operation_kind kind;
  std::string id;
  std::string input;
  cpi_poll_mode mode = 0;
  std::string output = "{}";  // the schema of what comes out; of a trigger, of one event's data

  // Of an action, by its manifest:
  bool writes = false;    // it changes something
  bool promises = false;  // its output has required members
  bool checked = false;   // it names a duplicate check
  bool accepts = false;   // its answer says in a place of its own that it worked, or is a file
  std::string handler = {};
  std::vector<int> done_if_repeated = {};  // statuses that alone say so

  std::string label() const;
};

// What the plugin's service answers to a request whose path fits; `{}` stands for one segment.
struct CannedAnswer {
  std::string method;  // empty: any
  std::string path;
  std::string type;  // the body's; empty: JSON
  std::string body;
};

struct PluginUnderTest {
  std::filesystem::path library;
  std::filesystem::path manifest;  // beside it, with the same stem
  std::string manifest_bytes;
  std::string manifest_json;
  std::string id;
  std::string version;
  std::string defs = "{}";           // the schemas that others refer to
  std::vector<OperationCase> cases;  // everything: a poll three times, once a mode
  std::vector<CannedAnswer> answers;
  bool has_answers = false;  // whether somebody wrote down answers for this plugin

  // What the service answers to such a request; "{}" when nobody wrote it down.
  CannedAnswer answer_to(std::string_view method, std::string_view url) const;
};

// Reads `library`'s manifest, and answers_folder/<stem>.yaml if it is there. Throws
// std::runtime_error that names the file and what is wrong.
PluginUnderTest read_plugin(const std::filesystem::path &library,
                            const std::filesystem::path &answers_folder);

// A plugin in memory, until the destructor closes it.
class LoadedPlugin {
 public:
  // Throws std::runtime_error with the loader's words.
  explicit LoadedPlugin(const std::filesystem::path &library);
  ~LoadedPlugin();
  LoadedPlugin(const LoadedPlugin &) = delete;
  LoadedPlugin &operator=(const LoadedPlugin &) = delete;

  const cpi_plugin &table() const { return *entry_(); }
  cpi_plugin_entry_fn entry() const { return entry_; }

 private:
  void *handle_;
  cpi_plugin_entry_fn entry_;
};

}  // namespace contract
