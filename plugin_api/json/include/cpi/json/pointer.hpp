// JSON Pointer (RFC 6901), parsed once. A `*` token, where allowed, matches every element of a list
// or every member of an object.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace cpi {

class Pointer {
 public:
  Pointer() = default;  // the whole document

  // `text` is "" or starts with '/'. `where` is its place in the manifest, for the error message.
  // Throws std::invalid_argument.
  static Pointer compile(std::string_view text, std::string_view where);

  // The value there, or null. A `*` token is taken literally.
  const boost::json::value *find(const boost::json::value &document) const noexcept;
  const boost::json::value *find(const boost::json::object &document) const noexcept;
  boost::json::value *find(boost::json::value &document) const noexcept;

  // Calls `visit` for every value that this matches; `*` matches all.
  void each(boost::json::value &document,
            const std::function<void(boost::json::value &)> &visit) const;

  bool whole() const noexcept { return tokens_.empty(); }
  const std::vector<std::string> &tokens() const noexcept { return tokens_; }

 private:
  std::vector<std::string> tokens_;
};

// True when `text` is "" or starts with '/', and has only the escapes ~0 and ~1. [any]
bool is_pointer(std::string_view text) noexcept;

// The tokens of a pointer. Throws std::invalid_argument if it is malformed. [any]
std::vector<std::string> pointer_tokens(std::string_view pointer);

// The value at `pointer` in `document`; null if there is none or the pointer is malformed. [any]
const boost::json::value *find_at(const boost::json::value &document, std::string_view pointer);
// An object or array would become a value that ends with the call, and the result would point into
// it.
const boost::json::value *find_at(const boost::json::value &&, std::string_view) = delete;

// `base` with one more token, escaped.
std::string pointer_join(std::string_view base, std::string_view token);
std::string pointer_join(std::string_view base, std::size_t index);

}  // namespace cpi
