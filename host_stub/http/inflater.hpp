// Decodes one response body in `gzip` or `deflate` as it arrives. libcurl could do it, but it takes
// a stream that stops half way for a whole one, and would not let one decoder serve many responses.
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

  // Begins another body; the memory is kept. Throws std::bad_alloc.
  void begin();
  // Appends what `input` decodes to; stops before `output` would be longer than `limit`.
  Result feed(std::span<const std::uint8_t> input, std::string &output, std::uint64_t limit);
  // Nothing came at all, or the stream came to its end (RFC 1952: the last of one or more members).
  bool complete() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
