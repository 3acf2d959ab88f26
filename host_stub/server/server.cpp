#include "server/server.hpp"

#include <fcntl.h>
#include <httplib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "auth/redirect_page.hpp"
#include "server/api.hpp"
#include "server/engine_operations.hpp"
#include "server/gate.hpp"
#include "server/http_front.hpp"
#include "server/static_files.hpp"

namespace host::server {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::chrono::hours first_link_lifetime{24};
constexpr const char *token_file = "serve-token";
// Two lines for `connector-host link`: where to connect to, and the Host to say.
constexpr const char *place_file = "serve-place";

// Vite's output needs no more: no inline script, no inline style, nothing from elsewhere.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'none'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'";

bool has_header(const HttpAnswer &answer, std::string_view name) {
  for (const auto &[known, value] : answer.headers)
    if (known == name) return true;
  return false;
}

HttpAnswer with_safe_headers(HttpAnswer answer) {
  const auto add = [&answer](const char *name, std::string_view value) {
    if (!has_header(answer, name)) answer.headers.emplace_back(name, value);
  };
  add("Content-Security-Policy", page_policy);
  add("X-Content-Type-Options", "nosniff");
  add("X-Frame-Options", "DENY");
  add("Referrer-Policy", "no-referrer");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cross-Origin-Resource-Policy", "same-origin");
  add("Cache-Control", "no-store");
  return answer;
}

HttpAnswer not_installed(const std::string &origin) {
  const RedirectPage page{200, "The UI is not installed",
                          "This is connector-host. Its API works, at " + origin +
                              "/api; the pages were not built with it. Build it where Node and npm "
                              "are, or name their folder with --web-dir."};
  HttpAnswer answer;
  answer.type = "text/html; charset=utf-8";
  answer.body = page.html();
  answer.headers.emplace_back("Content-Security-Policy", RedirectPage::content_security_policy());
  return answer;
}

HttpAnswer refusal(int status) {
  switch (status) {
    case 413:
      return json_answer(413, refusal_json("too_large", Fault::user,
                                           "The request is larger than 4 MiB.", "Send less."));
    case 414:
      return json_answer(
          414, refusal_json("too_large", Fault::user, "The address is too long.", "Send less."));
    case 404:
    case 405:
      return json_answer(status, refusal_json("not_found", Fault::user, "There is nothing here.",
                                              "The API is under /api."));
    case 500:
      return json_answer(
          500, refusal_json("host_fault", Fault::host, "The request could not be answered.",
                            "This is a fault of connector-host: please report it."));
    default:
      return json_answer(status,
                         refusal_json("invalid_input", Fault::user, "The request cannot be read.",
                                      "It must be HTTP/1.1 with text in UTF-8."));
  }
}

// For this user only, from the first moment on.
void write_private(const fs::path &path, std::string_view text) {
  const fs::path next = path.string() + ".new";
  ::unlink(next.c_str());
  const int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written = file >= 0 && ::write(file, text.data(), text.size()) == std::ssize(text);
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written)
    throw std::system_error(error, std::generic_category(), "cannot write " + path.string());
  fs::rename(next, path);
}

