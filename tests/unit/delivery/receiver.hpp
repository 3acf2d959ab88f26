// A webhook receiver on loopback that answers as it is told and remembers what it got.
#pragma once

#include <httplib.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace host::test {

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
  using Answer = std::function<void(const Received &, httplib::Response &)>;
  explicit Receiver(Answer answer) : answer_(std::move(answer)) {
    server_.Post(".*", [this](const httplib::Request &request, httplib::Response &response) {
      const Received got{request.path,
                         request.body,
                         request.get_header_value("webhook-id"),
                         request.get_header_value("webhook-timestamp"),
                         request.get_header_value("webhook-signature"),
                         request.get_header_value("content-type")};
      {
        const std::scoped_lock lock(mutex_);
        all_.push_back(got);
      }
      answer_(got, response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Receiver() {
    server_.stop();
    thread_.join();
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
  Answer answer_;
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<Received> all_;
  std::thread thread_;
};

}  // namespace host::test
