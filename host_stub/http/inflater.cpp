// The inflater, with zlib. RFC 9110, section 8.4.1: `deflate` is a zlib stream, but some servers
// send it bare; the three formats differ in their first byte.
#include "http/inflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace host {

struct Inflater::Impl {
  z_stream stream{};
  bool initialised = false;
  bool started = false;
  bool ended = false;
  bool gzip = false;
};

namespace {

constexpr std::size_t chunk_size = 16'384;
constexpr int max_window = 15;
constexpr std::uint8_t gzip_magic = 0x1f;

int window_bits(std::uint8_t first) {
  if (first == gzip_magic) return 16 + max_window;
  if ((first & 0x0f) == Z_DEFLATED) return max_window;
  return -max_window;
}

}  // namespace

Inflater::Inflater() : impl_(std::make_unique<Impl>()) {}

Inflater::~Inflater() {
  if (impl_->initialised) inflateEnd(&impl_->stream);
}

void Inflater::begin() {
  if (!impl_->initialised) {
    if (inflateInit2(&impl_->stream, 16 + max_window) != Z_OK) throw std::bad_alloc();
    impl_->initialised = true;
  }
  impl_->started = impl_->ended = impl_->gzip = false;
}

Inflater::Result Inflater::feed(std::span<const std::uint8_t> input, std::string &output,
                                std::uint64_t limit) {
  z_stream &stream = impl_->stream;
  std::array<char, chunk_size> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  // zlib only reads its input, but does not declare it const.
  stream.next_in = const_cast<Bytef *>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  bool more_output = false;
  while (stream.avail_in > 0 || more_output) {
    if (!impl_->started || impl_->ended) {
      if (impl_->ended && (!impl_->gzip || *stream.next_in != gzip_magic)) return Result::corrupt;
      if (inflateReset2(&stream, window_bits(*stream.next_in)) != Z_OK) return Result::corrupt;
      impl_->gzip = *stream.next_in == gzip_magic;
      impl_->started = true;
      impl_->ended = false;
    }
    stream.next_out = reinterpret_cast<Bytef *>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = chunk.size() - stream.avail_out;
    if (made > limit - std::min<std::uint64_t>(limit, output.size())) return Result::too_large;
    output.append(chunk.data(), made);
    if (result == Z_STREAM_END)
      impl_->ended = true;
    else if (result != Z_OK && result != Z_BUF_ERROR)
      return Result::corrupt;
    more_output = !impl_->ended && stream.avail_out == 0;
  }
  return Result::ok;
}

bool Inflater::complete() const noexcept {
  return !impl_->started || impl_->ended;
}

}  // namespace host
