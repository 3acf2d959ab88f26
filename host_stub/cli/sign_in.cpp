#include "cli/sign_in.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "auth/authorization_code.hpp"
#include "auth/loopback_listener.hpp"
#include "auth/pkce.hpp"
#include "auth/redirect_page.hpp"
#include "auth/secret_input.hpp"
#include "cli/browser.hpp"
#include "cli/failure.hpp"
#include "cli/prompt.hpp"
#include "cli/stop_signals.hpp"
#include "server/private_file.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_address = 64u << 10;

CommandFailure nobody_signed_in() {
  OperationError error;
  error.error_class = ErrorClass::needs_reauth;
  error.fault = Fault::user;
  error.message = "The sign-in timed out after ten minutes. Nothing was saved.";
  error.advice = "Start the sign-in again.";
  return CommandFailure(std::move(error));
}

// One line of standard input, read byte by byte: later input is left for others.
std::string line_of_standard_input() {
  std::string line;
  while (line.size() < longest_address) {
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
    "Copy the complete address of this page from the browser's address bar and paste it into the "
    "terminal where you started the sign-in."};

// The start page as a file that only this user can read, while the sign-in lasts.
class StartFile {
 public:
  StartFile(const fs::path &folder, const std::string &address)
      : path_(folder / (std::string(prefix) + std::string(random_text(16).reveal()) + ".html")) {
    remove_old(folder);
    server::write_private(path_, forwarding_page(address));
  }
  ~StartFile() {
    std::error_code error;
    fs::remove(path_, error);
  }
  StartFile(const StartFile &) = delete;
  StartFile &operator=(const StartFile &) = delete;

  const fs::path &path() const noexcept { return path_; }

 private:
  static constexpr std::string_view prefix = "sign-in-";

  // Those of killed commands; their addresses lead nowhere any more.
  static void remove_old(const fs::path &folder) {
    std::error_code error;
    const auto now = fs::file_time_type::clock::now();
    for (const fs::directory_entry &entry : fs::directory_iterator(folder, error)) {
      if (!entry.path().filename().string().starts_with(prefix)) continue;
      const auto written = entry.last_write_time(error);
      if (!error && now - written > AuthorizationState::lifetime) fs::remove(entry.path(), error);
    }
  }

  fs::path path_;
};

}  // namespace

struct BrowserSignIn::Impl {
  explicit Impl(Session &of) : session(of) {}
  Session &session;
  std::optional<LoopbackListener> listener;

  std::string browser(const AuthorizationCode &flow) {
    Output &output = session.context().output;
    StopSignals signals([this](int) { listener->interrupt(); });
    const std::string start = listener->start(
        flow.url(), [&flow](std::string_view target) { return flow.is_ours(target); });
    const StartFile file(session.context().settings.data_dir(), start);
    const bool opened = open_browser(fs::absolute(file.path()).string());
    output.note(opened
                    ? "Opening the service's page in the browser. If it does not open, open\n  " +
                          start + "\non this machine. Ctrl-C cancels."
                    : "No browser could be opened (xdg-open). Open\n  " + start +
                          "\non this machine, or use --no-browser on another one.");
    const auto target = listener->wait(AuthorizationState::lifetime);
    if (signals.received() != 0) throw Interrupted(signals.received());
    if (!target) throw nobody_signed_in();
    return *target;
  }

  std::string paste(const AuthorizationCode &flow) {
    listener->answer_all(to_be_copied);
    session.context().output.note(
        "Open this address in a browser, on any machine, and sign in:\n\n  " + flow.url() +
        "\n\nThe browser then goes to an address that starts with\n  " + listener->redirect_uri() +
        "\nIt may show an error page; ignore it. Paste the complete address here.");
    return process_terminal()->interactive() ? ask_at_terminal("Address")
                                             : line_of_standard_input();
  }
};

BrowserSignIn::BrowserSignIn(Session &session) : impl_(std::make_unique<Impl>(session)) {}
BrowserSignIn::~BrowserSignIn() = default;

TokenSet BrowserSignIn::tokens(const Candidate &candidate, Way way) {
  Session &session = impl_->session;
  const SecretObject input(candidate.input.as_object());
  impl_->listener.emplace();
  const auto flow = sign_in_method(candidate.method)
                        .in_browser(candidate.method, candidate.settings.endpoints, input,
                                    impl_->listener->redirect_uri());
  const std::string back = way == Way::browser ? impl_->browser(*flow) : impl_->paste(*flow);
  std::vector<std::string> notes;
  TokenSet tokens = tokens_of_redirect(session, *flow, candidate, back, notes);
  for (const std::string &note : notes) session.context().output.note(note);
  return tokens;
}

void BrowserSignIn::succeeded(std::string_view account) {
  if (impl_->listener)
    impl_->listener->answer({200, "You are signed in",
                             "Connected " + one_line(account) +
                                 ". You can close this page and return to the terminal."});
}

void BrowserSignIn::failed(std::string_view sentence) {
  if (impl_->listener) impl_->listener->answer({400, "The sign-in failed", one_line(sentence)});
}

}  // namespace host::cli
