#include "server/server.hpp"

#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "auth/redirect_page.hpp"
#include "server/api.hpp"
#include "server/engine_operations.hpp"
#include "server/gate.hpp"
#include "server/http_front.hpp"
#include "server/link_files.hpp"
#include "server/private_file.hpp"
#include "server/static_files.hpp"

namespace host::server {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char *token_file = "serve-token";
// Four lines for `connector-host link`: where to connect to, the Host to say, the origin that its
// answer has to name, and the process that listens there.
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
  const RedirectPage page{
      200, "The UI is not installed",
      "This is connector-host. Its API works, at " + origin +
          "/api; the UI was not built with it. Build it on a machine with Node and "
          "npm, or set the UI's folder with --web-dir."};
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
                                           "The request is larger than 4 MiB.", "Send less data."));
    case 411:
      return json_answer(411,
                         refusal_json("invalid_input", Fault::user,
                                      "The request does not give the length of its body.",
                                      "Send Content-Length; chunked bodies are not accepted."));
    case 431:
      return json_answer(431, refusal_json("too_large", Fault::user,
                                           "The request's headers are larger than 64 KiB, or more "
                                           "than 100.",
                                           "Send fewer or shorter headers."));
    case 414:
      return json_answer(414, refusal_json("too_large", Fault::user, "The address is too long.",
                                           "Send a shorter one."));
    case 404:
    case 405:
      return json_answer(status,
                         refusal_json("not_found", Fault::user, "No resource at this address.",
                                      "The API is under /api."));
    case 500:
      return json_answer(
          500, refusal_json("host_fault", Fault::host, "The request could not be answered.",
                            "This is an error of connector-host. Please report it."));
    default:
      return json_answer(status,
                         refusal_json("invalid_input", Fault::user, "The request cannot be read.",
                                      "It must be HTTP/1.1 with text in UTF-8."));
  }
}

// Only people at this machine are told where the data folder is.
std::string way_in_of(const ServerOptions &options, const Origin &origin) {
  const std::string command =
      origin.is_loopback() ? options.link_command : std::string("connector-host link --open");
  return "On the machine where the host runs, `" + command +
         "` opens this page with a session; without --open it prints the link.";
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
        link_files(options.data_dir),
        files(options.web_folder),
        feed_catalogue(options.plugins),
        feed_store(Store::open(options.data_dir)),
        front({.gate = [this](const HttpRequest &request) { return guard(request); },
               .answer = [this](const HttpRequest &request) { return answer(request); },
               .refusal = [](int status) { return with_safe_headers(refusal(status)); }}) {
    const std::uint16_t port = front.bind(options.address, options.port);
    origin = own_origin(options.origin, options.address, port);
    origin_text = origin.text();
    const std::string way_in = way_in_of(options, origin);
    gate.emplace(sessions, origin, way_in);
    api.emplace(ApiParts{.workplace = workplace,
                         .engine = engine,
                         .feed = feed,
                         .sessions = sessions,
                         .link_files = link_files,
                         .origin = origin,
                         .version = options.version,
                         .way_in = way_in,
                         .interval_override = options.interval_override,
                         .has_ui = files.installed()});
    write_private(options.data_dir / token_file, sessions.bearer());
    write_private(options.data_dir / place_file, place_of(options.address, port) + '\n' +
                                                     origin.authority + '\n' + origin_text + '\n' +
                                                     std::to_string(::getpid()) + '\n');
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
  LinkFiles link_files;
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

std::string Server::new_link() {
  return link_to(impl_->origin, impl_->sessions.new_link());
}

namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

// What the server answers to POST /api/session/links, and its origin. When it was killed, another
// program may listen at its place: only the process that holds the run lock is asked, if it is the
// one that wrote the place. The answer is checked by the callers.
std::pair<json::object, std::string> ask_for_link(const fs::path &data_dir, std::int64_t owner,
                                                  bool file) {
  std::ifstream place_lines(data_dir / place_file);
  std::ifstream token_line(data_dir / token_file);
  std::string where;
  std::string host;
  std::string origin;
  std::string pid;
  std::string token;
  for (std::string *line : {&where, &host, &origin, &pid}) std::getline(place_lines, *line);
  std::getline(token_line, token);
  OperationError none;
  none.error_class = ErrorClass::unavailable;
  none.fault = Fault::user;
  none.message = "No server is running on " + data_dir.string() + '.';
  none.advice = "Start one with `connector-host serve`.";
  if (origin.empty() || token.empty() || pid != std::to_string(owner))
    throw Failure(std::move(none));
  httplib::Client client(where);
  const httplib::Headers headers{{"Host", host}, {"Authorization", "Bearer " + token}};
  const std::string body = json::serialize(json::object{{"file", file}});
  const auto result = client.Post("/api/session/links", headers, body, "application/json");
  boost::system::error_code error;
  json::value answer = result ? json::parse(result->body, error) : json::value();
  if (!result || result->status != 201 || error || !answer.is_object())
    throw Failure(std::move(none));
  return {std::move(answer.get_object()), std::move(origin)};
}

std::string text_of(const json::object &answer, std::string_view name) {
  const json::value *value = answer.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

[[noreturn]] void not_understood() {
  OperationError error;
  error.error_class = ErrorClass::host_fault;
  error.fault = Fault::host;
  error.message = "The running server returned no link.";
  error.advice = "It may be an older release: restart `connector-host serve`.";
  throw Failure(std::move(error));
}

}  // namespace

std::string link_of_running_server(const fs::path &data_dir, std::int64_t owner) {
  const auto [answer, origin] = ask_for_link(data_dir, owner, false);
  std::string url = text_of(answer, "url");
  const std::string start = origin + "/#/open/";
  if (!url.starts_with(start) || !is_token(std::string_view(url).substr(start.size())))
    not_understood();
  return url;
}

fs::path link_file_of_running_server(const fs::path &data_dir, std::int64_t owner) {
  const std::string name = text_of(ask_for_link(data_dir, owner, true).first, "file");
  if (!LinkFiles::is_name(name)) not_understood();
  return fs::absolute(data_dir / name);
}

}  // namespace host::server
