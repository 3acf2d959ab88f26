// Cursors: any bytes are a cursor or are refused, and a cursor that was read and written is the
// same cursor.
//
// The checksums would keep a fuzzer from everything behind them. So the input is a byte that
// chooses, the size of the head as two bytes, the head and the body, of which a cursor with the
// right checksums is made; with the highest bit the rest is the cursor as it is.
#include <algorithm>
#include <string>

#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/digest.hpp"
#include "target.hpp"

namespace {

using namespace cpi::detection;

constexpr std::uint32_t fingerprint = 0x04030201;

void put_checksum(std::string &out, std::size_t from) {
  const std::uint64_t sum =
      page_digest({0x63686563, 0x6b73756d}, std::string_view(out).substr(from));
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(sum >> (8 * i) & 0xff));
}

std::string with_checksums(std::string_view head, std::string_view body) {
  std::string out = "cpd";
  out += static_cast<char>(cursor_version);
  out += "\x01\x02\x03\x04";
  std::size_t size = head.size();
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<char>((size & 0x7f) | 0x80));
  out.push_back(static_cast<char>(size));
  out += head;
  put_checksum(out, 0);
  const std::size_t from = out.size();
  out += body;
  put_checksum(out, from);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::string_view input = fuzz::text_of(data, size);
  const std::uint8_t chosen = fuzz::take_byte(input);
  const MemoryShape shape{.version = (chosen & 1u) != 0, .values = (chosen & 2u) != 0};
  std::string bytes(input);
  if ((chosen & 0x80u) == 0) {
    std::size_t length = fuzz::take_byte(input);
    length |= static_cast<std::size_t>(fuzz::take_byte(input)) << 8;
    length = std::min(length, input.size());
    bytes = with_checksums(input.substr(0, length), input.substr(length));
  }
  Cursor cursor;
  std::string_view body;
  if (open_cursor(bytes, fingerprint, cursor, body) != Opened::ok) return 0;
  if (!open_body(body, shape, cursor)) return 0;
  const std::string written = cursor.encode(fingerprint, shape);
  Cursor again;
  fuzz::promise(open_cursor(written, fingerprint, again, body) == Opened::ok,
                "a written head can be read");
  fuzz::promise(open_body(body, shape, again), "a written body can be read");
  fuzz::promise(again.encode(fingerprint, shape) == written, "what was written is the same");
  return 0;
}
