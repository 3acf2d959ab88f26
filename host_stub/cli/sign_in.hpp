// Signs in through a browser, from the terminal: opens the service's page, or prints its address
// and reads the redirect address that the person pastes, and exchanges the code for tokens.
#pragma once

#include <memory>
#include <string_view>

#include "auth/token_set.hpp"
#include "cli/session.hpp"
#include "control/connecting.hpp"

namespace host::cli {

class BrowserSignIn {
 public:
  explicit BrowserSignIn(Session &session);
  ~BrowserSignIn();
  BrowserSignIn(const BrowserSignIn &) = delete;
  BrowserSignIn &operator=(const BrowserSignIn &) = delete;

  enum class Way { browser, paste };
  // Waits for the person, at most ten minutes. Throws Failure; Interrupted by a signal.
  TokenSet tokens(const Candidate &candidate, Way way);

  // The result, for the page in the browser.
  void succeeded(std::string_view account);
  void failed(std::string_view sentence);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host::cli
