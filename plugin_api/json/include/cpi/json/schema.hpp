// JSON Schema: the common part of draft-07 and 2020-12, compiled once. The one validator of
// plugins, of hosts and of the build: the same wrong value gets the same sentences from each of
// them. They are for the person who typed the value.
//
// Not a general validator: a keyword that it does not know is refused at compilation rather than
// ignored at run time.
//
// An untrusted value costs time and memory in proportion to its size: patterns do not backtrack,
// equal items are found through a set, and of many violations only the first hundred are written
// out.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace cpi {

// One way in which a value does not fit.
struct Violation {
  std::string pointer;  // of the value, from the document's root; also of a missing or unknown one
  std::string message;  // a sentence; never shows the value of a writeOnly field
  std::string keyword;  // the schema keyword that was not met
};

struct Violations {
  static constexpr std::size_t most_listed = 100;

  std::vector<Violation> listed;  // in document order, the first `most_listed`
  std::size_t others = 0;         // how many more there are

  bool empty() const noexcept { return listed.empty(); }
  std::size_t count() const noexcept { return listed.size() + others; }
};

// What is wrong in one sentence: the violation itself when it is the only one, else their number.
// `what`: how the document is called, as for Schema::validate. Not for an empty list. [any]
std::string summary_of(const Violations &violations, std::string_view what = "The input");

// [{"pointer": ..., "message": ..., "keyword": ...}, ...], as the `details` of an error have it;
// the last entry says how many are not listed, where that is so. [any]
boost::json::array details_of(const Violations &violations);

// A schema that cannot be compiled. what() is "<place>: <why>".
struct SchemaError : std::invalid_argument {
  SchemaError(std::string at, std::string of, std::string reason);

  std::string place;    // JSON Pointer
  std::string keyword;  // may be empty
  std::string why;
};

// Formats and encodings that this library cannot check.
enum class UnknownFormats { refused, ignored };

class Schema {
 public:
  Schema();  // accepts everything

  // A schema inside of a manifest. `defs` is the manifest's $defs, which `$ref` reaches as
  // "#/$defs/..."; `where` the schema's JSON Pointer in the manifest. Throws SchemaError. [any]
  static Schema compile(const boost::json::value &schema, const boost::json::object &defs,
                        std::string_view where, UnknownFormats unknown = UnknownFormats::refused);

  // Why compile() with the same arguments would throw, place by place; empty when it would not.
  // [any]
  static std::vector<SchemaError> errors_in(const boost::json::value &schema,
                                            const boost::json::object &defs, std::string_view where,
                                            UnknownFormats unknown = UnknownFormats::refused);

  // A schema that stands alone: `$ref` reaches any place in it ("#", "#/..."), and `definitions`,
  // `$defs`, `dependencies` and a `$id` at its root are known. Throws SchemaError. [any]
  static Schema compile_document(const boost::json::value &document,
                                 UnknownFormats unknown = UnknownFormats::ignored);

  // Empty when the value fits. `what` is how the sentences call the whole document. [any]
  Violations validate(const boost::json::value &document,
                      std::string_view what = "The input") const;

  // Whether any field of it is writeOnly.
  bool has_secrets() const noexcept;

  struct Graph;

 private:
  std::shared_ptr<const Graph> graph_;
};

}  // namespace cpi
