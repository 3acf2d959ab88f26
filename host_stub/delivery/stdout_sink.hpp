// Writes events as lines (NDJSON) to standard output or another open descriptor. Each line is
// written completely and without buffering, so that a reader of a pipe sees it as soon as it is
// recorded. On a terminal, characters that could steer it are written as \uXXXX.
#pragma once

#include <string>

#include "delivery/sink.hpp"
#include "store/store.hpp"

namespace host {

class StdoutSink : public Sink {
 public:
  explicit StdoutSink(int descriptor = 1);  // borrowed

  const std::string &name() const override { return name_; }
  std::size_t batch() const override { return 100; }
  SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &stop) override;

 private:
  SinkOutcome write_rest(const std::stop_token &stop);

  std::string name_{standard_output_sink};
  int descriptor_;
  bool terminal_;
  std::string line_;         // being written
  std::size_t written_ = 0;  // bytes of it
  std::string line_id_;      // id of its event
};

}  // namespace host
