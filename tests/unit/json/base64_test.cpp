#include "cpi/json/base64.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace {

TEST(Base64, ComesBackUnchanged) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 64, '\0');
    for (char &c : bytes) c = static_cast<char>(random());
    std::string back;
    ASSERT_TRUE(cpi::base64_decode(cpi::base64(bytes), back));
    ASSERT_EQ(back, bytes);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  std::string out = "kept";
  for (const auto *text : {"A", "AB", "ABC", "A===", "AB=C", "A B=", "AB==AB==", "AB=", "-_-_",
                           "QUI\n", "QR==", "QUJ="}) {
    EXPECT_FALSE(cpi::base64_decode(text, out)) << text;
  }
  EXPECT_EQ(out, "kept");
}

}  // namespace
