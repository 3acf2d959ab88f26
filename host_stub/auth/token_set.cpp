#include "auth/token_set.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>
#include <utility>

namespace host {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr seconds default_lifetime{3600};
constexpr seconds longest_lifetime{std::chrono::hours{24 * 3650}};
constexpr seconds longest_retry_after{std::chrono::hours{1}};
constexpr std::size_t max_token_bytes = 16u << 10;

std::string_view text_of(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// It becomes a header's value, so nothing may be in it that ends one (RFC 6750, section 2.1).
bool is_usable_token(std::string_view token) {
  return !token.empty() && token.size() <= max_token_bytes &&
         std::ranges::all_of(token, [](char c) { return c > ' ' && c < 127; });
}

// A number, or a number as text; empty if absent, negative or malformed (the caller uses 3600).
std::optional<seconds> lifetime_of(const json::value *value) {
  double count = 0;
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) {
    count = value->to_number<double>();
  } else if (const json::string *text = value->if_string()) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (!(count >= 1)) return std::nullopt;  // NaN too
  const double capped = std::min(count, static_cast<double>(longest_lifetime.count()));
  return seconds(static_cast<seconds::rep>(capped));
}

std::chrono::milliseconds retry_after_of(std::string_view header) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), count);
  if (error != std::errc() || end != header.data() + header.size() || count <= 0) return {};
  return std::min(seconds(count), longest_retry_after);
}

// RFC 6749, section 5.2. `error_description` is not repeated: it is the service's own text, and
// some services repeat in it what they were sent.
TokenRefusal token_refusal_of(int http_status, std::string_view error) {
  using Kind = TokenRefusal::Kind;
  if (error == "invalid_grant")
    return {Kind::grant, "the service no longer accepts this sign-in (invalid_grant)", {}};
  if (error == "invalid_client")
    return {Kind::app, "the client id or the client secret is wrong (invalid_client)", {}};
  if (error == "unauthorized_client")
    return {Kind::app, "the app may not use this way to sign in (unauthorized_client)", {}};
  if (error == "unsupported_grant_type")
    return {
        Kind::app, "the service does not offer this way to sign in (unsupported_grant_type)", {}};
  if (error == "invalid_scope")
    return {Kind::app, "the service refuses the scopes that were asked for (invalid_scope)", {}};
  return {Kind::transient,
          "the token endpoint answered HTTP " + std::to_string(http_status) + " without a token",
          {}};
}

// A parsed answer or token set, wiped when it goes.
struct Wiped {
  json::value value;
  explicit Wiped(json::value from) : value(std::move(from)) {}
  Wiped(const Wiped &) = delete;
  Wiped &operator=(const Wiped &) = delete;
  ~Wiped() { wipe(value); }
};

}  // namespace

Secret TokenSet::to_json() const {
  Wiped out(json::object{{"access_token", access_token.reveal()},
                         {"refresh_token", refresh_token.reveal()},
                         {"lifetime_s", lifetime.count()},
                         {"skew_s", skew.count()},
                         {"expires_at", expires_at_unix_ms},
                         {"token_url", token_url}});
  std::string text = json::serialize(out.value);
  Secret secret(text);
  wipe(text);
  return secret;
}

std::optional<TokenSet> TokenSet::from_json(std::string_view text) {
  boost::system::error_code error;
  const Wiped parsed(json::parse(text, error));
  const json::object *object = error ? nullptr : parsed.value.if_object();
  if (object == nullptr) return std::nullopt;
  const json::value *lifetime = object->if_contains("lifetime_s");
  const json::value *expires = object->if_contains("expires_at");
  if (lifetime == nullptr || expires == nullptr || !lifetime->is_int64() || !expires->is_int64())
    return std::nullopt;
  TokenSet set;
  set.access_token = Secret(text_of(*object, "access_token"));
  set.refresh_token = Secret(text_of(*object, "refresh_token"));
  set.lifetime = seconds(lifetime->get_int64());
  set.expires_at_unix_ms = expires->get_int64();
  if (const json::value *skew = object->if_contains("skew_s"); skew != nullptr && skew->is_int64())
    set.skew = seconds(skew->get_int64());
  set.token_url = text_of(*object, "token_url");
  if (!is_usable_token(set.access_token.reveal())) return std::nullopt;
  return set;
}

seconds refresh_skew(seconds lifetime, seconds said) noexcept {
  const seconds usual = std::clamp(lifetime / 10, seconds{60}, seconds{300});
  return std::min(said > seconds{0} ? said : usual, lifetime / 2);
}

std::variant<TokenSet, TokenRefusal> parse_token_answer(int http_status, std::string_view body,
                                                        std::string_view retry_after_header,
                                                        std::int64_t now_unix_ms) {
  TokenRefusal odd{TokenRefusal::Kind::transient, "", retry_after_of(retry_after_header)};
  if (body.size() > max_token_answer_bytes) {
    odd.message = "the token endpoint's answer is larger than " +
                  std::to_string(max_token_answer_bytes) + " bytes";
    return odd;
  }
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  boost::system::error_code error;
  const Wiped parsed(json::parse(body, error));
  const json::object *object = error ? nullptr : parsed.value.if_object();
  const bool success = http_status >= 200 && http_status < 300;
  if (object == nullptr) {
    odd.message = "the token endpoint answered HTTP " + std::to_string(http_status) +
                  " without a JSON object";
    return odd;
  }
  // 429 and 5xx say nothing about the credentials, whatever their body claims.
  const bool passing = http_status == 429 || http_status >= 500;
  if (!success || object->contains("error")) {
    TokenRefusal refusal = token_refusal_of(http_status, passing ? "" : text_of(*object, "error"));
    refusal.retry_after = odd.retry_after;
    return refusal;
  }

  const std::string_view token = text_of(*object, "access_token");
  if (!is_usable_token(token)) {
    odd.message = "the token endpoint's answer has no usable access_token";
    return odd;
  }
  // Absent though required by RFC 6749, section 5.1: many services leave it out and mean Bearer.
  if (object->contains("token_type") && !same_word(text_of(*object, "token_type"), "bearer")) {
    odd.message = "the token endpoint's answer has a token_type other than Bearer";
    return odd;
  }
  const std::string_view refresh = text_of(*object, "refresh_token");
  if (!refresh.empty() && !is_usable_token(refresh)) {
    odd.message = "the token endpoint's answer has an unusable refresh_token";
    return odd;
  }
  TokenSet set;
  set.access_token = Secret(token);
  set.refresh_token = Secret(refresh);
  set.granted_scope = text_of(*object, "scope");
  set.lifetime = lifetime_of(object->if_contains("expires_in")).value_or(default_lifetime);
  set.expires_at_unix_ms =
      now_unix_ms + std::chrono::duration_cast<std::chrono::milliseconds>(set.lifetime).count();
  return set;
}

}  // namespace host
