// The head of a request: where it ends, and what it says. Boost.Beast parses it; what Beast would
// let pass and others read in another way is refused here, before and after.
//
// Rules, for a server that must read a request exactly as every proxy before it does
// (RFC 9112, sections 2.2, 3.2, 5 and 6):
//   1. A line ends with CR LF. No CR or LF is anywhere else, and no NUL or other control character.
//   2. No line begins with a space or a tab: a field is not continued (obs-fold).
//   3. The target begins with "/" and has no fragment: no absolute form, no "*".
//   4. There is one Host at most, and one Content-Length at most, of digits only.
//   5. With Transfer-Encoding there is no Content-Length, and the version is 1.1. It is not
//      accepted then either: the size of a body must be known before it is read.
//   6. Whatever breaks a rule ends the connection: where the next request begins is unknown.
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

// Looks for the end of a head while it arrives, by rules 1 and 2 and within the limits.
class HeadScan {
 public:
  enum class State { more, whole, malformed, long_target, too_large };

  explicit HeadScan(const HeadLimits &limits) : limits_(limits) {}

  // `text`: all that has come, from the head's first byte. No byte is looked at twice.
  State look(std::string_view text);
  // Of a head that is whole, with its empty line. What follows is its body or another request.
  std::size_t size() const noexcept { return at_; }

 private:
  HeadLimits limits_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;   // where the line under way begins
  std::size_t lines_ = 0;  // that are complete
};

struct RequestHead {
  IncomingRequest request;  // its body is still to come
  std::uint64_t body_bytes = 0;
  bool version_1_0 = false;
  bool keep_alive = false;        // as the client wants it
  bool expects_continue = false;  // waits for 100 before it sends its body
};

// Reads a head that HeadScan found whole; or the status it is refused with: 400, 411, 414, 417 or
// 501.
std::variant<RequestHead, int> read_head(std::string_view head, const HeadLimits &limits);

}  // namespace host::inbound
