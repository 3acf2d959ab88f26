// Appends events as lines (NDJSON) to a file that only its owner may read. A batch is on disk
// before it counts as accepted, and is written completely or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "delivery/sink.hpp"

namespace host {

class FileSink : public Sink {
 public:
  // Opens (or creates, 0600) the file and locks it against a second host. A last line that a crash
  // cut off is removed, since its event will be delivered again; a foreign one is kept and
  // terminated. Throws SinkError.
  explicit FileSink(const std::filesystem::path &path);
  ~FileSink() override;

  // "file:" and the absolute path: the same from every working directory.
  const std::string &name() const override { return name_; }
  static std::string name_of(const std::filesystem::path &path);
  std::size_t batch() const override { return 500; }
  // Begins a new file if the old one was moved away (log rotation).
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
