// The page a person sees in the browser after signing in: static HTML that says what happened. It
// has no script, loads nothing, and nothing secret is put into it.
#pragma once

#include <string>
#include <string_view>

namespace host {

struct RedirectPage {
  int status = 200;
  std::string title;  // plain text; escaped when it is written
  std::string text;   // likewise

  std::string html() const;
  // Content-Security-Policy: nothing but this page's own style, by its hash.
  static const std::string &content_security_policy();
};

// A page that sends the browser on to `url` at once, for a file that only this user can read: a
// browser is opened with the file's path, so that the address appears in no list of processes.
std::string forwarding_page(std::string_view url);

// & < > " ' as character references. [any thread]
std::string html_escaped(std::string_view text);

}  // namespace host
