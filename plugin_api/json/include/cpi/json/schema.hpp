// JSON Schema for inputs: the common part of draft-07 and 2020-12, compiled once. It reports every
// problem at once, in sentences for the person who typed the value.
//
// Not a general validator: `$ref` reaches `#/$defs/...` of the manifest only, and a keyword it does
// not know is refused at compilation rather than ignored at run time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace cpi {

struct Problem {
  std::string pointer;  // of the value, from the document's root; also of a missing or unknown one
  std::string message;  // never shows the value of a writeOnly field
  std::string keyword;  // the schema keyword that was not met
};

class Schema {
 public:
  Schema();  // accepts everything

  // `defs` is the manifest's $defs; `where` the schema's JSON Pointer in the manifest.
  // Throws std::invalid_argument naming the place. [any]
  static Schema compile(const boost::json::value &schema, const boost::json::object &defs,
                        std::string_view where);

  // All problems, in document order; empty when the value fits. [any]
  std::vector<Problem> validate(const boost::json::value &document) const;

  // Whether any field of it is writeOnly.
  bool has_secrets() const noexcept;

  struct Graph;

 private:
  std::shared_ptr<const Graph> graph_;
};

// [{"pointer": ..., "message": ..., "keyword": ...}, ...], as the `details` of an error have them.
std::string problems_json(std::span<const Problem> problems);

}  // namespace cpi
