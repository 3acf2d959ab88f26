// What of an answer may leave this machine.
//
// 1. Of a value: its kind, a class of its size, and for a text its format (text_format.hpp). Never
//    the value, a part of it, or a hash of it.
// 2. Of a list: the number of its elements, one shape for all of them, and of each member whether
//    it grows or shrinks from element to element.
// 3. Of an object: its members by name, but only names that the manifest itself contains. A name
//    can be data (a list of people by address, a field that a user has named), so any other becomes
//    a format in braces, such as {email}, and members with the same one share a shape.
//
// So nothing that the service sent is copied except names that are public already.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace host {

// The names that a manifest contains: members, and the tokens of its pointers.
class Vocabulary {
 public:
  explicit Vocabulary(const boost::json::object &manifest);
  bool knows(std::string_view name) const { return names_.contains(name); }
  // The name as it may be shown: itself, or its format in braces. [any]
  std::string shown(std::string_view name) const;

  // Texts of the manifest's own that may be told where an answer has them as a value.
  void add_own_texts(std::span<const std::string> texts) {
    own_.insert(texts.begin(), texts.end());
  }
  bool is_own(std::string_view text) const { return own_.contains(text); }

 private:
  void add(const boost::json::value &value);

  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> own_;
};

// {"kinds": [...]}, one of these for each kind of value at this place, with its "count":
//   {"kind": "null" | "boolean"}
//   {"kind": "integer" | "decimal", "digits": class, "negative"?: true}
//   {"kind": "text", "format", "length": class, "fraction"?: true, "value"?: the probe's own}
//   {"kind": "object", "members": {name: shape}}
//   {"kind": "list", "least", "most", "elements"?: shape, "order"?: {name: "ascending" |
//    "descending" | "equal"}}; "order" only where there is a single list, and with "a/b" for b in a
boost::json::object shape_of(const boost::json::value &value, const Vocabulary &vocabulary);

// What `judge` calls the type of a value: "null", "boolean", "integer", "decimal", "text", "list",
// "object". [any]
std::string_view type_name(const boost::json::value &value) noexcept;

}  // namespace host
