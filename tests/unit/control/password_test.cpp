#include "control/password.hpp"

#include <gmock/gmock.h>

#include <string>

#include "../store/fixture.hpp"
#include "control/failure.hpp"

namespace host {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Password, IsFoundAgainInItsHashAndNoOtherIs) {
  const std::string hash = hash_password("four random words");
  EXPECT_THAT(hash, StartsWith("$argon2id$v=19$m=65536,t=3,p=1$"));
  EXPECT_THAT(hash, testing::Not(HasSubstr("random")));
  EXPECT_TRUE(is_password(hash, "four random words"));
  for (const std::string &wrong :
       {std::string(), std::string("four random word"), std::string("four random words "),
        std::string("four random words\0", 18), std::string(5000, 'x')})
    EXPECT_FALSE(is_password(hash, wrong)) << wrong;
  EXPECT_NE(hash_password("four random words"), hash) << "each has a salt of its own";
  EXPECT_FALSE(is_password("", "")) << "without a hash nothing is right";
}

TEST(Password, HasALength) {
  const auto refused = [](const std::string &password) -> std::string {
    try {
      check_new_password(password);
    } catch (const Failure &failure) {
      return failure.error.message;
    }
    return "";
  };
  EXPECT_THAT(refused(std::string(11, 'x')), HasSubstr("too short"));
  EXPECT_EQ(refused(std::string(12, 'x')), "");
  EXPECT_EQ(refused(std::string(256, 'x')), "");
  EXPECT_THAT(refused(std::string(257, 'x')), HasSubstr("too long"));
}

TEST(StorePassword, ANewOneEndsTheSessionsOfThoseWhoKnewTheOldOne) {
  const host::test::Folder folder;
  SqliteStore store{folder.path()};
  const auto open = [&](std::uint8_t cookie) { store.add_session({{cookie}, {9}, 1, 1}, 10); };
  open(1);
  open(2);
  store_password(store, "hash 1", {1});
  EXPECT_TRUE(store.session({2})) << "there was none before";
  store_password(store, "hash 2", {1});
  EXPECT_EQ(store.password_hash(), "hash 2");
  EXPECT_TRUE(store.session({1}));
  EXPECT_FALSE(store.session({2}));
  store_password(store, "", {});
  EXPECT_EQ(store.password_hash(), "");
  EXPECT_FALSE(store.session({1}));
}

}  // namespace
}  // namespace host
