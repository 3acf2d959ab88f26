// Values of a document by JSON Pointer (RFC 6901), read and written.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace model {

namespace json = boost::json;

using Tokens = std::vector<std::string>;
Tokens tokens_of(std::string_view pointer);

// Null when nothing is there.
const json::value *find(const json::value &document, const Tokens &tokens);
const json::value *find(const json::value &document, std::string_view pointer);

// Makes the objects on the way. With no tokens it is the document itself.
void put(json::value &document, const Tokens &tokens, json::value value);

// A number, text or bool as text: 12 and "12" are the same.
std::string text_of(const json::value &value);

}  // namespace model
