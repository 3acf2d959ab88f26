// The ways to sign in. Each is a file in methods/ that defines one SignInMethod, and a row in the
// table of sign_in_method.cpp. What differs between them is answered here; nobody asks for a type
// by its name.
//
// [any thread]
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authorization_code.hpp"
#include "auth/connection_secrets.hpp"
#include "auth/endpoint_settings.hpp"
#include "auth/token_client.hpp"
#include "auth/token_set.hpp"
#include "base/secret.hpp"
#include "cpi/json/schema.hpp"
#include "cpi/manifest/manifest.hpp"
#include "http/credential.hpp"

namespace host {

struct SignInMethod {
  using AuthMethod = cpi::manifest::AuthMethod;

  std::string_view type;        // `type` of the manifest's auth method
  std::string_view credential;  // in sentences: "token", "key"

  // ---- how the credential is put on a request

  // Where it goes; the value is left empty.
  HttpCredential (*place)(const AuthMethod &method);
  // What HttpCredential::value says there; empty where there is nothing. One of the two, the other
  // is null: it is in the input, or in the tokens.
  Secret (*of_input)(const AuthMethod &method, const SecretObject &input) = nullptr;
  Secret (*of_tokens)(const AuthMethod &method, const TokenSet &tokens) = nullptr;

  // ---- how a connection is made: with the fields of the method's input schema, of which those
  // marked writeOnly are secret

  // What fits the schema and still cannot be sent; null: nothing is known of such.
  std::vector<cpi::Violation> (*problems)(const AuthMethod &method,
                                          const SecretObject &input) = nullptr;
  // A person has to sign in on the service's own page, in a browser; null: the input is enough.
  std::unique_ptr<AuthorizationCode> (*in_browser)(const AuthMethod &method,
                                                   const EndpointSettings &settings,
                                                   const SecretObject &input,
                                                   std::string redirect_uri) = nullptr;

  // ---- how it is renewed

  // Asks for tokens with the input alone; null: that cannot be done.
  TokenRequest (*ask)(const AuthMethod &method, const EndpointSettings &settings,
                      const SecretObject &input) = nullptr;
  // Asks for tokens with a refresh token that came with the last ones; null: likewise.
  TokenRequest (*refresh)(const AuthMethod &method, const EndpointSettings &settings,
                          const SecretObject &input, const Secret &refresh_token) = nullptr;

  // Without tokens the credential stays what was entered, and cannot be renewed.
  bool has_tokens() const noexcept { return of_tokens != nullptr; }
};

std::span<const SignInMethod *const> sign_in_methods() noexcept;

// The row of a method of a checked manifest. Throws std::logic_error for a type without one.
const SignInMethod &sign_in_method(const cpi::manifest::AuthMethod &method);

// Every form in which the secrets of `input` could show up in an answer or a message: what was
// entered, and what a key is made into for the wire. `secrets`: JSON Pointers of the secret fields.
std::vector<Secret> secret_texts(const cpi::manifest::AuthMethod &method, const SecretObject &input,
                                 std::span<const std::string> secrets);

// Whether a person has to sign in on the service's own page.
bool through_browser(const cpi::manifest::AuthMethod &method);

}  // namespace host
