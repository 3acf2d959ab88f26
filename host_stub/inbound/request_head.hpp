// Finds the end of a request's head and parses it. Boost.Beast does the parsing; constructs that
// Beast accepts but other parsers read differently are refused here, before and after it.
//
// Rules, for a server that must read a request exactly as every proxy in front of it does
// (RFC 9112, sections 2.2, 3.2, 5 and 6):
//   1. A line ends with CR LF. There is no other CR or LF, and no NUL or other control character.
//   2. No line begins with a space or a tab: no continued fields (obs-fold).
//   3. The target begins with "/" and has no fragment: no absolute form, no "*".
//   4. There is at most one Host, and at most one Content-Length, of digits only.
//   5. With Transfer-Encoding there is no Content-Length, and the version is 1.1. Even then it is
//      refused: the size of a body must be known before it is read.
//   6. A violation ends the connection: the start of the next request is unknown.
//
// [any thread]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "inbound/http_message.hpp"

namespace host::inbound {

struct HeadLimits {
  std::size_t bytes = 64u << 10;
  std::size_t fields = 100;
  std::size_t target_bytes = 2048;
};

// Finds the end of a head while it arrives, by rules 1 and 2 and within the limits.
class HeadScan {
 public:
  enum class State { more, whole, malformed, long_target, too_large };

  explicit HeadScan(const HeadLimits &limits) : limits_(limits) {}

  // `text`: everything received so far, from the head's first byte. No byte is examined twice.
  State scan_to(std::string_view text);
  // Size of a complete head with its empty line. The body or another request follows.
  std::size_t size() const noexcept { return at_; }

 private:
  HeadLimits limits_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;   // start of the current line
  std::size_t lines_ = 0;  // complete lines
};

struct RequestHead {
  IncomingRequest request;  // without its body
  std::uint64_t body_bytes = 0;
  bool version_1_0 = false;
  bool keep_alive = false;        // requested by the client
  bool expects_continue = false;  // waits for 100 before it sends its body
};

// Parses a complete head. Otherwise returns the status that refuses it: 400, 411, 414, 417 or 501.
std::variant<RequestHead, int> read_head(std::string_view head, const HeadLimits &limits);

}  // namespace host::inbound
