// The two sealed columns of a connection: what a person gave for it, with the addresses it was
// given for, and its current tokens.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "auth/endpoint_settings.hpp"
#include "auth/seal.hpp"
#include "auth/token_set.hpp"
#include "base/secret.hpp"
#include "store/records.hpp"

namespace host {

// "con_" and 20 random letters and digits.
std::string new_connection_id();

// What `connect` stores as `sealed_input`: the input, and where it may be sent.
Bytes seal_input(const SealingKey &key, std::string_view connection_id,
                 const boost::json::object &input, const SealedEndpoints &endpoints);
Bytes seal_tokens(const SealingKey &key, std::string_view connection_id, const TokenSet &tokens);

// A JSON object that is wiped when it goes.
class SecretObject {
 public:
  SecretObject() : value_(boost::json::object()) {}
  explicit SecretObject(boost::json::object object) : value_(std::move(object)) {}
  SecretObject(SecretObject &&) noexcept = default;
  SecretObject &operator=(SecretObject &&) noexcept = default;
  SecretObject(const SecretObject &) = delete;
  SecretObject &operator=(const SecretObject &) = delete;
  ~SecretObject() { wipe(value_); }

  const boost::json::value &value() const noexcept { return value_; }
  const boost::json::object &object() const { return value_.get_object(); }
  std::string_view text(std::string_view key) const;         // empty when absent or no text
  std::string_view text_at(std::string_view pointer) const;  // JSON Pointer; likewise
  SecretObject without(std::string_view key) &&;

 private:
  boost::json::value value_;
};

// Throw SealError (damaged). The other columns of the row are not checked: to send secrets
// anywhere, use open_secrets.
SecretObject open_input(const SealingKey &key, const ConnectionRecord &connection);
std::optional<TokenSet> open_tokens(const SealingKey &key, const ConnectionRecord &connection);
// Nothing: sealed by a version that did not seal them.
std::optional<SealedEndpoints> open_endpoints(const SealingKey &key,
                                              const ConnectionRecord &connection);

// All that is sealed in a row, and where it may be sent.
struct ConnectionSecrets {
  SecretObject input;
  std::optional<TokenSet> tokens;
  std::optional<SealedEndpoints> endpoints;  // as open_endpoints
};
// Throws SealError: damaged; endpoints, when the row or one of its sealed values was exchanged.
ConnectionSecrets open_secrets(const SealingKey &key, const ConnectionRecord &connection);

// For tokens that other addresses gave than those the input is for.
SealError tokens_from_elsewhere();

}  // namespace host
