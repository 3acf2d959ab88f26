// Decodes a response body in `gzip` or `deflate` while it arrives. libcurl could do it, but it
// accepts a truncated stream as complete, and needs a new decoder for each response.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace host {

class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater &) = delete;
  Inflater &operator=(const Inflater &) = delete;

  enum class Result { ok, too_large, corrupt };

  // Begins another body; keeps the memory. Throws std::bad_alloc.
  void begin();
  // Appends the decoded `input`; stops before `output` would exceed `limit`.
  Result feed(std::span<const std::uint8_t> input, std::string &output, std::uint64_t limit);
  // True if there was no input, or the stream is complete (RFC 1952: the last of one or more
  // members).
  bool complete() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
