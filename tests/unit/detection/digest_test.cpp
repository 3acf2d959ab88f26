#include "cpi/sdk/detection/digest.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace cpi::detection {
namespace {

// The example of the SipHash paper, appendix A.
TEST(Digest, SipHashIsTheOneOfThePaper) {
  const DigestKey key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string message;
  for (char c = 0; c < 15; ++c) message.push_back(c);
  EXPECT_EQ(siphash(key, message), 0xa129ca6149be45e5u);
}

TEST(Digest, EveryByteOfAPageCounts) {
  const DigestKey key = digest_key("sixteen bytes or more");
  for (std::size_t size = 0; size < 200; ++size) {
    std::string page(size, 'x');
    std::set<std::uint64_t> digests = {page_digest(key, page)};
    for (std::size_t at = 0; at < size; ++at) {
      page[at] = 'y';
      EXPECT_TRUE(digests.insert(page_digest(key, page)).second) << size << " " << at;
      page[at] = 'x';
    }
    EXPECT_TRUE(digests.insert(page_digest(key, page + 'x')).second);
    EXPECT_TRUE(digests.insert(page_digest(key, page + '\0')).second);
  }
}

TEST(Digest, AnotherKeyGivesAnotherDigest) {
  const DigestKey one = digest_key("sixteen bytes or more");
  const DigestKey other = digest_key("another sixteen bytes");
  EXPECT_NE(page_digest(one, "page"), page_digest(other, "page"));
  EXPECT_NE(siphash(one, "key"), siphash(other, "key"));
  EXPECT_NE(digest_key("short"), digest_key("shorter"));
  EXPECT_NE(digest_key(""), digest_key("x"));
}

}  // namespace
}  // namespace cpi::detection
