#include "server/server.hpp"

#include <unistd.h>

#include <stdexcept>
#include <string_view>
#include <utility>

#include "auth/redirect_page.hpp"
#include "base/clock.hpp"
#include "inbound/http_server.hpp"
#include "server/api.hpp"
#include "server/engine_operations.hpp"
#include "server/gate.hpp"
#include "server/link_files.hpp"
#include "server/private_file.hpp"
#include "server/running_server.hpp"
#include "server/static_files.hpp"

namespace host::server {

namespace {

// Vite's output needs no inline scripts, inline styles or other origins.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'none'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'";

bool has_header(const HttpAnswer &answer, std::string_view name) {
  for (const auto &[known, value] : answer.headers)
    if (known == name) return true;
  return false;
}

HttpAnswer with_safe_headers(HttpAnswer answer, bool secure) {
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
  // For this host only: its parent domain may have others without TLS.
  if (secure) add("Strict-Transport-Security", "max-age=31536000");
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
    case 408:
      return json_answer(
          408, refusal_json("invalid_input", Fault::user,
                            "The request did not arrive within its time.", "Send it again."));
    case 417:
      return json_answer(417, refusal_json("invalid_input", Fault::user,
                                           "The request expects what this server does not do.",
                                           "Send it without Expect."));
    case 501:
      return json_answer(501, refusal_json("invalid_input", Fault::user,
                                           "The request's transfer coding is not supported.",
                                           "Send Content-Length and no Transfer-Encoding."));
    case 414:
      return json_answer(414, refusal_json("too_large", Fault::user, "The address is too long.",
                                           "Send a shorter one."));
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

// Only users of this machine see the path of the data folder.
std::string sign_in_hint_of(const ServerOptions &options, const Origin &origin) {
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
        context{.store = options.store,
                .key_places = options.key_places,
                .plugins = [plugins = options.plugins] { return plugins; },
                .operations = operations,
                .redactor = redactor,
                .choices = &choices},
        sessions(options.store, options.sessions, {}),
        callers(sessions, options.store,
                !options.origin.empty() && parse_origin(options.origin).secure()),
        audit(options.store, options.log, [this](Store &store) { return ended_sessions(store); }),
        link_files(options.store.data_dir),
        files(options.web_folder),
        feed_catalogue(options.plugins),
        feed_store(open_store(options.store)),
        front({.gate = [this](const IncomingRequest &request) { return guard(request); },
               .answer = [this](const IncomingRequest &request) { return answer(request); },
               .refusal = [this](int status) { return safe(refusal(status)); }}) {
    const std::uint16_t port =
        front.bind(options.address, options.port, inbound::HttpServer::Rebind::again_at_once);
    origin = own_origin(options.origin, options.address, port);
    origin_text = origin.text();
    const std::string sign_in_hint = sign_in_hint_of(options, origin);
    gate.emplace(callers, origin, sign_in_hint, sessions.start());
    api.emplace(ApiParts{.context = context,
                         .engine = engine,
                         .feed = feed,
                         .sessions = sessions,
                         .callers = callers,
                         .audit = audit,
                         .link_files = link_files,
                         .origin = origin,
                         .version = options.version,
                         .sign_in_hint = sign_in_hint,
                         .interval_override = options.interval_override,
                         .has_ui = files.installed()});
    write_private(options.store.data_dir / token_file, sessions.bearer());
    write_private(options.store.data_dir / place_file,
                  place_of(options.address, port) + '\n' + origin.authority + '\n' + origin_text +
                      '\n' + std::to_string(::getpid()) + '\n');
    start_feed();
    front.start();
  }

  ~Impl() {
    operations.interrupt();
    feed.stop();
    front.stop();
    ::unlink((options.store.data_dir / token_file).c_str());
    ::unlink((options.store.data_dir / place_file).c_str());
  }
  Impl(const Impl &) = delete;
  Impl &operator=(const Impl &) = delete;

  // Each message uses a new row maker, so that it has no outdated names.
  void start_feed() {
    const auto rows = [this] { return RowMaker(*feed_store, feed_catalogue, engine, feed); };
    feed.start(
        open_store(options.store),
        {.poll = [rows](const PollNote &note) { return rows().poll(note); },
         .event = [rows](const EventRecord &event) { return rows().event(event); },
         .trigger = [rows](const TriggerRecord &one) { return rows().trigger(one); },
         .connection = [rows](const ConnectionRecord &one) { return rows().connection(one); }});
  }

  inbound::HttpServer::Verdict guard(const IncomingRequest &request) {
    auto ended = gate->check(request);
    if (ended && !ended->audited.empty())
      audit.refused("nobody", ended->audited, route_of(request));
    if (!ended) return {.ends_with = std::nullopt, .has_session = needs_session(request)};
    return {.ends_with = safe(HttpAnswer(std::move(*ended))), .has_session = false};
  }

  std::vector<AuditRecord> ended_sessions(Store &store) {
    std::vector<AuditRecord> lines;
    for (const SessionRecord &ended : sessions.remove_ended(store)) {
      AuditRecord &line = lines.emplace_back();
      line.at = unix_ms_now();
      line.who = "host";
      line.what = "session.end";
      line.object = "session " + BrowserSessions::short_name(ended);
      line.outcome = "expired";
    }
    return lines;
  }

  HttpAnswer safe(HttpAnswer answer) const {
    return with_safe_headers(std::move(answer), origin.secure());
  }

  // Never the address itself, which may hold anything.
  std::string route_of(const IncomingRequest &request) const {
    const auto match = api->routes().find(request.method, request.path);
    return match.handler == nullptr ? "another address" : request.method + ' ' + match.pattern;
  }

  HttpAnswer answer(const IncomingRequest &request) {
    if (is_guarded(request.path) || request.path == "/callback") return safe(api->answer(request));
    if (!files.installed() && (request.path == "/" || request.path == "/index.html"))
      return safe(not_installed(origin.text()));
    return safe(files.answer(request));
  }

  ServerOptions options;
  Engine &engine;
  ChangeFeed &feed;
  EngineOperations operations;
  ChoiceCache choices;
  SessionContext context;
  BrowserSessions sessions;
  Callers callers;
  AuditTrail audit;
  LinkFiles link_files;
  StaticFiles files;
  Catalogue feed_catalogue;
  std::unique_ptr<Store> feed_store;  // the rows of messages; for the feed's thread
  Origin origin;
  std::string origin_text;
  std::optional<Gate> gate;
  std::optional<Api> api;
  inbound::HttpServer front;  // last: its threads use the other members
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

}  // namespace host::server
