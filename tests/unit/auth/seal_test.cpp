#include "auth/seal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>

#include "auth/connection_secrets.hpp"
#include "data_folder.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store.hpp"

namespace host {
namespace {

using test::DataFolder;
using test::key_of;
constexpr SealPlace place{"con_1", "tokens"};

SealError::Kind kind_of(const std::function<void()> &work, std::string *message = nullptr) {
  try {
    work();
  } catch (const SealError &error) {
    if (message != nullptr) *message = error.what();
    return error.kind;
  }
  ADD_FAILURE() << "nothing was thrown";
  return SealError::Kind::io;
}

TEST(Seal, OpensWhatItSealed) {
  const SealingKey key = key_of(1);
  for (const std::string &plain : {std::string(), std::string("token"), std::string(100'000, 'x')})
    EXPECT_EQ(key.open(place, key.seal(place, plain)).reveal(), plain);
}

TEST(Seal, NeverTheSameTwice) {
  const SealingKey key = key_of(1);
  std::set<Bytes> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(key.seal(place, "token")).second);
}

TEST(Seal, ThePlainTextIsNotInIt) {
  const Bytes sealed = key_of(1).seal(place, "find-me-if-you-can");
  const std::string text(sealed.begin(), sealed.end());
  EXPECT_EQ(text.find("find-me"), std::string::npos);
}

TEST(Seal, EveryChangedBitIsSeen) {
  const SealingKey key = key_of(1);
  const Bytes sealed = key.seal(place, "token");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = sealed;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1u << bit));
      EXPECT_EQ(kind_of([&] { (void)key.open(place, changed); }), SealError::Kind::damaged) << at;
    }
  }
}

TEST(Seal, EveryCutIsSeen) {
  const SealingKey key = key_of(1);
  Bytes sealed = key.seal(place, "token");
  while (!sealed.empty()) {
    sealed.pop_back();
    EXPECT_EQ(kind_of([&] { (void)key.open(place, sealed); }), SealError::Kind::damaged);
  }
}

TEST(Seal, AValueOpensInItsOwnPlaceOnly) {
  const SealingKey key = key_of(1);
  const Bytes sealed = key.seal(place, "token");
  for (const SealPlace other : {SealPlace{"con_2", "tokens"}, SealPlace{"con_1", "input"},
                                SealPlace{"con_1t", "okens"}, SealPlace{"", "con_1tokens"}})
    EXPECT_EQ(kind_of([&] { (void)key.open(other, sealed); }), SealError::Kind::damaged);
}

TEST(Seal, AnotherKeyOrVersionDoesNotOpenIt) {
  const Bytes sealed = key_of(1).seal(place, "token");
  EXPECT_EQ(kind_of([&] { (void)key_of(2).open(place, sealed); }), SealError::Kind::damaged);
  std::string message;
  EXPECT_EQ(kind_of([&] { (void)key_of(1, 2).open(place, sealed); }, &message),
            SealError::Kind::damaged);
  EXPECT_NE(message.find("version 1"), std::string::npos) << message;
}

