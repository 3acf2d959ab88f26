// The least of a host: loads a plugin and drives its polls through the C ABI, without a network and
// without a clock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/plugin.h"

namespace model {

struct Request {
  std::string method;
  std::string target;  // path and query
  std::string body;
  bool shareable = false;  // a recent answer to the same request, of another trigger, would do
};

struct Answer {
  int status = 200;  // 0: the connection broke
  std::string body;
};

struct Event {
  std::string key;
  std::string data;
};

// What became of one begin.
struct Polled {
  std::vector<Event> events;           // those that were stored
  std::optional<std::string> failure;  // its sentence
  bool more = false;
  bool died = false;       // in the middle, as `survives` said
  bool committed = false;  // what was read is behind the cursor now
};

// A trigger as a host keeps it: nothing but the cursor outlives a begin.
struct Stored {
  std::string id;
  std::string input;
  std::string cursor;
  std::int64_t now_ms = 0;
  std::uint32_t max_requests = 0;
  std::uint32_t max_events = 0;
  std::string entropy;
  std::function<Answer(const Request &)> serve;
  std::function<bool()> survives;  // asked before and after each commit
};

class Plugin {
 public:
  // Throws std::runtime_error with the loader's words.
  explicit Plugin(const std::filesystem::path &library);
  ~Plugin();
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  // One begin. Throws std::runtime_error when the plugin breaks the contract.
  Polled poll(Stored &trigger, cpi_poll_mode mode) const;

  // As if the host had been started anew.
  void restart();

 private:
  void *library_ = nullptr;
  const cpi_plugin *table_ = nullptr;
  cpi_connector *connector_ = nullptr;
};

}  // namespace model
