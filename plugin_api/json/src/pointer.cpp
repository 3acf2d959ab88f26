#include "cpi/json/pointer.hpp"

#include <charconv>
#include <stdexcept>

namespace cpi {

namespace json = boost::json;

namespace {

[[noreturn]] void refuse_pointer(std::string_view where, std::string_view text,
                                 std::string_view why) {
  throw std::invalid_argument(std::string(where) + ": \"" + std::string(text) +
                              "\" is no JSON Pointer: " + std::string(why));
}

const json::value *element(const json::array &list, std::string_view token) noexcept {
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size()) return nullptr;
  return index < list.size() ? &list[index] : nullptr;
}

const json::value *step(const json::value &from, std::string_view token) noexcept {
  if (const auto *object = from.if_object()) return object->if_contains(token);
  if (const auto *list = from.if_array()) return element(*list, token);
  return nullptr;
}

void visit_from(json::value &from, const std::vector<std::string> &tokens, std::size_t at,
                const std::function<void(json::value &)> &visit) {
  if (at == tokens.size()) return visit(from);
  if (tokens[at] == "*") {
    if (auto *list = from.if_array()) {
      for (auto &each : *list) visit_from(each, tokens, at + 1, visit);
    } else if (auto *object = from.if_object()) {
      for (auto &member : *object) visit_from(member.value(), tokens, at + 1, visit);
    }
    return;
  }
  if (const auto *next = step(from, tokens[at])) {
    visit_from(const_cast<json::value &>(*next), tokens, at + 1, visit);
  }
}

}  // namespace

Pointer Pointer::compile(std::string_view text, std::string_view where) {
  Pointer pointer;
  if (text.empty()) return pointer;
  if (text.front() != '/') refuse_pointer(where, text, "it is empty or starts with '/'");
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '/') {
      pointer.tokens_.emplace_back();
    } else if (c == '~') {
      const char escaped = at + 1 < text.size() ? text[at + 1] : '\0';
      if (escaped != '0' && escaped != '1')
        refuse_pointer(where, text, "'~' is followed by 0 or 1");
      pointer.tokens_.back().push_back(escaped == '0' ? '~' : '/');
      ++at;
    } else {
      pointer.tokens_.back().push_back(c);
    }
  }
  return pointer;
}

const json::value *Pointer::find(const json::value &document) const noexcept {
  const auto *at = &document;
  for (const auto &token : tokens_) {
    at = step(*at, token);
    if (at == nullptr) return nullptr;
  }
  return at;
}

const json::value *Pointer::find(const json::object &document) const noexcept {
  if (tokens_.empty()) return nullptr;
  const auto *at = document.if_contains(tokens_.front());
  for (std::size_t i = 1; at != nullptr && i < tokens_.size(); ++i) at = step(*at, tokens_[i]);
  return at;
}

json::value *Pointer::find(json::value &document) const noexcept {
  return const_cast<json::value *>(find(static_cast<const json::value &>(document)));
}

void Pointer::each(json::value &document, const std::function<void(json::value &)> &visit) const {
  visit_from(document, tokens_, 0, visit);
}

bool is_pointer(std::string_view text) noexcept {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '~') continue;
    ++at;
    if (at == text.size() || (text[at] != '0' && text[at] != '1')) return false;
  }
  return true;
}

std::vector<std::string> pointer_tokens(std::string_view pointer) {
  return Pointer::compile(pointer, "").tokens();
}

const json::value *find_at(const json::value &document, std::string_view pointer) {
  return is_pointer(pointer) ? Pointer::compile(pointer, "").find(document) : nullptr;
}

std::string pointer_join(std::string_view base, std::string_view token) {
  std::string joined(base);
  joined.push_back('/');
  for (const char c : token) {
    if (c == '~') {
      joined += "~0";
    } else if (c == '/') {
      joined += "~1";
    } else {
      joined.push_back(c);
    }
  }
  return joined;
}

std::string pointer_join(std::string_view base, std::size_t index) {
  return pointer_join(base, std::to_string(index));
}

}  // namespace cpi
