// JSON Schema: the common subset of draft-07 and 2020-12, compiled once. Plugins, hosts and the
// build share this validator, so the same invalid value gets the same messages everywhere. Messages
// are written for the person who entered the value.
//
// Not a general validator: an unknown keyword is an error at compilation, not ignored at run time.
//
// The cost of an untrusted value is proportional to its size: patterns do not backtrack, equal
// items are found through a set, and only the first hundred violations are listed.
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

// One violation of the schema.
struct Violation {
  std::string pointer;  // of the value, from the root; also of a missing or unknown member
  std::string message;  // a sentence; never contains the value of a writeOnly field
  std::string keyword;  // the violated keyword of the schema
};

struct Violations {
  static constexpr std::size_t most_listed = 100;

  std::vector<Violation> listed;  // in document order, the first `most_listed`
  std::size_t others = 0;         // number of further violations

  bool empty() const noexcept { return listed.empty(); }
  std::size_t count() const noexcept { return listed.size() + others; }
};

// A summary in one sentence: the violation if there is only one, else their number. `what` names
// the document, as in Schema::validate. `violations` must not be empty. [any]
std::string summary_of(const Violations &violations, std::string_view what = "The input");

// [{"pointer": ..., "message": ..., "keyword": ...}, ...], for the `details` of an error. If some
// are not listed, the last entry says how many. [any]
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

  // Compiles a schema inside a manifest. `defs` is the manifest's $defs, which `$ref` refers to as
  // "#/$defs/..."; `where` is the schema's JSON Pointer in the manifest. Throws SchemaError. [any]
  static Schema compile(const boost::json::value &schema, const boost::json::object &defs,
                        std::string_view where, UnknownFormats unknown = UnknownFormats::refused);

  // All errors for which compile() with the same arguments would throw; empty if it would not.
  // [any]
  static std::vector<SchemaError> errors_in(const boost::json::value &schema,
                                            const boost::json::object &defs, std::string_view where,
                                            UnknownFormats unknown = UnknownFormats::refused);

  // Compiles a self-contained schema: `$ref` may refer to any place in it ("#", "#/..."), and
  // `definitions`, `$defs`, `dependencies` and a `$id` at its root are supported. Throws
  // SchemaError. [any]
  static Schema compile_document(const boost::json::value &document,
                                 UnknownFormats unknown = UnknownFormats::ignored);

  // Empty if the value is valid. `what` is the name of the whole document in messages. [any]
  Violations validate(const boost::json::value &document,
                      std::string_view what = "The input") const;

  // True if any field is writeOnly.
  bool has_secrets() const noexcept;

  struct Graph;

 private:
  std::shared_ptr<const Graph> graph_;
};

}  // namespace cpi
