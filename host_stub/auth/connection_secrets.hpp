// The two sealed columns of a connection: what a person gave for it, and its current tokens.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "auth/seal.hpp"
#include "auth/secret.hpp"
#include "auth/token_set.hpp"
#include "store/records.hpp"

namespace host {

// "con_" and 20 random letters and digits.
std::string new_connection_id();

// What `connect` stores as `sealed_input`.
Bytes seal_input(const SealingKey &key, std::string_view connection_id,
                 const boost::json::object &input);
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

 private:
  boost::json::value value_;
};

// Throw SealError (damaged).
SecretObject open_input(const SealingKey &key, const ConnectionRecord &connection);
std::optional<TokenSet> open_tokens(const SealingKey &key, const ConnectionRecord &connection);

}  // namespace host
