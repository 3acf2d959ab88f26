#include "inbound/compression.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace host::inbound {
namespace {

const std::string text(5000, 'a');

std::string encoding_of(const std::string &accepted, HttpAnswer answer) {
  IncomingRequest request;
  if (!accepted.empty()) request.headers.emplace("accept-encoding", accepted);
  compress_for(request, answer);
  for (const auto &[name, value] : answer.headers)
    if (name == "Content-Encoding") return value;
  return {};
}
std::string encoding_of(const std::string &accepted) {
  return encoding_of(accepted, {.type = "text/javascript; charset=utf-8", .body = text});
}

TEST(Compression, IsForClientsThatTakeIt) {
  for (const char *accepted : {"gzip", "br, GZIP", "deflate,gzip;q=0.5", "gzip; q=1.0"})
    EXPECT_EQ(encoding_of(accepted), "gzip") << accepted;
  for (const char *accepted : {"", "br", "gzip;q=0", "gzip; q=0.000", "x-gzip", "*"})
    EXPECT_EQ(encoding_of(accepted), "") << accepted;
}

TEST(Compression, IsForLongTextThatNobodyEncoded) {
  EXPECT_EQ(encoding_of("gzip", {.type = "application/json", .body = text}), "gzip");
  EXPECT_EQ(encoding_of("gzip", {.type = "application/json", .body = "{}"}), "");
  EXPECT_EQ(encoding_of("gzip", {.type = "image/png", .body = text}), "");
  EXPECT_EQ(
      encoding_of("gzip",
                  {.type = "text/plain", .body = text, .headers = {{"content-encoding", "br"}}}),
      "");
}

TEST(Compression, CanBeUndone) {
  IncomingRequest request;
  request.headers.emplace("accept-encoding", "gzip");
  HttpAnswer answer{.type = "text/plain", .body = text};
  compress_for(request, answer);
  EXPECT_LT(answer.body.size(), 200U);
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(2 * text.size(), '\0');
  stream.next_in = reinterpret_cast<Bytef *>(answer.body.data());
  stream.avail_in = static_cast<uInt>(answer.body.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(out, text);
}

}  // namespace
}  // namespace host::inbound
