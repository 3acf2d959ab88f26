#include "schema_words.hpp"

#include <algorithm>
#include <array>

#include "cpi/json/number.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

struct TypePhrase {
  unsigned bit;
  std::string_view phrase;
};

constexpr std::array type_phrases{
    TypePhrase{type_null, "null"},
    TypePhrase{type_boolean, "true or false"},
    TypePhrase{type_integer, "a whole number"},
    TypePhrase{type_number, "a number"},
    TypePhrase{type_string, "text"},
    TypePhrase{type_array, "a list"},
    TypePhrase{type_object, "an object"},
};

// Edits between two names, of which swapping neighbours is one.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> row(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) row[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) row[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[i][j] = std::min({row[i - 1][j] + 1, row[i][j - 1] + 1, row[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[i][j] = std::min(row[i][j], row[i - 2][j - 2] + 1);
      }
    }
  }
  return row[a.size()][b.size()];
}

// Names compared without regard to case and separators: listId, list-id and list_id are one.
std::string squeezed_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == ' ') continue;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
  }
  return out;
}

}  // namespace

std::string quoted_text(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out = "\"";
  if (text.size() <= longest) {
    out += text;
  } else {
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    out += text.substr(0, end);
    out += "...";
  }
  return out + "\"";
}

std::string shown_value(const json::value &value) {
  if (const auto *text = value.if_string()) return quoted_text(*text);
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  if (value.is_null()) return "null";
  return *scalar_text(value);
}

std::string shown_kind(const json::value &value, bool secret) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
    case json::kind::bool_:
      return secret ? "true or false" : shown_value(value);
    case json::kind::string:
      return secret ? "text" : "the text " + shown_value(value);
    default:
      return secret ? "a number" : "the number " + shown_value(value);
  }
}

std::string joined_words(const std::vector<std::string> &parts, std::string_view last_link) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? std::string(last_link) : ", ";
    out += parts[i];
  }
  return out;
}

std::string counted_words(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string type_phrase(unsigned types) {
  std::vector<std::string> phrases;
  for (const auto &each : type_phrases) {
    if ((types & each.bit) != 0) phrases.emplace_back(each.phrase);
  }
  return joined_words(phrases, " or ");
}

const SchemaNode::Named *nearest_property(const SchemaNode &node, std::string_view name) {
  constexpr std::size_t longest = 64;
  if (name.size() > longest) return nullptr;
  const auto wanted = squeezed_name(name);
  const SchemaNode::Named *best = nullptr;
  std::size_t least = std::max<std::size_t>(1, wanted.size() / 3);
  for (const auto &each : node.properties) {
    if (each.node->nothing_fits) continue;
    const auto edits = edits_between(wanted, squeezed_name(each.name));
    if (edits < least || (edits == least && best == nullptr)) {
      least = edits;
      best = &each;
    }
  }
  return best;
}

}  // namespace cpi