TEST(Unlock, MakesAKeyThatOnlyItsOwnerReadsAndKeepsIt) {
  const DataFolder folder;
  SqliteStore store{folder.path()};
  const SealingKey first = unlock({"", "", folder.path()}, store);
  struct stat status {};
  ASSERT_EQ(::stat((folder.path() / "seal.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  const SealingKey second = unlock({"", "", folder.path()}, store);
  EXPECT_EQ(second.open(place, first.seal(place, "token")).reveal(), "token");
  for (const auto &entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().filename().string().find("seal.key."), std::string::npos)
        << "a scratch file was left";
}

TEST(Unlock, AKeyThatOthersMayReadIsRefused) {
  const DataFolder folder;
  SqliteStore store{folder.path()};
  (void)unlock({"", "", folder.path()}, store);
  for (const mode_t mode : {0640u, 0604u, 0660u, 0644u, 0666u}) {
    ASSERT_EQ(::chmod((folder.path() / "seal.key").c_str(), mode), 0);
    std::string message;
    EXPECT_EQ(kind_of(
                  [&] {
                    (void)unlock({"", "", folder.path()}, store);
                  },
                  &message),
              SealError::Kind::key_unsafe);
    EXPECT_NE(message.find("chmod 600"), std::string::npos) << message;
  }
}

TEST(Unlock, ALostKeyIsNotReplaced) {
  const DataFolder folder;
  SqliteStore store{folder.path()};
  (void)unlock({"", "", folder.path()}, store);
  std::filesystem::remove(folder.path() / "seal.key");
  std::string message;
  EXPECT_EQ(kind_of(
                [&] {
                  (void)unlock({"", "", folder.path()}, store);
                },
                &message),
            SealError::Kind::key_missing);
  EXPECT_NE(message.find("backup"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "seal.key"));
}

TEST(Unlock, AWrongKeyChangesNoRow) {
  const DataFolder folder;
  const DataFolder other;
  SqliteStore store{folder.path()};
  const SealingKey key = unlock({"", "", folder.path()}, store);
  ConnectionRecord row;
  row.id = "con_1";
  row.plugin = "authy";
  row.method = "key";
  row.sealed_input = key.seal({"con_1", "input"}, "{}");
  store.add(row);
  const auto before = store.connection("con_1");
  const auto check = store.seal_check();

  SqliteStore elsewhere{other.path()};
  (void)unlock({"", "", other.path()}, elsewhere);
  const std::string foreign = (other.path() / "seal.key").string();
  std::string message;
  EXPECT_EQ(kind_of(
                [&] {
                  (void)unlock({foreign, "", folder.path()}, store);
                },
                &message),
            SealError::Kind::wrong_key);
  EXPECT_NE(message.find("No row was changed"), std::string::npos) << message;
  EXPECT_EQ(store.seal_check(), check);
  EXPECT_EQ(store.connection("con_1")->sealed_input, before->sealed_input);
}

TEST(Unlock, WhereTheKeyComesFrom) {
  const DataFolder folder;
  const DataFolder named;
  const DataFolder credentials;
  SqliteStore elsewhere{named.path()};
  const SealingKey key = unlock({"", "", named.path()}, elsewhere);
  const std::string file = (named.path() / "seal.key").string();
  std::filesystem::copy_file(file, credentials.path() / "seal.key");
  // systemd gives 0440.
  ASSERT_EQ(::chmod((credentials.path() / "seal.key").c_str(), 0440), 0);

  const Bytes sealed = key.seal(place, "token");
  SqliteStore store{folder.path()};
  const SealingKey by_name = unlock({file, "", folder.path()}, store);
  EXPECT_EQ(by_name.open(place, sealed).reveal(), "token");
  const SealingKey by_systemd = unlock({"", credentials.path().string(), folder.path()}, store);
  EXPECT_EQ(by_systemd.open(place, sealed).reveal(), "token");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "seal.key"));

  EXPECT_EQ(kind_of([&] {
              (void)unlock({file + "x", "", folder.path()}, store);
            }),
            SealError::Kind::key_missing);
}

TEST(Unlock, ADamagedKeyFileIsSaidToBeOne) {
  const DataFolder folder;
  SqliteStore store{folder.path()};
  const std::string good = "connector-seal-key 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
  const auto attempt = [&](const std::string &text) {
    const auto path = folder.write("key", text);
    EXPECT_EQ(::chmod(path.c_str(), 0600), 0);
    return kind_of([&] { (void)unlock({path.string(), "", folder.path()}, store); });
  };
  for (const std::string &text :
       {std::string(), std::string("hello\n"), std::string(32, '\x01'), good.substr(0, 50),
        "connector-seal-key 0" + good.substr(20), "connector-seal-key" + good.substr(20),
        good + good, "x" + good, std::string(4000, 'A')})
    EXPECT_EQ(attempt(text), SealError::Kind::key_invalid) << text;
  const auto path = folder.write("key", good);
  EXPECT_NO_THROW((void)unlock({path.string(), "", folder.path()}, store));
}

class Rekey : public testing::Test {
 protected:
  Rekey() {
    const SealingKey key = unlock(places_, store_);
    for (const auto *id : {"con_1", "con_2"}) {
      ConnectionRecord row;
      row.id = id;
      row.plugin = "authy";
      row.method = "oauth";
      row.sealed_input = key.seal({id, "input"}, std::string("input of ") + id);
      if (row.id == "con_1") row.sealed_tokens = key.seal({id, "tokens"}, "tokens");
      store_.add(row);
    }
  }
  Rekeyed rekey_now() {
    const RefreshLocks locks(folder_.path());
    const auto all = locks.try_lock_all();
    return rekey(places_, store_, *all);
  }
  void expect_readable() {
    const SealingKey key = unlock(places_, store_);
    EXPECT_EQ(key.open({"con_1", "input"}, store_.connection("con_1")->sealed_input).reveal(),
              "input of con_1");
    EXPECT_EQ(key.open({"con_1", "tokens"}, store_.connection("con_1")->sealed_tokens).reveal(),
              "tokens");
    EXPECT_EQ(key.open({"con_2", "input"}, store_.connection("con_2")->sealed_input).reveal(),
              "input of con_2");
    EXPECT_TRUE(store_.connection("con_2")->sealed_tokens.empty());
  }
  std::filesystem::path file(const std::string &name) const { return folder_.path() / name; }

  DataFolder folder_;
  SqliteStore store_{folder_.path()};
  KeyPlaces places_{"", "", folder_.path()};
};

TEST_F(Rekey, SealsEverythingAnewAndLeavesOneKey) {
  const SealingKey before = unlock(places_, store_);
  const Bytes sealed = store_.connection("con_1")->sealed_tokens;
  const Rekeyed done = rekey_now();
  EXPECT_EQ(done.connections, 2u);
  EXPECT_EQ(done.version, 2u);
  EXPECT_NE(store_.connection("con_1")->sealed_tokens, sealed);
  expect_readable();
  EXPECT_FALSE(std::filesystem::exists(file("seal.key.next")));
  EXPECT_FALSE(std::filesystem::exists(file("seal.key.old")));
  EXPECT_EQ(kind_of([&] { check_current(before, store_); }), SealError::Kind::wrong_key);
  EXPECT_NO_THROW(check_current(unlock(places_, store_), store_));
  EXPECT_EQ(rekey_now().version, 3u);
  expect_readable();
}

TEST_F(Rekey, ACrashBeforeTheDatabaseHasItLeavesTheOldKeyInForce) {
  std::filesystem::copy_file(file("seal.key"), file("spare"));
  rekey_now();
  // The file a crash leaves: a new key that no row knows.
  std::filesystem::copy_file(file("spare"), file("seal.key.next"));
  expect_readable();
  EXPECT_EQ(rekey_now().version, 3u) << "and it can be begun again";
  expect_readable();
}

TEST_F(Rekey, ACrashAfterTheDatabaseHasItIsFinishedByTheNextStart) {
  std::filesystem::copy_file(file("seal.key"), file("spare"));
  rekey_now();
  std::filesystem::rename(file("seal.key"), file("seal.key.next"));
  std::filesystem::rename(file("spare"), file("seal.key"));
  expect_readable();
  EXPECT_FALSE(std::filesystem::exists(file("seal.key.next")));
  EXPECT_FALSE(std::filesystem::exists(file("seal.key.old")));
  expect_readable();
}

TEST_F(Rekey, ADamagedRowStopsItBeforeAnythingIsChanged) {
  const auto good = *store_.connection("con_2");
  Bytes damaged = good.sealed_input;
  damaged.back() ^= 1u;
  store_.set_connection_input("con_2", damaged, "");
  const auto first = store_.connection("con_1")->sealed_input;
  EXPECT_EQ(kind_of([&] { rekey_now(); }), SealError::Kind::damaged);
  EXPECT_EQ(store_.connection("con_1")->sealed_input, first);
  store_.set_connection_input("con_2", good.sealed_input, "");
  expect_readable();
}

TEST_F(Rekey, AKeyFromSystemdIsNotOursToChange) {
  const DataFolder credentials;
  std::filesystem::copy_file(file("seal.key"), credentials.path() / "seal.key");
  places_.credentials_directory = credentials.path().string();
  EXPECT_EQ(kind_of([&] { rekey_now(); }), SealError::Kind::io);
  expect_readable();
}

}  // namespace
}  // namespace host
