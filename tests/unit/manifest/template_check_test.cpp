#include "template_check.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "cpi/language/encoders.hpp"

namespace cpi::manifest::test {
namespace {

// The build and the plugin must know the same words.
TEST(TemplateCheck, KnowsTheEncodersOfTheSdk) {
  for (const std::string_view name : cpi::encoder_names()) EXPECT_TRUE(is_encoder(name)) << name;
  for (const std::string_view name : known_encoders()) {
    EXPECT_NE(cpi::find_encoder(name), nullptr) << name;
  }
  EXPECT_FALSE(is_encoder("rot13"));
}

TEST(TemplateCheck, PathShape) {
  EXPECT_EQ(path_shape("/a/{b}/c"), "/a/{}/c");
  EXPECT_EQ(path_shape("/a/{/b/0}"), "/a/{}");
  EXPECT_EQ(path_shape("/a{/b?}"), "/a/{}");
  EXPECT_EQ(path_shape("/a"), "/a");
}

TEST(TemplateCheck, HostOf) {
  EXPECT_EQ(host_of("https://A.example/x"), "a.example");
  EXPECT_EQ(host_of("https://a.example:443"), "a.example");
  EXPECT_EQ(host_of("https://a.example:8443?x"), "a.example:8443");
  EXPECT_EQ(host_of("https://u:p@a.example/"), "");
  EXPECT_EQ(host_of("http://a.example/"), "");
}

}  // namespace
}  // namespace cpi::manifest::test
