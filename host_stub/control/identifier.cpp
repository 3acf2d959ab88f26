#include "control/identifier.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>
#include <vector>

#include "cpi/manifest/manifest.hpp"

namespace host {

namespace json = boost::json;

std::string new_id(std::string_view prefix) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648, section 6
  if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of randomness");
  std::array<unsigned char, 16> random{};
  randombytes_buf(random.data(), random.size());
  std::string out(prefix);
  for (const unsigned char byte : random) out += letters[byte & 31u];
  return out;
}

std::string canonical_json(const json::value &value) {
  if (const json::array *array = value.if_array()) {
    std::string out = "[";
    for (const json::value &element : *array) {
      if (out.size() > 1) out += ',';
      out += canonical_json(element);
    }
    return out + ']';
  }
  if (const json::object *object = value.if_object()) {
    std::vector<const json::key_value_pair *> members;
    for (const json::key_value_pair &member : *object) members.push_back(&member);
    std::ranges::sort(members, {}, [](const json::key_value_pair *member) {
      return std::string_view(member->key());
    });
    std::string out = "{";
    for (const json::key_value_pair *member : members) {
      if (out.size() > 1) out += ',';
      out += json::serialize(json::string(member->key())) + ':' + canonical_json(member->value());
    }
    return out + '}';
  }
  return json::serialize(value);
}

std::string json_hash(const json::value &value) {
  return cpi::manifest::to_hex(cpi::manifest::sha256(canonical_json(value)));
}

std::string config_hash(std::string_view trigger, const json::value &input,
                        std::int64_t dedupe_version) {
  return json_hash(json::array{trigger, input, dedupe_version});
}

}  // namespace host
