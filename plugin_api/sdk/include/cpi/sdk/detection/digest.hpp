// The two hashes of change detection. Neither is meant as a cryptographic hash.
//
// Row keys and versions are remembered for months and come from third parties, so they use
// SipHash-2-4 with a secret key. Whole pages are compared on every poll, so they use a faster hash
// that reads 8 bytes per multiplication. It is keyed as well: otherwise a third party could craft a
// page with the digest of the last one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cpi::detection {

using DigestKey = std::array<std::uint64_t, 2>;

// The first 16 bytes of `entropy`. Shorter entropy is stretched, not refused. [any]
DigestKey digest_key(std::string_view entropy) noexcept;

// SipHash-2-4 (Aumasson and Bernstein, 2012), 64-bit output. [any]
std::uint64_t siphash(const DigestKey &key, std::string_view bytes) noexcept;

// The digest of a whole page: about 0.1 ns per byte. [any]
std::uint64_t page_digest(const DigestKey &key, std::string_view bytes) noexcept;

}  // namespace cpi::detection
