// The test server: POSIX sockets and OpenSSL, certificate and key made at the first use.
#include "test_server.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace host::test {

namespace {

struct Identity {
  EVP_PKEY *key = nullptr;
  X509 *certificate = nullptr;
  std::filesystem::path folder;
  std::filesystem::path ca_file;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{nullptr, SSL_CTX_free};

  Identity() {
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24L * 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char *>("test server"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    add_extension(NID_subject_alt_name, "DNS:api.sendpulse.com,DNS:localhost,IP:127.0.0.1");
    X509_sign(certificate, key, EVP_sha256());

    std::string pattern = (std::filesystem::temp_directory_path() / "unit_net.XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    folder = pattern;
    ca_file = folder / "ca.pem";
    FILE *file = fopen(ca_file.c_str(), "w");
    if (!file || PEM_write_X509(file, certificate) != 1 || fclose(file) != 0)
      throw std::runtime_error("the certificate could not be written");

    context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(context.get(), certificate);
    SSL_CTX_use_PrivateKey(context.get(), key);
  }
  Identity(const Identity &) = delete;
  Identity &operator=(const Identity &) = delete;
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void add_extension(int nid, const char *value) const {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
};

const Identity &identity() {
  static const Identity made;
  return made;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// `head` is without the empty line at its end.
SeenRequest parse_head(std::string_view head) {
  SeenRequest request;
  const auto next_line = [&head] {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    return line;
  };
  const std::string_view first = next_line();
  const std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  while (!head.empty()) {
    const std::string_view line = next_line();
    const std::size_t colon = line.find(':');
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    request.headers.emplace_back(lower_case(std::string(line.substr(0, colon))), value);
  }
  return request;
}

}  // namespace

std::string SeenRequest::header(std::string_view name) const {
  for (const auto &[each, value] : headers)
    if (each == name) return value;
  return {};
}

bool SeenRequest::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto &each) { return each.first == name; });
}

bool Conversation::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20));
    const long written = ssl_ ? SSL_write(ssl_, bytes.data(), size)
                              : send(socket_, bytes.data(), static_cast<std::size_t>(size), 0);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

long Conversation::read(char *into, int size) {
  return ssl_ ? SSL_read(ssl_, into, size) : recv(socket_, into, static_cast<std::size_t>(size), 0);
}

void Conversation::answer(int status, std::string_view body, std::string_view headers) {
  std::string message = "HTTP/1.1 " + std::to_string(status) + " Word\r\n";
  message += headers;
  message += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  message += body;
  write(message);
}

TestServer::TestServer(Handler handler, Security security)
    : handler_(std::move(handler)), security_(security) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  identity();
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto *generic = reinterpret_cast<sockaddr *>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("the test server could not listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

TestServer::~TestServer() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  threads_.clear();
  close(listener_);
}

std::string TestServer::connect_to(std::string_view host) const {
  return std::string(host) + ":443:127.0.0.1:" + std::to_string(port_);
}

std::string TestServer::ca_file() {
  return identity().ca_file.string();
}

std::vector<SeenRequest> TestServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

int TestServer::count(std::string_view method, std::string_view target) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<int>(
      std::count_if(requests_.begin(), requests_.end(), [&](const SeenRequest &request) {
        return request.method == method && request.target == target;
      }));
}

void TestServer::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (stopping_) {
      if (socket >= 0) close(socket);
      return;
    }
    if (socket < 0) continue;
    const int number = ++connections_;
    {
      const std::scoped_lock lock(mutex_);
      sockets_.insert(socket);
    }
    threads_.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

void TestServer::serve(int socket, int number) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL *ssl = nullptr;
  if (security_ == Security::stalled_handshake) {
    char byte = 0;
    while (recv(socket, &byte, 1, 0) > 0) {
    }
  } else {
    bool ready = true;
    if (security_ == Security::tls) {
      ssl = SSL_new(identity().context.get());
      SSL_set_fd(ssl, socket);
      ready = SSL_accept(ssl) == 1;
    }
    if (ready) {
      Conversation conversation(socket, ssl, stopping_);
      converse(conversation, number);
      if (ssl && conversation.end_ == Conversation::End::properly) SSL_shutdown(ssl);
    }
  }
  SSL_free(ssl);
  const std::scoped_lock lock(mutex_);
  sockets_.erase(socket);
  close(socket);
}

void TestServer::converse(Conversation &conversation, int number) {
  std::string received;
  std::array<char, 16 * 1024> buffer{};
  const auto receive = [&] {
    const long size = conversation.read(buffer.data(), static_cast<int>(buffer.size()));
    if (size > 0) received.append(buffer.data(), static_cast<std::size_t>(size));
    return size > 0;
  };
  while (conversation.end_ == Conversation::End::keep) {
    std::size_t head_end = 0;
    while ((head_end = received.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return;
    SeenRequest request = parse_head(std::string_view(received).substr(0, head_end));
    received.erase(0, head_end + 4);
    const std::string length = request.header("content-length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (received.size() < size)
      if (!receive()) return;
    request.body = received.substr(0, size);
    received.erase(0, size);
    request.connection = number;
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    handler_(request, conversation);
  }
}

}  // namespace host::test
