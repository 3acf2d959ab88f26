#include "base/secret.hpp"

#include <sodium.h>

#include <utility>

namespace host {

void wipe(std::string &text) noexcept {
  text.resize(text.capacity());  // no reallocation: also wipes data from before a shrink
  sodium_memzero(text.data(), text.size());
  text.clear();
}

void wipe(boost::json::value &value) noexcept {
  if (auto *text = value.if_string()) {
    sodium_memzero(text->data(), text->size());
  } else if (auto *array = value.if_array()) {
    for (auto &element : *array) wipe(element);
  } else if (auto *object = value.if_object()) {
    for (auto &member : *object) wipe(member.value());
  }
}

Secret Secret::take(std::string &&text) noexcept {
  Secret out;
  out.text_ = std::move(text);
  wipe(text);  // a short text was copied, not moved
  return out;
}

Secret::Secret(Secret &&other) noexcept : text_(std::move(other.text_)) {
  wipe(other.text_);  // a short text was copied, not moved
}

Secret &Secret::operator=(const Secret &other) {
  if (this == &other) return *this;
  wipe(text_);
  text_ = other.text_;
  return *this;
}

Secret &Secret::operator=(Secret &&other) noexcept {
  if (this == &other) return *this;
  wipe(text_);
  text_ = std::move(other.text_);
  wipe(other.text_);
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

bool Secret::operator==(const Secret &other) const noexcept {
  return text_.size() == other.text_.size() &&
         sodium_memcmp(text_.data(), other.text_.data(), text_.size()) == 0;
}

}  // namespace host
