// Ids of connections and triggers, and the hash that identifies a trigger configuration.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace host {

// `prefix` and 16 random lower-case base32 characters (80 bits): "con_4tq2...".
std::string new_id(std::string_view prefix);

// The canonical text of a JSON value: members sorted by name, no spaces. Equal values give equal
// texts.
std::string canonical_json(const boost::json::value &value);

// SHA-256 in hex of a canonical JSON value: identifies the input of an idempotency key.
std::string json_hash(const boost::json::value &value);

// Hash of a trigger's manifest id, its input and the manifest's dedupe version. If it changes, the
// cursor is no longer valid.
std::string config_hash(std::string_view trigger, const boost::json::value &input,
                        std::int64_t dedupe_version);

}  // namespace host
