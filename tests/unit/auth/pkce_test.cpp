#include "auth/pkce.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace host {
namespace {

TEST(PkceTest, TheExampleOfTheRfc) {  // RFC 7636 appendix B
  EXPECT_EQ(pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(PkceTest, EveryFlowHasItsOwn) {
  std::set<std::string> verifiers;
  for (int i = 0; i < 1000; ++i) {
    const Pkce pkce = new_pkce();
    const std::string verifier(pkce.verifier.reveal());
    EXPECT_EQ(verifier.size(), 43u) << "256 bits";
    EXPECT_TRUE(std::ranges::all_of(verifier, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    })) << verifier;
    EXPECT_EQ(pkce.challenge, pkce_challenge(verifier));
    verifiers.insert(verifier);
  }
  EXPECT_EQ(verifiers.size(), 1000u);
}

}  // namespace
}  // namespace host
