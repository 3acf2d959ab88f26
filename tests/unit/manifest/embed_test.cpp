#include "embed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>

#include "cpi/manifest/manifest.hpp"
#include "cpi/sdk/embedded_manifest.hpp"

namespace cpi::manifest::test {
namespace {

// What a compiler makes of the literals: enough of C++ for what embed() writes.
std::string text_of(const std::string &source) {
  std::string text;
  std::istringstream lines(source.substr(source.find("manifest_json[] =")));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("    \"")) {
    const auto end = line.rfind('"');
    for (std::size_t at = 5; at < end; ++at) {
      if (line[at] != '\\') {
        text += line[at];
      } else if (line[at + 1] < '0' || line[at + 1] > '7') {
        text += line[++at];
      } else {
        text += static_cast<char>(std::stoi(line.substr(at + 1, 3), nullptr, 8));
        at += 3;
      }
    }
  }
  return text;
}

TEST(Embed, KeepsEveryByte) {
  std::string awkward =
      "\"\\ ?"
      "?/ )\" \xd0\x9b"
      "7\xf0\x9f\x8e\x89"
      "1\n\t\x01";
  for (int i = 0; i < 200'000; ++i) awkward += static_cast<char>(' ' + i % 95);
  const boost::json::object manifest = {{"id", "acme"}, {"version", "1.0.0"}, {"x", awkward}};
  const std::string source = embed(manifest, sha256("x"));
  EXPECT_EQ(text_of(source), boost::json::serialize(manifest));
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(line.find("?"
                        "?"),
              std::string::npos);
    EXPECT_LE(line.size(), 120U);
    for (const char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x80) << line;
  }
}

TEST(Embed, CompiledItIsTheManifestBesideIt) {
  const LoadResult loaded = load(CPI_MANIFEST_TINY);
  ASSERT_TRUE(loaded.manifest.has_value());
  EXPECT_EQ(boost::json::parse(cpi::embedded_manifest_json()), loaded.manifest->json());
  EXPECT_EQ(cpi::embedded_manifest_id(), "tiny");
  EXPECT_EQ(cpi::embedded_manifest_version(), "0.1.0");
  const auto &hash = cpi::embedded_manifest_sha256();
  EXPECT_TRUE(std::equal(std::begin(hash), std::end(hash), loaded.manifest->sha256().begin()));
}

TEST(Embed, WritesTheHash) {
  Sha256 hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::uint8_t>(i * 8 + 1);
  const std::string source = embed({{"id", "acme"}, {"version", "1.0.0"}}, hash);
  EXPECT_NE(source.find("0x01, 0x09, 0x11"), std::string::npos);
  EXPECT_NE(source.find("0xf1, 0xf9};"), std::string::npos);
}

}  // namespace
}  // namespace cpi::manifest::test
