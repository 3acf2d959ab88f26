// The local server of a running host: the API, the metrics, and the UI's files, on one port of this
// machine. openapi.yaml describes the API.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "control/session.hpp"
#include "log/log.hpp"
#include "run/engine.hpp"
#include "server/browser_sessions.hpp"
#include "server/change_feed.hpp"

namespace host::server {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free port
  // Its origin behind a proxy: "https://host". Empty: its own address.
  std::string origin;
  std::filesystem::path web_folder;  // empty: the UI is not installed
  StoreAddress store;
  KeyPlaces key_places;
  TransportOptions transport;
  std::shared_ptr<PluginSet> plugins;
  std::chrono::milliseconds interval_override{0};
  std::string version;
  SessionLimits sessions;
  Log *log = nullptr;  // for the audit; must outlive the server
  std::string link_command = "connector-host link --open";  // as the user has to type it
};

class Server {
 public:
  // Listens at once. The engine, the feed (its observer) and the redactor must outlive it. Throws
  // std::system_error (the port), std::invalid_argument (the origin), StoreError.
  Server(ServerOptions options, Engine &engine, ChangeFeed &feed, Redactor &redactor);
  ~Server();  // ends streams, waits for answers in progress; stop the engine first
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  const std::string &origin() const noexcept;
  std::string new_link();  // works once, within ten minutes

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host::server
