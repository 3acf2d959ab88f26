#include "json_place.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstddef>
#include <utility>

namespace model {

Tokens tokens_of(std::string_view pointer) {
  Tokens tokens;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    std::string token;
    while (!pointer.empty() && pointer.front() != '/') {
      if (pointer.starts_with("~1") || pointer.starts_with("~0")) {
        token += pointer[1] == '1' ? '/' : '~';
        pointer.remove_prefix(2);
      } else {
        token += pointer.front();
        pointer.remove_prefix(1);
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

const json::value *find(const json::value &document, const Tokens &tokens) {
  const json::value *at = &document;
  for (const std::string &token : tokens) {
    if (const json::object *object = at->if_object()) {
      at = object->if_contains(token);
    } else if (const json::array *array = at->if_array()) {
      std::size_t index = array->size();
      std::from_chars(token.data(), token.data() + token.size(), index);
      at = index < array->size() ? &(*array)[index] : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

const json::value *find(const json::value &document, std::string_view pointer) {
  return find(document, tokens_of(pointer));
}

void put(json::value &document, const Tokens &tokens, json::value value) {
  json::value *at = &document;
  for (const std::string &token : tokens) {
    if (!at->is_object()) at->emplace_object();
    at = &at->get_object()[token];
  }
  *at = std::move(value);
}

std::string text_of(const json::value &value) {
  const json::string *text = value.if_string();
  return text != nullptr ? std::string(text->data(), text->size()) : json::serialize(value);
}

}  // namespace model
