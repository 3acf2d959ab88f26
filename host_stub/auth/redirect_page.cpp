#include "auth/redirect_page.hpp"

#include <sodium.h>

#include <array>

namespace host {
namespace {

constexpr std::string_view style =
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;"
    "color:#1c2430;background:#fff}h1{font-size:1.5rem}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}}";

std::string style_hash() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char *>(style.data()),
                     style.size());
  std::string out(sodium_base64_ENCODED_LEN(hash.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), hash.data(), hash.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // its terminator
  return out;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string forwarding_page(std::string_view url) {
  const std::string address = html_escaped(url);
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"referrer\" content=\"no-referrer\">"
         "<meta http-equiv=\"refresh\" content=\"0;url=" +
         address + "\"><title>Connector host</title></head>\n<body><p><a href=\"" + address +
         "\">Open connector-host</a></p></body></html>\n";
}

std::string RedirectPage::html() const {
  const std::string heading = html_escaped(title);
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
         heading + "</title><style>" + std::string(style) + "</style></head>\n<body><main><h1>" +
         heading + "</h1><p>" + html_escaped(text) + "</p></main></body></html>\n";
}

const std::string &RedirectPage::content_security_policy() {
  static const std::string policy = "default-src 'none'; style-src 'sha256-" + style_hash() +
                                    "'; base-uri 'none'; form-action 'none'; "
                                    "frame-ancestors 'none'";
  return policy;
}

}  // namespace host
