// A form's fields in words: one row for each field, as a table shows it.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {

struct FieldRow {
  std::string name;    // its title; behind those of the objects it is in
  std::string value;   // what can be entered: "text", "one of: HTML, A template"
  std::string needed;  // "yes", "when Content is HTML", or nothing
  std::string about;   // description, limits and default
};

struct FormText {
  std::vector<FieldRow> rows;
  // Fields of which one is needed, when it does not matter which: "Mailing lists", "Segment".
  std::vector<std::string> either;
};

// `schema` is the input of an operation of `manifest`, which passed check(). Plain text. [any]
[[nodiscard]] FormText describe_form(const boost::json::value &schema,
                                     const boost::json::object &manifest);

// The titles of the fields that an output has; empty where it does not say. [any]
[[nodiscard]] std::vector<std::string> field_titles(const boost::json::value &schema,
                                                    const boost::json::object &manifest);

// "a, b and c". [any]
[[nodiscard]] std::string enumerate(const std::vector<std::string> &words,
                                    std::string_view last = "and");

}  // namespace cpi::manifest
