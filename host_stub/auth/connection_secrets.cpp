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
// Beside the members of the input, where versions that do not know it pass over it.
constexpr std::string_view endpoints_member = "connector-host:endpoints";

SealError unreadable(const ConnectionRecord &connection, std::string_view column) {
  return {SealError::Kind::damaged, "the sealed " + std::string(column) + " of connection " +
                                        connection.id +
                                        " is not in a form this version reads. Connect the account "
                                        "again."};
}

// The input as it was sealed, with the addresses in it.
SecretObject open_whole_input(const SealingKey &key, const ConnectionRecord &connection) {
  const Secret text = key.open({connection.id, input_column}, connection.sealed_input);
  boost::system::error_code error;
  json::value value = json::parse(text.reveal(), error);
  if (error || !value.is_object()) throw unreadable(connection, input_column);
  return SecretObject(std::move(value.get_object()));
}

std::optional<SealedEndpoints> endpoints_in(const SecretObject &whole,
                                            const ConnectionRecord &connection) {
  const json::value *member = whole.object().if_contains(endpoints_member);
  if (member == nullptr) return std::nullopt;
  auto endpoints = SealedEndpoints::from_json(*member);
  if (!endpoints) throw unreadable(connection, input_column);
  return endpoints;
}

}  // namespace

std::string new_connection_id() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string id = "con_";
  for (int i = 0; i < 20; ++i)
    id += letters[randombytes_uniform(static_cast<std::uint32_t>(letters.size()))];
  return id;
}

Bytes seal_input(const SealingKey &key, std::string_view connection_id, const json::object &input,
                 const SealedEndpoints &endpoints) {
  json::object whole = input;
  whole[endpoints_member] = endpoints.to_json();
  const SecretObject wiped(std::move(whole));
  std::string text = json::serialize(wiped.value());
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

SecretObject SecretObject::without(std::string_view key) && {
  value_.get_object().erase(key);
  return std::move(*this);
}

SecretObject open_input(const SealingKey &key, const ConnectionRecord &connection) {
  return open_whole_input(key, connection).without(endpoints_member);
}

std::optional<SealedEndpoints> open_endpoints(const SealingKey &key,
                                              const ConnectionRecord &connection) {
  return endpoints_in(open_whole_input(key, connection), connection);
}

std::optional<TokenSet> open_tokens(const SealingKey &key, const ConnectionRecord &connection) {
  if (connection.sealed_tokens.empty()) return std::nullopt;
  const Secret text = key.open({connection.id, tokens_column}, connection.sealed_tokens);
  std::optional<TokenSet> tokens = TokenSet::from_json(text.reveal());
  if (!tokens) throw unreadable(connection, tokens_column);
  return tokens;
}

ConnectionSecrets open_secrets(const SealingKey &key, const ConnectionRecord &connection) {
  SecretObject whole = open_whole_input(key, connection);
  ConnectionSecrets secrets;
  secrets.endpoints = endpoints_in(whole, connection);
  secrets.input = std::move(whole).without(endpoints_member);
  if (secrets.endpoints)
    if (const std::string changed = secrets.endpoints->changed_in(connection); !changed.empty())
      throw SealError(SealError::Kind::endpoints,
                      changed +
                          " of this connection was changed in the database, not by "
                          "connector-host; its secrets were not sent anywhere");
  secrets.tokens = open_tokens(key, connection);
  if (secrets.endpoints && secrets.tokens && !secrets.tokens->token_url.empty() &&
      secrets.tokens->token_url != secrets.endpoints->token_url)
    throw tokens_from_elsewhere();
  return secrets;
}

SealError tokens_from_elsewhere() {
  return {
      SealError::Kind::endpoints,
      "the tokens of this connection come from another token address than the one its keys were "
      "entered for: the database was changed, but not by connector-host; neither was sent "
      "anywhere"};
}

}  // namespace host
