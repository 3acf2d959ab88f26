#include "auth/form_encoding.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace host {
namespace {

TEST(FormEncoding, KeepsTheUnreservedAndNothingElse) {
  EXPECT_EQ(form_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(form_encoded("a b&c=d/é+%"), "a%20b%26c%3Dd%2F%C3%A9%2B%25");
}

TEST(FormEncoding, ReadsWhatBrowsersWrite) {
  const auto fields = form_decoded("a=1+2&&b=%2f%2F&c&d==&=e");
  ASSERT_TRUE(fields);
  ASSERT_EQ(fields->size(), 5u);
  EXPECT_EQ((*fields)[0].value, "1 2");
  EXPECT_EQ((*fields)[1].value, "//");
  EXPECT_EQ((*fields)[2].name, "c");
  EXPECT_EQ((*fields)[2].value, "");
  EXPECT_EQ((*fields)[3].value, "=");
  EXPECT_EQ((*fields)[4].name, "");
  EXPECT_TRUE(form_decoded("")->empty());
}

TEST(FormEncoding, ADamagedPercentSignIsSeen) {
  for (const auto *damaged : {"a=%", "a=%4", "a=%g0", "a=%+1", "a=% 1", "%=", "a=%-1", "a=%0x"})
    EXPECT_FALSE(form_decoded(damaged)) << damaged;
}

TEST(FormEncoding, ThereAndBackForAllBytes) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string text(random() % 40, '\0');
    for (char &c : text) c = static_cast<char>(random() & 0xff);
    const auto back = form_decoded("n=" + form_encoded(text));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->at(0).value, text);
  }
}

}  // namespace
}  // namespace host
