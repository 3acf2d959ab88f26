// Where the browser comes back to after signing in (RFC 8252, section 7.3): a port of 127.0.0.1
// that is bound before the browser is opened and takes exactly one redirect. Other machines cannot
// reach it, and a page that reaches it under another name (DNS rebinding) is refused.
//
// It serves on threads of its own; its functions are for one thread, `interrupt` for any.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

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

  // Sends the browser on from "http://127.0.0.1:PORT/" to `url`, once. A browser is opened with
  // that short address, so that `url` with its state shows up in no list of processes.
  std::string start_uri(std::string url);

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
