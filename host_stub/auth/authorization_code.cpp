#include "auth/authorization_code.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "auth/form_encoding.hpp"

namespace host {
namespace {

using cpi::manifest::AuthMethod;
using CallbackKind = CallbackRefusal::Kind;

constexpr std::size_t longest_redirect = 16u << 10;
constexpr std::size_t longest_code = 8u << 10;
constexpr std::size_t longest_description = 200;

struct FreeUrl {
  void operator()(CURLU *url) const noexcept { curl_url_cleanup(url); }
};

std::string part_of(CURLU *url, CURLUPart part, unsigned flags = 0) {
  char *text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// RFC 6749, section 3.1: a parameter must not come twice.
std::optional<std::string> only(const std::vector<FormField> &fields, std::string_view name,
                                bool &twice) {
  std::optional<std::string> found;
  for (const FormField &field : fields) {
    if (field.name != name) continue;
    twice = twice || found.has_value();
    found = field.value;
  }
  return found;
}

bool is_visible(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

// The service's own words, as far as RFC 6749, section 4.1.2.1 lets them be: printable ASCII.
std::string in_its_words(const std::optional<std::string> &description) {
  if (!description) return {};
  std::string text = description->substr(0, longest_description);
  std::erase_if(text, [](char c) { return c < ' ' || c > 126; });
  return text.empty() ? text : " It says: " + text;
}

CallbackRefusal callback_refusal_of(std::string_view error,
                                    const std::optional<std::string> &description) {
  const std::string words = in_its_words(description);
  if (error == "access_denied")
    return {CallbackKind::denied,
            "The access was not allowed on the service's page (access_denied)." + words};
  if (error == "server_error" || error == "temporarily_unavailable")
    return {CallbackKind::service,
            "The service cannot sign anybody in now (" + std::string(error) + ")." + words};
  const std::string shown = is_visible(error, 64) ? std::string(error) : "an unreadable error";
  return {CallbackKind::app,
          "The service does not accept this app's request (" + shown + ")." + words};
}

// A parameter must not come twice (RFC 6749, section 3.1): what an address has already of this name
// gives way.
std::string without_parameter(std::string_view url, std::string_view name) {
  const std::size_t mark = std::min(url.find('?'), url.size());
  std::string out(url.substr(0, mark));
  char before = '?';
  for (std::size_t at = mark; at < url.size();) {
    const std::size_t end = std::min(url.find('&', at + 1), url.size());
    const std::string_view part = url.substr(at + 1, end - at - 1);
    at = end;
    const auto fields = form_decoded(part.substr(0, part.find('=')));
    if (fields && (fields->empty() || fields->front().name == name)) continue;
    out += std::exchange(before, '&');
    out += part;
  }
  return out;
}

std::string authorization_url(const EndpointSettings &settings, std::string_view client_id,
                              std::string_view redirect_uri, std::string_view state,
                              std::string_view challenge) {
  std::string url = settings.authorize_url;
  url.resize(std::min(url.find('#'), url.size()));
  const auto add = [&url](std::string_view name, std::string_view value) {
    url = without_parameter(url, name);
    const bool first = url.find('?') == std::string::npos;
    url += first ? '?' : '&';
    url.append(name).append("=").append(form_encoded(value));
  };
  add("response_type", "code");
  add("client_id", client_id);
  add("redirect_uri", redirect_uri);
  if (!settings.scope.empty()) add("scope", settings.scope);
  add("state", state);
  add("code_challenge", challenge);
  add("code_challenge_method", "S256");
  return url;
}

}  // namespace

std::string url_origin(const std::string &text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return {};
  return lower(part_of(url.get(), CURLUPART_SCHEME)) + "://" +
         lower(part_of(url.get(), CURLUPART_HOST)) + ':' +
         part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

AuthorizationCode::AuthorizationCode(const AuthMethod &method, const EndpointSettings &settings,
                                     std::string_view client_id, std::string redirect_uri,
                                     AuthorizationState state)
    : method_(method),
      settings_(settings),
      redirect_uri_(std::move(redirect_uri)),
      state_(std::move(state)),
      pkce_(new_pkce()),
      url_(authorization_url(settings_, client_id, redirect_uri_, state_.text(), pkce_.challenge)) {
}

bool AuthorizationCode::is_ours(std::string_view target) const {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos || target.size() > longest_redirect) return false;
  const auto fields = form_decoded(target.substr(mark + 1));
  if (!fields) return false;
  bool twice = false;
  const auto state = only(*fields, "state", twice);
  return state && !twice && state_.is(*state);
}

std::variant<Secret, CallbackRefusal> AuthorizationCode::accept(std::string_view redirected) {
  while (redirected.ends_with('\n') || redirected.ends_with('\r') || redirected.ends_with(' '))
    redirected.remove_suffix(1);
  while (redirected.starts_with(' ')) redirected.remove_prefix(1);
  if (redirected.size() > longest_redirect)
    return CallbackRefusal{CallbackKind::foreign,
                           "The address is too long to be the answer of a sign-in."};
  redirected = redirected.substr(0, redirected.find('#'));

  const std::size_t mark = redirected.find('?');
  const std::string_view place = redirected.substr(0, mark);
  const std::string_view path = std::string_view(redirect_uri_).substr(redirect_uri_.rfind('/'));
  if ((place != redirect_uri_ && place != path) || mark == std::string_view::npos)
    return CallbackRefusal{CallbackKind::foreign,
                           "This is not the address that the sign-in ends at: it must begin with " +
                               redirect_uri_ + "? and be whole."};
  return read(redirected.substr(mark + 1));
}

std::variant<Secret, CallbackRefusal> AuthorizationCode::read(std::string_view query) {
  const auto fields = form_decoded(query);
  if (!fields)
    return CallbackRefusal{CallbackKind::foreign, "The address is damaged: copy it as a whole."};
  bool twice = false;
  const auto state = only(*fields, "state", twice);
  const auto error = only(*fields, "error", twice);
  const auto description = only(*fields, "error_description", twice);
  const auto issuer = only(*fields, "iss", twice);
  const auto code = only(*fields, "code", twice);
  if (twice)
    return CallbackRefusal{CallbackKind::foreign,
                           "The address has a parameter twice, which nobody may send."};

  // Nothing else in it is believed before the state is right.
  switch (state_.take(state.value_or(""))) {
    case AuthorizationState::Check::ok:
      break;
    case AuthorizationState::Check::missing:
      return CallbackRefusal{CallbackKind::foreign,
                             "The answer has no state, so it cannot be told whether it belongs to "
                             "this sign-in. Nothing was changed."};
    case AuthorizationState::Check::wrong:
      return CallbackRefusal{CallbackKind::foreign,
                             "The answer belongs to another sign-in (its state is not the one that "
                             "was sent). Nothing was changed."};
    case AuthorizationState::Check::used:
      return CallbackRefusal{CallbackKind::over,
                             "This answer was used already. Start the sign-in again."};
    case AuthorizationState::Check::expired:
      return CallbackRefusal{CallbackKind::over,
                             "The sign-in took longer than ten minutes. Start it again."};
  }
  // RFC 9207. A manifest names no issuer; the authorize endpoint's origin stands for it.
  if (issuer &&
      (url_origin(*issuer).empty() || url_origin(*issuer) != url_origin(settings_.authorize_url)))
    return CallbackRefusal{CallbackKind::foreign,
                           "The answer comes from another service than the one that was asked (its "
                           "iss does not fit). Nothing was changed."};
  if (error) return callback_refusal_of(*error, description);
  if (!code || !is_visible(*code, longest_code))
    return CallbackRefusal{CallbackKind::app, "The service sent neither a code nor an error."};
  return Secret(*code);
}

TokenRequest AuthorizationCode::exchange(const SecretObject &input, const Secret &code) const {
  return authorization_code_request(method_, settings_, input, code, redirect_uri_, pkce_.verifier);
}

}  // namespace host
