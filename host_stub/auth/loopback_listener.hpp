// Where the browser comes back to after signing in (RFC 8252, section 7.3): a port of 127.0.0.1
// that is bound before the browser is opened and takes exactly one redirect. Other machines cannot
// reach it, and a page that reaches it under another name (DNS rebinding) is refused.
//
// Every user and every page on this machine can send it requests. So what it is sent does not end
// the sign-in unless it carries the state that only the service's page knows, and the start page,
// which leads to that state, has a secret in its path.
//
// It serves on threads of its own; its functions are for one thread, `interrupt` for any.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/redirect_page.hpp"

namespace host {

class LoopbackListener {
 public:
  // Throws std::runtime_error when no port can be bound.
  LoopbackListener();
  ~LoopbackListener();  // waiting browsers get a page: the sign-in was given up
  LoopbackListener(const LoopbackListener &) = delete;
  LoopbackListener &operator=(const LoopbackListener &) = delete;

  // "http://127.0.0.1:PORT/callback"
  const std::string &redirect_uri() const noexcept;

  // Whether a request target carries the state of the sign-in (AuthorizationCode::is_ours). Called
  // on this object's threads, one call at a time.
  using IsOurs = std::function<bool(std::string_view target)>;

  // From now on the redirect is taken. Gives "http://127.0.0.1:PORT/SECRET", which sends the
  // browser on to `url`, once. Who has that address can sign in with an account of his own: it is
  // for this user only, and not for the arguments of a process.
  std::string start(std::string url, IsOurs is_ours);

  // The one redirect: its request target ("/callback?code=..."). Nothing: none came in time, or
  // `interrupt` was called. The browser waits for `answer`.
  std::optional<std::string> wait(std::chrono::milliseconds at_most);
  void answer(const RedirectPage &page);

  // From now on every redirect gets this page at once, and `wait` never sees one: the person copies
  // the address by hand.
  void answer_all(const RedirectPage &page);

  void interrupt() noexcept;  // [any thread]

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
