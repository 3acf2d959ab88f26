// A webhook receiver on loopback that answers as it is told and remembers what it got.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inbound/http_server.hpp"

namespace host::test {

using inbound::HttpAnswer;

struct Received {
  std::string path;
  std::string body;
  std::string id;
  std::string timestamp;
  std::string signature;
  std::string content_type;
};

class Receiver {
 public:
  using Answer = std::function<void(const Received &, HttpAnswer &)>;
  explicit Receiver(Answer answer) : answer_(std::move(answer)) {
    port_ = server_.bind("127.0.0.1", 0, inbound::HttpServer::Rebind::refused);
    server_.start();
  }
  Receiver(const Receiver &) = delete;
  Receiver &operator=(const Receiver &) = delete;

  std::string url(const std::string &path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<Received> all() {
    const std::scoped_lock lock(mutex_);
    return all_;
  }

 private:
  HttpAnswer receive(const inbound::IncomingRequest &request) {
    const auto header = [&request](std::string_view name) {
      return std::string(request.header(name));
    };
    const Received got{request.path,
                       request.body,
                       header("webhook-id"),
                       header("webhook-timestamp"),
                       header("webhook-signature"),
                       header("content-type")};
    {
      const std::scoped_lock lock(mutex_);
      all_.push_back(got);
    }
    HttpAnswer answer;
    if (request.method != "POST") answer.status = 405;
    if (request.method == "POST") answer_(got, answer);
    return answer;
  }

  Answer answer_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<Received> all_;
  inbound::HttpServer server_{
      {.gate = [](const inbound::IncomingRequest &) { return inbound::HttpServer::Verdict{}; },
       .answer = [this](const inbound::IncomingRequest &request) { return receive(request); },
       .refusal = [](int status) { return std::optional(HttpAnswer{.status = status}); }}};
};

}  // namespace host::test
