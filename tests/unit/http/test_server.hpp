// An HTTP/1.1 server over real TLS (or without) on loopback, whose every byte the test decides:
// the handler of a request may answer well, badly, partly, slowly or not at all. One thread for
// each connection; for tests only.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace host::test {

struct SeenRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  int connection = 0;  // 1, 2, ... in the order of their making

  // Empty when there is none.
  std::string header(std::string_view name) const;
  bool has_header(std::string_view name) const;
};

class Conversation {
 public:
  // False when the peer is gone.
  bool write(std::string_view bytes);
  // A whole answer with its length; `headers` are lines that end with CR LF.
  void answer(int status, std::string_view body, std::string_view headers = {});
  // Ends the connection: with TLS's own goodbye, or without it as a cable that is cut.
  void close_properly() { end_ = End::properly; }
  void cut() { end_ = End::cut; }
  bool stopping() const { return stopping_; }

 private:
  friend class TestServer;
  enum class End { keep, properly, cut };
  Conversation(int socket, SSL *ssl, const std::atomic<bool> &stopping)
      : socket_(socket), ssl_(ssl), stopping_(stopping) {}
  long read(char *into, int size);
  int socket_;
  SSL *ssl_;
  const std::atomic<bool> &stopping_;
  End end_ = End::keep;
};

class TestServer {
 public:
  using Handler = std::function<void(const SeenRequest &, Conversation &)>;
  enum class Security { tls, none, stalled_handshake };

  // The certificate is for api.sendpulse.com, localhost and 127.0.0.1.
  explicit TestServer(Handler handler, Security security = Security::tls);
  ~TestServer();
  TestServer(const TestServer &) = delete;
  TestServer &operator=(const TestServer &) = delete;

  int port() const { return port_; }
  // For TransportOptions: this server is `host`, port 443.
  std::string connect_to(std::string_view host = "api.sendpulse.com") const;
  // The file of the authority that signed the certificate; the same for all servers of a process.
  static std::string ca_file();

  int connections() const { return connections_; }
  std::vector<SeenRequest> requests() const;
  int count(std::string_view method, std::string_view target) const;

 private:
  void accept_all();
  void serve(int socket, int number);
  void converse(Conversation &conversation, int number);

  Handler handler_;
  Security security_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> requests_;  // guarded by mutex_
  std::set<int> sockets_;              // guarded by mutex_
  std::vector<std::jthread> threads_;  // of the accepting thread until that has ended
  std::jthread acceptor_;
};

}  // namespace host::test
