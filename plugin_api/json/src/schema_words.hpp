// The phrases that sentences about values are made of.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "schema_graph.hpp"

namespace cpi {

// In double quotes, and cut where it is long.
std::string quoted_text(std::string_view text);

// A value as it would be typed; only the kind of what is too large for a sentence.
std::string shown_value(const boost::json::value &value);
// "the text "x"", "a list"; without the value itself where that is a secret.
std::string shown_kind(const boost::json::value &value, bool secret);

// After "must be ": "a whole number or text".
std::string type_phrase(unsigned types);

// "a, b or c".
std::string joined_words(const std::vector<std::string> &parts, std::string_view last_link);
// "1 item", "2 items".
std::string counted_words(std::size_t count, std::string_view one, std::string_view many);

// The property whose name is nearest to one that is not known; null when none is near.
const SchemaNode::Named *nearest_property(const SchemaNode &node, std::string_view name);

}  // namespace cpi
