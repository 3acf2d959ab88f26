// What one person's request to the host works with: a store of its own, the key, the plugins, and
// somebody who carries operations out. For one thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/seal.hpp"
#include "control/catalogue.hpp"
#include "control/operations.hpp"
#include "log/redaction.hpp"
#include "store/store.hpp"

namespace host {

// What all sessions of a process share, and what outlives them.
struct Workplace {
  std::filesystem::path data_dir;
  KeyPlaces key_places;
  std::function<std::shared_ptr<PluginSet>()> plugins;  // asked once by each session, on first use
  Operations &operations;
  Redactor &redactor;
};

class Session {
 public:
  explicit Session(const Workplace &workplace) : workplace_(workplace) {}
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;
  ~Session() = default;

  const Catalogue &catalogue();  // looked for on first use
  Store &store();                // opened, and made, on first use
  const SealingKey &key();       // likewise
  Redactor &redactor() noexcept { return workplace_.redactor; }
  Operations &operations() noexcept { return workplace_.operations; }

  // By id, by label (a connection's, when only one has it), or by the beginning of an id when only
  // one has that. Throws Failure.
  ConnectionRecord connection(std::string_view name);
  TriggerRecord trigger(std::string_view name);

  // Runs one operation to its end: its failure is thrown as Failure. Throws Interrupted.
  OperationOutcome run(const ConnectionRecord &connection, const OperationStart &start,
                       const AnswerWatch &watch = {});

  // The first request of an operation, as JSON; no network is made for it.
  OperationOutcome dry_run(const ConnectionRecord &connection, const OperationStart &start);

  // Has the redactor black out what this connection was made with.
  void remember_secrets(const PluginFiles &files, const ConnectionRecord &connection);

 private:
  const Workplace &workplace_;
  std::optional<Catalogue> catalogue_;
  std::optional<Store> store_;
  std::optional<SealingKey> key_;
};

}  // namespace host
