// Events as lines (NDJSON) appended to a file that only its owner may read. A batch is on the disk
// before it counts as accepted, and it is there whole or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "delivery/sink.hpp"

namespace host {

class FileSink : public Sink {
 public:
  // Opens (or makes, 0600) the file and locks it against a second host. A last line that a crash
  // cut off is removed, since its event is still to be delivered; a foreign one is kept and ended.
  // Throws SinkError.
  explicit FileSink(const std::filesystem::path &path);
  ~FileSink() override;

  // "file:" and the path in full: the same from every working directory.
  const std::string &name() const override { return name_; }
  static std::string name_of(const std::filesystem::path &path);
  std::size_t batch() const override { return 500; }
  // Begins a new file when the old one was moved away (log rotation).
  SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &stop) override;

 private:
  void open();
  void close() noexcept;
  bool in_place() const;

  std::filesystem::path path_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace host
