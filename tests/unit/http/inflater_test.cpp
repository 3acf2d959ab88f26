// Decoding of compressed bodies, in pieces of every size, and of broken ones.
#include "http/inflater.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace host {
namespace {

constexpr int gzip_bits = 16 + 15;
constexpr int zlib_bits = 15;
constexpr int bare_bits = -15;
constexpr std::uint64_t no_limit = ~std::uint64_t{0};

std::string compress(const std::string &text, int bits) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, text.size()) + 64, '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef *>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef *>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

struct Decoded {
  Inflater::Result result = Inflater::Result::ok;
  bool complete = false;
  std::string text;
};

Decoded decode(Inflater &inflater, const std::string &input, std::size_t piece,
               std::uint64_t limit = no_limit) {
  Decoded decoded;
  inflater.begin();
  for (std::size_t at = 0; at < input.size() && decoded.result == Inflater::Result::ok;
       at += piece) {
    const std::string part = input.substr(at, piece);
    decoded.result = inflater.feed(
        {reinterpret_cast<const std::uint8_t *>(part.data()), part.size()}, decoded.text, limit);
  }
  decoded.complete = inflater.complete();
  return decoded;
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "{\"id\":" + std::to_string(i * 7919) + "},";
  return text;
}

TEST(Inflater, DecodesEveryFormatInPiecesOfEverySize) {
  const std::string text = sample();
  Inflater inflater;
  for (const int bits : {gzip_bits, zlib_bits, bare_bits}) {
    const std::string packed = compress(text, bits);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, packed.size()}) {
      const Decoded decoded = decode(inflater, packed, piece);
      EXPECT_EQ(decoded.result, Inflater::Result::ok) << bits << ' ' << piece;
      EXPECT_TRUE(decoded.complete);
      EXPECT_EQ(decoded.text, text);
    }
  }
}

TEST(Inflater, DecodesSeveralGzipMembersAndEmptyOnes) {
  Inflater inflater;
  const std::string packed =
      compress("one,", gzip_bits) + compress("", gzip_bits) + compress("two", gzip_bits);
  for (const std::size_t piece : {std::size_t{1}, packed.size()}) {
    const Decoded decoded = decode(inflater, packed, piece);
    EXPECT_EQ(decoded.result, Inflater::Result::ok);
    EXPECT_TRUE(decoded.complete);
    EXPECT_EQ(decoded.text, "one,two");
  }
}

TEST(Inflater, NoBytesAtAllAreAnEmptyBody) {
  Inflater inflater;
  EXPECT_TRUE(decode(inflater, "", 1).complete);
}

TEST(Inflater, NoticesAStreamCutAnywhere) {
  Inflater inflater;
  for (const int bits : {gzip_bits, zlib_bits, bare_bits}) {
    const std::string packed = compress("some text that is long enough, long enough", bits);
    for (std::size_t size = 1; size < packed.size(); ++size) {
      const Decoded decoded = decode(inflater, packed.substr(0, size), size);
      EXPECT_FALSE(decoded.result == Inflater::Result::ok && decoded.complete)
          << bits << ": " << size << " of " << packed.size();
    }
  }
}

TEST(Inflater, RefusesDamageAndTrailingBytes) {
  Inflater inflater;
  std::string damaged = compress(sample(), gzip_bits);
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // checksum
  EXPECT_EQ(decode(inflater, damaged, 100).result, Inflater::Result::corrupt);
  EXPECT_EQ(decode(inflater, "<html>not compressed</html>", 5).result, Inflater::Result::corrupt);
  EXPECT_EQ(decode(inflater, compress("x", gzip_bits) + "tail", 100).result,
            Inflater::Result::corrupt);
  EXPECT_EQ(decode(inflater, compress("x", zlib_bits) + "tail", 1).result,
            Inflater::Result::corrupt);
  // And works afterwards.
  EXPECT_EQ(decode(inflater, compress("fine", gzip_bits), 3).text, "fine");
}

TEST(Inflater, StopsABombBeforeItGrows) {
  Inflater inflater;
  const std::string bomb = compress(std::string(64u << 20, '0'), gzip_bits);
  ASSERT_LT(bomb.size(), 100'000U);
  const Decoded decoded = decode(inflater, bomb, 16 * 1024, 1'000'000);
  EXPECT_EQ(decoded.result, Inflater::Result::too_large);
  EXPECT_LE(decoded.text.size(), 1'000'000U);
  EXPECT_LT(decoded.text.capacity(), 4'000'000U);
}

TEST(Inflater, AllowsExactlyTheLimit) {
  Inflater inflater;
  const std::string packed = compress(std::string(50'000, 'x'), gzip_bits);
  EXPECT_EQ(decode(inflater, packed, 10, 50'000).result, Inflater::Result::ok);
  EXPECT_EQ(decode(inflater, packed, 10, 49'999).result, Inflater::Result::too_large);
}

}  // namespace
}  // namespace host
