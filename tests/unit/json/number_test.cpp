#include "cpi/json/number.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include <boost/json/value.hpp>

namespace {

TEST(Numbers, AreTextThatReadsBackTheSame) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const double number = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())),
                                     -static_cast<int>(random() % 100));
    const auto text = *cpi::scalar_text(boost::json::value(number));
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), number) << text;
    const auto whole = static_cast<std::int64_t>(random());
    ASSERT_EQ(*cpi::parse_number(*cpi::scalar_text(boost::json::value(whole))),
              boost::json::value(whole));
  }
}

}  // namespace
