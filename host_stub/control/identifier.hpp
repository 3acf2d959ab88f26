// Ids of connections and triggers, and the hash that tells one trigger configuration from another.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace host {

// `prefix` and 16 random lower-case base32 characters (80 bits): "con_4tq2...".
std::string new_id(std::string_view prefix);

// A JSON value in one form only: members sorted by name, no spaces. Equal values, equal texts.
std::string canonical_json(const boost::json::value &value);

// SHA-256 in hex of a canonical JSON value: what an idempotency key was used with.
std::string json_hash(const boost::json::value &value);

// Of what makes a trigger instance another one: its manifest id, its input and the manifest's
// dedupe version. When it changes, the cursor means nothing any more.
std::string config_hash(std::string_view trigger, const boost::json::value &input,
                        std::int64_t dedupe_version);

}  // namespace host
