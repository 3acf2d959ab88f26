#include "auth/connection_secrets.hpp"

#include <sodium.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

namespace host {
namespace {

namespace json = boost::json;

constexpr std::string_view input_column = "input";
constexpr std::string_view tokens_column = "tokens";

SealError unreadable(const ConnectionRecord &connection, std::string_view column) {
  return {SealError::Kind::damaged, "the sealed " + std::string(column) + " of connection " +
                                        connection.id +
                                        " is not in a form this version reads. Connect the account "
                                        "again."};
}

}  // namespace

std::string new_connection_id() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string id = "con_";
  for (int i = 0; i < 20; ++i)
    id += letters[randombytes_uniform(static_cast<std::uint32_t>(letters.size()))];
  return id;
}

Bytes seal_input(const SealingKey &key, std::string_view connection_id, const json::object &input) {
  std::string text = json::serialize(input);
  Bytes sealed = key.seal({connection_id, input_column}, text);
  wipe(text);
  return sealed;
}

Bytes seal_tokens(const SealingKey &key, std::string_view connection_id, const TokenSet &tokens) {
  return key.seal({connection_id, tokens_column}, tokens.to_json().reveal());
}

std::string_view SecretObject::text(std::string_view key) const {
  const json::value *value = object().if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

std::string_view SecretObject::text_at(std::string_view pointer) const {
  boost::system::error_code error;
  const json::value *value = value_.find_pointer(pointer, error);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

SecretObject open_input(const SealingKey &key, const ConnectionRecord &connection) {
  const Secret text = key.open({connection.id, input_column}, connection.sealed_input);
  boost::system::error_code error;
  json::value value = json::parse(text.reveal(), error);
  if (error || !value.is_object()) throw unreadable(connection, input_column);
  return SecretObject(std::move(value.get_object()));
}

std::optional<TokenSet> open_tokens(const SealingKey &key, const ConnectionRecord &connection) {
  if (connection.sealed_tokens.empty()) return std::nullopt;
  const Secret text = key.open({connection.id, tokens_column}, connection.sealed_tokens);
  std::optional<TokenSet> tokens = TokenSet::from_json(text.reveal());
  if (!tokens) throw unreadable(connection, tokens_column);
  return tokens;
}

}  // namespace host
