// One client's socket as cpp-httplib reads it, under the clock and within bounds: a request ends at
// its deadline, however the bytes drip, and at its size. Its head is read whole before the library
// sees it, since the library itself takes a head of any size.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace host {

struct InboundLimits {
  std::size_t head_bytes = 64u << 10;
  std::size_t head_fields = 100;
  std::size_t target_bytes = 2048;
  std::size_t body_bytes = 0;
  std::chrono::milliseconds arrival{10'000};    // of one request, whole
  std::chrono::milliseconds keep_alive{5'000};  // between two
  std::chrono::milliseconds writing{10'000};    // a client that takes nothing for so long is gone
};

class InboundConnection : public httplib::Stream {
 public:
  // The socket is not closed here. `stopping` ends the waiting.
  InboundConnection(int socket, const InboundLimits &limits, const std::atomic<bool> &stopping);

  // Waits for the next request to begin.
  bool comes();

  // Reads its head.
  enum class Head { whole, unreadable, long_target, too_large, broken_off };
  Head take_head();

  // The head was read by the library; so many bytes of a body follow it.
  void body_begins(std::uint64_t bytes);
  // Whether the next thing to be read is a request: nothing of a body was left over.
  bool at_request_end() const noexcept { return body_left_ == 0; }

  // Ends the sending side, and reads for a moment what the client still sends: closing at once
  // could destroy the answer on its way (RFC 9112, section 9.6).
  void linger();

  // ---- httplib::Stream
  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char *to, std::size_t size) override;
  ssize_t write(const char *from, std::size_t size) override;
  void get_remote_ip_and_port(std::string &ip, int &port) const override;
  void get_local_ip_and_port(std::string &ip, int &port) const override;
  socket_t socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool readable(Clock::time_point deadline) const;
  bool receive();  // more, after what is there

  int socket_;
  InboundLimits limits_;
  const std::atomic<bool> &stopping_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Clock::time_point deadline_{};
  std::size_t left_ = 0;         // bytes that the library may still have of this request
  std::uint64_t body_left_ = 0;  // bytes of its body that were not read
};

}  // namespace host
