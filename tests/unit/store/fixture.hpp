// A data folder that goes with its test, and the smallest records the store accepts.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/sqlite/sqlite_store.hpp"
#include "store/store.hpp"

namespace host::test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "store-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  const std::filesystem::path &path() const { return path_; }
  std::filesystem::path database() const { return path_ / "connector.db"; }

 private:
  std::filesystem::path path_;
};

inline ConnectionRecord a_connection(std::string id = "con_1") {
  ConnectionRecord record;
  record.id = std::move(id);
  record.plugin = "sendpulse";
  record.method = "client_credentials";
  record.label = "someone@example.com";
  record.settings = "{}";
  record.created_at = 1000;
  return record;
}

inline TriggerRecord a_trigger(std::string id = "trg_1", std::string connection = "con_1") {
  TriggerRecord record;
  record.id = std::move(id);
  record.connection_id = std::move(connection);
  record.trigger = "campaign.created";
  record.input = "{}";
  record.config_hash = "hash";
  record.interval_ms = 300000;
  record.created_at = 1000;
  return record;
}

inline PollCommit a_poll(std::int64_t row, std::int64_t seen_version,
                         const std::vector<std::string> &keys = {}) {
  PollCommit commit;
  commit.trigger_row = row;
  commit.config_hash = "hash";
  commit.cursor_version = seen_version;
  commit.cursor = {1, 2, static_cast<std::uint8_t>(seen_version)};
  commit.poll_id = "poll_1";
  commit.now = 5000;
  for (const std::string &key : keys) commit.events.push_back({key, "subject of " + key, "{}"});
  return commit;
}

// A store that holds one connection and one trigger in row `row`.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store.add(a_connection());
    row = store.add(a_trigger());
  }

  TriggerRecord trigger() {
    TriggerRecord record;
    EXPECT_TRUE(store.load_trigger(row, record));
    return store.trigger(record.id).value_or(TriggerRecord());
  }
  CommitResult poll(const std::vector<std::string> &keys) {
    return store.commit(a_poll(row, trigger().cursor_version, keys));
  }
  CommitResult poll_held(const std::vector<std::string> &keys) {
    PollCommit commit = a_poll(row, trigger().cursor_version, keys);
    commit.hold = true;
    return store.commit(commit);
  }
  void use_sinks(const std::vector<std::string> &names) { store.set_sinks(names); }
  std::vector<std::string> next(std::string_view sink, std::int64_t now = 10000,
                                std::int64_t limit = 100) {
    std::vector<std::string> keys;
    for (const EventRecord &event : store.next_for_sink(sink, now, limit))
      keys.push_back(event.key);
    return keys;
  }
  EventRecord by_key(std::string_view key) {
    for (EventRecord &event : store.events({})) {
      if (event.key == key) return event;
    }
    ADD_FAILURE() << "no event " << key;
    return {};
  }
  void deliver(std::string_view sink, const std::vector<std::string> &keys) {
    std::vector<std::int64_t> seqs;
    for (const std::string &key : keys) seqs.push_back(by_key(key).seq);
    store.delivered(sink, seqs, 20000);
  }

  Folder folder;
  SqliteStore store{folder.path()};
  std::int64_t row = 0;
};

using Keys = std::vector<std::string>;

}  // namespace host::test
