#include "cli/sign_in.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include "auth/authorization_code.hpp"
#include "auth/loopback_listener.hpp"
#include "auth/secret_input.hpp"
#include "cli/browser.hpp"
#include "cli/failure.hpp"
#include "cli/prompt.hpp"
#include "cli/stop_signals.hpp"
#include "cli/terminal_text.hpp"

namespace host::cli {

namespace {

using cpi::manifest::AuthMethod;

constexpr std::size_t longest_line = 64u << 10;

CommandFailure failure(ErrorClass error_class, Fault fault, std::string message,
                       std::string advice) {
  OperationError error;
  error.error_class = error_class;
  error.fault = fault;
  error.message = "Nothing was saved: " + std::move(message);
  error.advice = std::move(advice);
  return CommandFailure(std::move(error));
}

CommandFailure failure_of(const CallbackRefusal &refusal) {
  using Kind = CallbackRefusal::Kind;
  switch (refusal.kind) {
    case Kind::foreign:
    case Kind::over:
      return failure(ErrorClass::needs_reauth, Fault::user, refusal.message,
                     "Start the sign-in again, and finish it in one browser window.");
    case Kind::denied:
      return failure(ErrorClass::needs_reauth, Fault::user, refusal.message,
                     "Start it again when the access may be allowed.");
    case Kind::app:
      return failure(ErrorClass::app_misconfigured, Fault::user, refusal.message,
                     "Compare the client id, the scopes and the redirect address with what the "
                     "app is registered for at the service.");
    case Kind::service:
      return failure(ErrorClass::unavailable, Fault::vendor, refusal.message, "Try it later.");
  }
  throw std::logic_error("an unknown refusal");
}

CommandFailure failure_of(const TokenRefusal &refusal) {
  const std::string message = "the code could not be exchanged: " + refusal.message;
  switch (refusal.kind) {
    case TokenRefusal::Kind::grant:
      return failure(ErrorClass::needs_reauth, Fault::user, message,
                     "A code is good for a minute or so, and once. Start the sign-in again.");
    case TokenRefusal::Kind::app:
      return failure(ErrorClass::app_misconfigured, Fault::user, message,
                     "Compare the client id and the secret with what the service shows.");
    case TokenRefusal::Kind::transient:
      return failure(ErrorClass::unavailable, Fault::vendor, message, "Start the sign-in again.");
  }
  throw std::logic_error("an unknown refusal");
}

// One line of standard input, read byte by byte: what follows it is not for us.
std::string line_of_standard_input() {
  std::string line;
  while (line.size() < longest_line) {
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') break;
    line.push_back(c);
  }
  return line;
}

const RedirectPage to_be_copied{
    200, "Almost there",
    "Copy the whole address of this page out of the browser's address bar and paste it into the "
    "terminal where the sign-in was started."};

}  // namespace

struct BrowserSignIn::Impl {
  explicit Impl(Session &of) : session(of) {}
  Session &session;
  std::optional<LoopbackListener> listener;

  std::string browser(const AuthorizationCode &flow) {
    Output &output = session.context().output;
    StopSignals signals([this](int) { listener->interrupt(); });
    const std::string start = listener->start_uri(flow.url());
    const bool opened = open_browser(start);
    output.note(opened ? "The browser opens the service's page. If it does not, open\n  " + start +
                             "\non this machine. Ctrl-C gives up."
                       : "No browser could be opened (xdg-open). Open\n  " + start +
                             "\non this machine, or use --no-browser on another one.");
    const auto target = listener->wait(AuthorizationState::lifetime);
    if (signals.received() != 0) throw Interrupted(signals.received());
    if (!target)
      throw failure(ErrorClass::needs_reauth, Fault::user, "nobody signed in within ten minutes.",
                    "Start the sign-in again.");
    return *target;
  }

  std::string paste(const AuthorizationCode &flow) {
    listener->answer_all(to_be_copied);
    session.context().output.note(
        "Open this address in a browser, on any machine, and sign in:\n\n  " + flow.url() +
        "\n\nYou are then sent to an address that begins with\n  " + listener->redirect_uri() +
        "\nwhich may show an error page: that does not matter. Paste that whole address here.");
    return process_terminal()->interactive() ? ask_at_terminal("Address")
                                             : line_of_standard_input();
  }
};

BrowserSignIn::BrowserSignIn(Session &session) : impl_(std::make_unique<Impl>(session)) {}
BrowserSignIn::~BrowserSignIn() = default;

TokenSet BrowserSignIn::tokens(const cpi::manifest::Manifest &manifest, const AuthMethod &method,
                               const SecretObject &input, std::string_view settings, Way way) {
  Session &session = impl_->session;
  const EndpointSettings endpoints = EndpointSettings::of(method, settings);
  impl_->listener.emplace();
  AuthorizationCode flow(method, endpoints, input.text("client_id"),
                         impl_->listener->redirect_uri());
  const std::string back = way == Way::browser ? impl_->browser(flow) : impl_->paste(flow);
  auto accepted = flow.accept(back);
  if (const auto *refusal = std::get_if<CallbackRefusal>(&accepted)) throw failure_of(*refusal);
  const Secret code = std::get<Secret>(std::move(accepted));
  session.context().redactor.remember(code.reveal());

  auto answer = session.ask_for_tokens(flow.exchange(input, code));
  if (const auto *refusal = std::get_if<TokenRefusal>(&answer)) throw failure_of(*refusal);
  TokenSet tokens = std::get<TokenSet>(std::move(answer));
  session.context().redactor.remember(tokens.access_token.reveal());
  session.context().redactor.remember(tokens.refresh_token.reveal());
  if (!tokens.granted_scope.empty() && tokens.granted_scope != endpoints.scope)
    session.context().output.note(
        "The service granted the scopes \"" + one_line(tokens.granted_scope) + "\"" +
        (endpoints.scope.empty() ? "."
                                 : "; \"" + one_line(endpoints.scope) + "\" were asked for."));
  if (tokens.refresh_token.empty())
    session.context().output.note(
        std::string(manifest.title()) +
        " gave no refresh token: this sign-in ends with its access token.");
  return tokens;
}

void BrowserSignIn::succeeded(std::string_view account) {
  if (impl_->listener)
    impl_->listener->answer({200, "You are signed in",
                             "Connected " + one_line(account) +
                                 ". You can close this page and go back to the terminal."});
}

void BrowserSignIn::failed(std::string_view sentence) {
  if (impl_->listener)
    impl_->listener->answer({400, "The sign-in did not work", one_line(sentence)});
}

}  // namespace host::cli
