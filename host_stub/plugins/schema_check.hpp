// Checks what a plugin gives against its own manifest: outputs of actions and of the connection
// test, items of samples, choices of lookups, and data of events.
//
// A plugin that breaks its schema is not stopped: the user's data counts more, and may be used all
// the same. It is counted, and said in the trigger's notes, in the log and in the metrics. The
// schema of an operation is compiled with its first output. Checking an event costs its parsing and
// about as much again, so of a large batch only the first are checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/manifest/manifest.hpp"

namespace cpi {
class Schema;
}

namespace host {

enum class OperationKind : std::int32_t;

// What broke the schema of one operation since the plugin was loaded.
struct SchemaBreaks {
  std::string operation;    // "poll campaign.created"
  std::uint64_t count = 0;  // outputs, items, choices or events
  std::string place;        // JSON Pointer, of the first
  std::string why;          // a sentence about the first

  std::string sentence() const;  // for a log
};

// What of one output, or of one event, does not fit.
struct Unfit {
  std::size_t count = 0;
  std::string place;  // JSON Pointer, of the first
};

// [any thread]
class SchemaCheck {
 public:
  static constexpr std::size_t most_events = 100;                  // of one batch
  static constexpr std::size_t most_bytes = std::size_t{4} << 20;  // larger outputs are not checked

  explicit SchemaCheck(const cpi::manifest::Manifest &manifest) : manifest_(manifest) {}

  // The parts of `json` that break the schema: of one output, or of one event's data (`kind` is
  // poll).
  Unfit check(OperationKind kind, std::string_view id, std::string_view json);

  std::vector<SchemaBreaks> breaks() const;

 private:
  using Schemas = std::map<std::pair<OperationKind, std::string>,
                           std::shared_ptr<const cpi::Schema>, std::less<>>;

  std::shared_ptr<const cpi::Schema> schema_of(OperationKind kind, std::string_view id);

  const cpi::manifest::Manifest &manifest_;
  mutable std::mutex mutex_;
  Schemas schemas_;
  std::map<std::string, SchemaBreaks, std::less<>> breaks_;  // by operation
};

}  // namespace host