std::string place(const std::string &address, std::uint16_t port) {
  const bool six = address.find(':') != std::string::npos;
  return "http://" + (six ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

Origin own_origin(const ServerOptions &options, std::uint16_t port) {
  if (!options.origin.empty()) return parse_origin(options.origin);
  if (!options.address.starts_with("127.") && options.address != "::1")
    throw std::invalid_argument(
        "Other machines reach " + options.address +
        ", and what they send could be read on the way. Put a proxy with TLS before it, and say "
        "with --origin how browsers reach that: --origin https://HOST.");
  return parse_origin(place(options.address, port));
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions of, Engine &running, ChangeFeed &changes, Redactor &redactor)
      : options(std::move(of)),
        engine(running),
        feed(changes),
        operations(engine, options.transport),
        workplace{.data_dir = options.data_dir,
                  .key_places = options.key_places,
                  .plugins = [plugins = options.plugins] { return plugins; },
                  .operations = operations,
                  .redactor = redactor},
        files(options.web_folder),
        feed_catalogue(options.plugins),
        feed_store(Store::open(options.data_dir)),
        front({.gate = [this](const HttpRequest &request) { return guard(request); },
               .answer = [this](const HttpRequest &request) { return answer(request); },
               .refusal = [](int status) { return with_safe_headers(refusal(status)); }}) {
    const std::uint16_t port = front.bind(options.address, options.port);
    origin = own_origin(options, port);
    origin_text = origin.text();
    gate.emplace(sessions, origin);
    api.emplace(ApiParts{.workplace = workplace,
                         .engine = engine,
                         .feed = feed,
                         .sessions = sessions,
                         .origin = origin,
                         .version = options.version,
                         .interval_override = options.interval_override,
                         .has_ui = files.installed()});
    write_private(options.data_dir / token_file, sessions.bearer());
    write_private(options.data_dir / place_file,
                  place(options.address, port) + '\n' + origin.authority + '\n');
    start_feed();
    front.start();
  }

  ~Impl() {
    operations.interrupt();
    feed.stop();
    front.stop();
    ::unlink((options.data_dir / token_file).c_str());
    ::unlink((options.data_dir / place_file).c_str());
  }
  Impl(const Impl &) = delete;
  Impl &operator=(const Impl &) = delete;

  // Each message is made by a row maker of its own, so that no name in it is old.
  void start_feed() {
    const auto rows = [this] { return RowMaker(feed_store, feed_catalogue, engine, feed); };
    feed.start(
        Store::open(options.data_dir),
        {.poll = [rows](const PollNote &note) { return rows().poll(note); },
         .event = [rows](const EventRecord &event) { return rows().event(event); },
         .trigger = [rows](const TriggerRecord &one) { return rows().trigger(one); },
         .connection = [rows](const ConnectionRecord &one) { return rows().connection(one); }});
  }

  std::optional<HttpAnswer> guard(const HttpRequest &request) {
    auto ended = gate->check(request);
    if (!ended) return std::nullopt;
    return with_safe_headers(std::move(*ended));
  }

  HttpAnswer answer(const HttpRequest &request) {
    if (is_guarded(request.path) || request.path == "/callback")
      return with_safe_headers(api->answer(request));
    if (!files.installed() && (request.path == "/" || request.path == "/index.html"))
      return with_safe_headers(not_installed(origin.text()));
    return with_safe_headers(files.answer(request));
  }

  ServerOptions options;
  Engine &engine;
  ChangeFeed &feed;
  EngineOperations operations;
  Workplace workplace;
  BrowserSessions sessions;
  StaticFiles files;
  Catalogue feed_catalogue;
  Store feed_store;  // the rows of messages; for the feed's thread
  Origin origin;
  std::string origin_text;
  std::optional<Gate> gate;
  std::optional<Api> api;
  HttpFront front;  // the last: its threads use the others
};

Server::Server(ServerOptions options, Engine &engine, ChangeFeed &feed, Redactor &redactor)
    : impl_(std::make_unique<Impl>(std::move(options), engine, feed, redactor)) {}
Server::~Server() = default;

const std::string &Server::origin() const noexcept {
  return impl_->origin_text;
}

std::string Server::first_link() {
  return impl_->origin.text() + "/?token=" + impl_->sessions.new_link(first_link_lifetime);
}

std::string link_of_running_server(const fs::path &data_dir) {
  std::ifstream place_lines(data_dir / place_file);
  std::ifstream token_line(data_dir / token_file);
  std::string where;
  std::string host;
  std::string token;
  std::getline(place_lines, where);
  std::getline(place_lines, host);
  std::getline(token_line, token);
  OperationError none;
  none.error_class = ErrorClass::unavailable;
  none.fault = Fault::user;
  none.message = "No server runs on " + data_dir.string() + '.';
  none.advice = "Start one with `connector-host serve`.";
  if (where.empty() || host.empty() || token.empty()) throw Failure(std::move(none));
  httplib::Client client(where);
  const httplib::Headers headers{{"Host", host}, {"Authorization", "Bearer " + token}};
  const auto result = client.Post("/api/session/links", headers, "", "application/json");
  boost::system::error_code error;
  const json::value body = result ? json::parse(result->body, error) : json::value();
  if (!result || result->status != 201 || error || !body.is_object())
    throw Failure(std::move(none));
  return std::string(body.as_object().at("url").as_string());
}

}  // namespace host::server
