#include "cpi/json/text_search.hpp"

namespace cpi {

namespace {

// One two-byte UTF-8 character (U+0080 to U+07FF), which is where all these alphabets are.
unsigned folded(unsigned point) {
  const bool latin_1 = point >= 0xC0 && point <= 0xDE && point != 0xD7;
  const bool greek = point >= 0x391 && point <= 0x3A9 && point != 0x3A2;
  const bool cyrillic = point >= 0x410 && point <= 0x42F;
  if (latin_1 || greek || cyrillic) return point + 0x20;
  if (point >= 0x400 && point <= 0x40F) return point + 0x50;
  // Where capital and small letter alternate, the even one is the capital.
  const bool alternating =
      (point >= 0x100 && point <= 0x12F) || (point >= 0x132 && point <= 0x137) ||
      (point >= 0x14A && point <= 0x177) || (point >= 0x460 && point <= 0x481) ||
      (point >= 0x48A && point <= 0x4BF) || (point >= 0x4D0 && point <= 0x52F);
  if (alternating && point % 2 == 0) return point + 1;
  const bool alternating_odd =
      (point >= 0x139 && point <= 0x148) || (point >= 0x179 && point <= 0x17E);
  return alternating_odd && point % 2 == 1 ? point + 1 : point;
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead >= 'A' && lead <= 'Z') {
      out.push_back(static_cast<char>(lead + ('a' - 'A')));
    } else if (lead >= 0xC2 && lead <= 0xDF && at + 1 < text.size()) {
      const auto trail = static_cast<unsigned char>(text[++at]);
      const unsigned point = folded((lead & 0x1FU) << 6 | (trail & 0x3FU));
      out.push_back(static_cast<char>(0xC0 | point >> 6));
      out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

}  // namespace cpi
