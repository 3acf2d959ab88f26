#include "auth/loopback_listener.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "auth/pkce.hpp"
#include "base/secret.hpp"
#include "inbound/http_server.hpp"

namespace host {
namespace {

using inbound::HttpAnswer;
using inbound::HttpServer;
using inbound::IncomingRequest;

constexpr std::chrono::seconds max_wait{5};
// For a redirect with a long code and state, from a client that may be anybody: one request a
// connection, with nothing after its head.
constexpr inbound::HttpLimits limits{
    .head = {.bytes = 32u << 10, .fields = 100, .target_bytes = 8192},
    .body_bytes = 0,
    .requests_of_connection = 1,
    .connections = 32,
    .anonymous_connections = 32,
    .threads = 4,
    .anonymous_threads = 4,
    .session = {max_wait, max_wait, max_wait},
    .anonymous = {max_wait, max_wait, max_wait}};

HttpAnswer answer_with(const RedirectPage &page) {
  HttpAnswer answer;
  answer.status = page.status;
  answer.headers.emplace_back("Content-Security-Policy", RedirectPage::content_security_policy());
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  answer.type = "text/html; charset=utf-8";
  answer.body = page.html();
  return answer;
}

const RedirectPage given_up{503, "The sign-in was given up",
                            "Nothing was changed. Start it again in the terminal."};
const RedirectPage used_up{410, "This sign-in is over",
                           "Its address works only once. Start again in the terminal."};
const RedirectPage foreign{
    400, "Not the answer to this sign-in",
    "This address does not carry the state that was sent to the service. The "
    "sign-in still waits: finish it on the service's page, or start it again "
    "in the terminal."};
const RedirectPage wrong_host{403, "Not here", "This address answers to 127.0.0.1 only."};
const RedirectPage not_found{404, "Nothing here", "There is no such page."};

}  // namespace

struct LoopbackListener::Impl {
  std::string authority;  // "127.0.0.1:PORT"
  std::string redirect_uri;
  const Secret start_path{'/' + std::string(random_text(32).reveal())};

  std::mutex mutex;
  std::condition_variable changed;
  std::string start_url;  // empty: not set, or used
  IsOurs is_ours;         // empty: not set
  std::optional<std::string> target;
  bool arrived = false;
  bool over = false;
  std::atomic<bool> interrupted{false};
  std::optional<RedirectPage> page;
  std::optional<RedirectPage> page_for_all;

  // What is refused gets no answer: no browser sends it.
  HttpServer server{{.gate = [this](const IncomingRequest &request) { return guard(request); },
                     .answer = [this](const IncomingRequest &request) { return answer(request); },
                     .refusal = [](int /*status*/) -> std::optional<HttpAnswer> { return {}; }},
                    limits};  // the last: its threads use the others

  HttpServer::Verdict guard(const IncomingRequest &request) const {
    if (request.header("host") != authority) return {.ends_with = answer_with(wrong_host)};
    const bool page_here = request.path == "/callback" || is_start(request);
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!page_here || !reads) return {.ends_with = answer_with(not_found)};
    return {};
  }

  HttpAnswer answer(const IncomingRequest &request) {
    return is_start(request) ? start() : redirected(request);
  }

  bool is_start(const IncomingRequest &request) const { return Secret(request.path) == start_path; }

  HttpAnswer start() {
    std::string url;
    {
      const std::lock_guard lock(mutex);
      url = std::exchange(start_url, {});
    }
    if (url.empty()) return answer_with(used_up);
    HttpAnswer answer;
    answer.status = 302;
    answer.headers.emplace_back("Cache-Control", "no-store");
    answer.headers.emplace_back("Referrer-Policy", "no-referrer");
    answer.headers.emplace_back("Location", std::move(url));
    return answer;
  }

  HttpAnswer redirected(const IncomingRequest &request) {
    std::unique_lock lock(mutex);
    if (page_for_all) return answer_with(*page_for_all);
    if (arrived || over || request.method != "GET") return answer_with(used_up);
    if (!is_ours || !is_ours(request.target)) return answer_with(foreign);
    arrived = true;
    target = request.target;
    changed.notify_all();
    changed.wait(lock, [this] { return page.has_value() || over; });
    return answer_with(page.value_or(given_up));
  }
};

LoopbackListener::LoopbackListener() : impl_(std::make_unique<Impl>()) {
  Impl &impl = *impl_;
  try {
    const std::uint16_t port = impl.server.bind("127.0.0.1", 0, HttpServer::Rebind::refused);
    impl.authority = "127.0.0.1:" + std::to_string(port);
  } catch (const std::system_error &error) {
    throw std::runtime_error("no port of 127.0.0.1 can be bound: " + error.code().message());
  }
  impl.redirect_uri = "http://" + impl.authority + "/callback";
  impl.server.start();
}

LoopbackListener::~LoopbackListener() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->over = true;
  }
  impl_->changed.notify_all();
  impl_->server.stop();
}

const std::string &LoopbackListener::redirect_uri() const noexcept {
  return impl_->redirect_uri;
}

std::string LoopbackListener::start(std::string url, IsOurs is_ours) {
  const std::lock_guard lock(impl_->mutex);
  impl_->start_url = std::move(url);
  impl_->is_ours = std::move(is_ours);
  return "http://" + impl_->authority + std::string(impl_->start_path.reveal());
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
