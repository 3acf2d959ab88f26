#include "auth/loopback_listener.hpp"

#include <httplib.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "http/inbound_connection.hpp"

namespace host {
namespace {

constexpr std::size_t threads = 4;
// For a redirect with a long code and state, from a client that may be anybody.
constexpr InboundLimits limits{.head_bytes = 32u << 10,
                               .target_bytes = 8192,
                               .arrival = std::chrono::seconds{5},
                               .keep_alive = std::chrono::seconds{5}};

void write(httplib::Response &response, const RedirectPage &page) {
  response.status = page.status;
  response.set_header("Content-Security-Policy", RedirectPage::content_security_policy());
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_content(page.html(), "text/html; charset=utf-8");
}

const RedirectPage given_up{503, "The sign-in was given up",
                            "Nothing was changed. Start it again in the terminal."};
const RedirectPage used_up{410, "This sign-in is over",
                           "Its address works only once. Start again in the terminal."};
const RedirectPage stranger{403, "Not here", "This address answers to 127.0.0.1 only."};
const RedirectPage not_found{404, "Nothing here", "There is no such page."};

class BoundedServer : public httplib::Server {
 public:
  std::atomic<bool> stopping{false};

 private:
  // By httplib, on a thread of its pool: one request, with nothing after its head.
  bool process_and_close_socket(socket_t socket) override {
    InboundConnection connection(socket, limits, stopping);
    if (connection.comes() && connection.take_head() == InboundConnection::Head::whole) {
      bool closed = false;
      process_request(connection, true, closed,
                      [](httplib::Request &request) { request.ranges.clear(); });
    }
    connection.linger();
    ::close(socket);
    return true;
  }
};

}  // namespace

struct LoopbackListener::Impl {
  BoundedServer server;
  int port = 0;
  std::string redirect_uri;
  std::thread thread;

  std::mutex mutex;
  std::condition_variable changed;
  std::string start_url;  // empty: not set, or used
  std::optional<std::string> target;
  bool arrived = false;
  bool over = false;
  std::atomic<bool> interrupted{false};
  std::optional<RedirectPage> page;
  std::optional<RedirectPage> page_for_all;

  void start(httplib::Response &response) {
    std::string url;
    {
      const std::lock_guard lock(mutex);
      url = std::exchange(start_url, {});
    }
    if (url.empty()) {
      write(response, used_up);
      return;
    }
    response.set_header("Cache-Control", "no-store");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_redirect(url);
  }

  void redirected(const httplib::Request &request, httplib::Response &response) {
    std::unique_lock lock(mutex);
    if (page_for_all) {
      write(response, *page_for_all);
      return;
    }
    if (arrived || over || request.method != "GET") {
      write(response, used_up);
      return;
    }
    arrived = true;
    target = request.target;
    changed.notify_all();
    changed.wait(lock, [this] { return page.has_value() || over; });
    write(response, page.value_or(given_up));
  }
};

LoopbackListener::LoopbackListener() : impl_(std::make_unique<Impl>()) {
  Impl &impl = *impl_;
  httplib::Server &server = impl.server;
  // The library's default lets another process of this user bind the same port (SO_REUSEPORT).
  server.set_socket_options([](socket_t /*socket*/) {});
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };  // it takes it over
  server.set_payload_max_length(0);
  server.set_pre_routing_handler(
      [&impl](const httplib::Request &request, httplib::Response &response) {
        if (request.get_header_value("Host") == "127.0.0.1:" + std::to_string(impl.port))
          return httplib::Server::HandlerResponse::Unhandled;
        write(response, stranger);
        return httplib::Server::HandlerResponse::Handled;
      });
  server.Get("/", [&impl](const httplib::Request & /*request*/, httplib::Response &response) {
    impl.start(response);
  });
  server.Get("/callback", [&impl](const httplib::Request &request, httplib::Response &response) {
    impl.redirected(request, response);
  });
  server.set_error_handler([](const httplib::Request & /*request*/, httplib::Response &response) {
    if (response.body.empty()) write(response, not_found);
  });
  impl.port = server.bind_to_any_port("127.0.0.1");
  if (impl.port <= 0) throw std::runtime_error("no port of 127.0.0.1 can be bound");
  impl.redirect_uri = "http://127.0.0.1:" + std::to_string(impl.port) + "/callback";
  // Signals are for the program's own threads; the server's inherit this mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  impl.thread = std::thread([&impl] { impl.server.listen_after_bind(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LoopbackListener::~LoopbackListener() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->over = true;
  }
  impl_->changed.notify_all();
  impl_->server.stopping = true;
  // stop() does nothing before the thread has got as far as listening.
  while (!impl_->server.is_running()) std::this_thread::yield();
  impl_->server.stop();
  impl_->thread.join();
}

const std::string &LoopbackListener::redirect_uri() const noexcept {
  return impl_->redirect_uri;
}

std::string LoopbackListener::start_uri(std::string url) {
  const std::lock_guard lock(impl_->mutex);
  impl_->start_url = std::move(url);
  return "http://127.0.0.1:" + std::to_string(impl_->port) + "/";
}

std::optional<std::string> LoopbackListener::wait(std::chrono::milliseconds at_most) {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait_for(lock, at_most,
                          [this] { return impl_->target.has_value() || impl_->interrupted; });
  return std::exchange(impl_->target, std::nullopt);
}

void LoopbackListener::answer(const RedirectPage &page) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->page) impl_->page = page;
  }
  impl_->changed.notify_all();
}

void LoopbackListener::answer_all(const RedirectPage &page) {
  const std::lock_guard lock(impl_->mutex);
  impl_->page_for_all = page;
}

void LoopbackListener::interrupt() noexcept {
  impl_->interrupted = true;
  {
    const std::lock_guard lock(impl_->mutex);  // so that `wait` cannot miss it
  }
  impl_->changed.notify_all();
}

}  // namespace host
