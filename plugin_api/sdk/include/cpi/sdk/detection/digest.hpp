// The two hashes of change detection. Neither is a cryptographic promise to anybody else.
//
// Row keys and versions are remembered for months and chosen by strangers, so they get SipHash-2-4
// under a secret key. Whole pages are compared on every poll, so they get something that reads
// 8 bytes per multiplication; it is keyed too, or a stranger could craft a page that looks like the
// last one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cpi::detection {

using DigestKey = std::array<std::uint64_t, 2>;

// The first 16 bytes of `entropy`; shorter entropy is stretched, not refused. [any]
DigestKey digest_key(std::string_view entropy) noexcept;

// SipHash-2-4 (Aumasson and Bernstein, 2012), 64-bit output. [any]
std::uint64_t siphash(const DigestKey &key, std::string_view bytes) noexcept;

// Of a whole page: about 0.1 ns a byte. [any]
std::uint64_t page_digest(const DigestKey &key, std::string_view bytes) noexcept;

}  // namespace cpi::detection
