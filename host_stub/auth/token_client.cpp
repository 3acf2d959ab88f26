#include "auth/token_client.hpp"

#include <sodium.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <utility>
#include <vector>

#include "auth/form_encoding.hpp"

namespace host {
namespace {

namespace json = boost::json;
using cpi::manifest::AuthMethod;
using cpi::manifest::ClientAuth;

constexpr std::chrono::seconds token_timeout{30};

struct Parameter {
  std::string_view name;
  std::string_view value;
};

Secret form_body(const std::vector<Parameter> &parameters) {
  std::string out;
  for (const Parameter &parameter : parameters) {
    if (!out.empty()) out += '&';
    std::string value = form_encoded(parameter.value);
    out.append(parameter.name).append("=").append(value);
    wipe(value);
  }
  Secret secret(out);
  wipe(out);
  return secret;
}

Secret json_body(const std::vector<Parameter> &parameters) {
  json::object object;
  for (const Parameter &parameter : parameters) object[parameter.name] = parameter.value;
  const SecretObject wiped(std::move(object));
  std::string out = json::serialize(wiped.value());
  Secret secret(out);
  wipe(out);
  return secret;
}

// RFC 6749, section 2.3.1: both parts form-encoded first.
Secret basic_authorization(std::string_view id, std::string_view secret) {
  std::string pair = form_encoded(id) + ':' + form_encoded(secret);
  std::string encoded(sodium_base64_ENCODED_LEN(pair.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(encoded.data(), encoded.size(),
                    reinterpret_cast<const unsigned char *>(pair.data()), pair.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  encoded.pop_back();  // its terminator
  encoded.insert(0, "Basic ");
  Secret out(encoded);
  wipe(pair);
  wipe(encoded);
  return out;
}

TokenRequest token_request(const AuthMethod &method, const EndpointSettings &settings,
                           const SecretObject &input, std::vector<Parameter> parameters) {
  const std::string_view id = input.text("client_id");
  const std::string_view secret = input.text("client_secret");
  TokenRequest request;
  request.url = settings.token_url;
  request.skew = method.refresh_skew;
  if (!settings.scope.empty()) parameters.push_back({"scope", settings.scope});
  if (method.client_auth == ClientAuth::basic) {
    request.authorization = basic_authorization(id, secret);
  } else {
    parameters.push_back({"client_id", id});
    if (!secret.empty())
      parameters.push_back({"client_secret", secret});  // public clients have none
  }
  const bool as_json = method.client_auth == ClientAuth::body_json;
  request.content_type = as_json ? "application/json" : "application/x-www-form-urlencoded";
  request.body = as_json ? json_body(parameters) : form_body(parameters);
  return request;
}

}  // namespace

Task<HttpOutcome> TransportTokenEndpoint::post(const TokenRequest &request) {
  HttpRequest http;
  http.method = "POST";
  http.url = request.url;
  http.headers = {{"content-type", request.content_type}, {"accept", "application/json"}};
  if (!request.authorization.empty())
    http.credential = {HttpCredential::Place::header, "Authorization",
                       std::string(request.authorization.reveal())};
  const std::string_view body = request.body.reveal();
  http.body = {reinterpret_cast<const std::uint8_t *>(body.data()), body.size()};
  http.timeout = token_timeout;
  http.max_response_bytes = max_token_answer_bytes;
  http.repeatable = false;  // a refresh token that rotates must not be sent twice
  HttpOutcome outcome = co_await transport_.perform(http);
  wipe(http.credential.value);
  co_return outcome;
}

TokenRequest client_credentials_request(const AuthMethod &method, const EndpointSettings &settings,
                                        const SecretObject &input) {
  return token_request(method, settings, input, {{"grant_type", "client_credentials"}});
}

TokenRequest refresh_request(const AuthMethod &method, const EndpointSettings &settings,
                             const SecretObject &input, const Secret &refresh_token) {
  // The scopes of a refresh are those that were granted (RFC 6749, section 6).
  const EndpointSettings without_scope{settings.token_url, "", ""};
  return token_request(
      method, without_scope, input,
      {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token.reveal()}});
}

TokenRequest authorization_code_request(const AuthMethod &method, const EndpointSettings &settings,
                                        const SecretObject &input, const Secret &code,
                                        std::string_view redirect_uri, const Secret &verifier) {
  // The scopes were asked for with the code.
  const EndpointSettings without_scope{settings.token_url, "", ""};
  return token_request(method, without_scope, input,
                       {{"grant_type", "authorization_code"},
                        {"code", code.reveal()},
                        {"redirect_uri", redirect_uri},
                        {"code_verifier", verifier.reveal()}});
}

Task<TokenAnswer> ask_for_tokens(TokenEndpoint &endpoint, TokenRequest request,
                                 std::function<std::int64_t()> now_unix_ms) {
  HttpOutcome outcome = co_await endpoint.post(request);
  TokenAnswer answer;
  if (outcome.responded) {
    const auto &headers = outcome.response.headers;
    const auto retry_after = std::ranges::find(headers, "retry-after", &HttpHeader::name);
    answer.result =
        parse_token_answer(outcome.response.status, outcome.response.body,
                           retry_after == headers.end() ? "" : retry_after->value, now_unix_ms());
    if (auto *tokens = std::get_if<TokenSet>(&answer.result)) {
      tokens->skew = request.skew;
      tokens->token_url = request.url;
    }
    wipe(outcome.response.body);
  } else {
    answer.maybe_received = outcome.failure.maybe_sent;
    answer.result = TokenRefusal{TokenRefusal::Kind::transient,
                                 "the token endpoint did not answer: " + outcome.failure.detail,
                                 outcome.failure.retry_after};
  }
  co_return answer;
}

}  // namespace host
