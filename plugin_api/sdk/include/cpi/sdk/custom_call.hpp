// "Custom API call": calls any endpoint of the service with the connection's credentials, except
// those that the manifest's limitations name.
//
// The check normalises the path: it decodes every spelling that a server on the way might decode. A
// path that could be read in two ways is refused.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cpi/sdk/connector.hpp"

namespace cpi {

// The limitations[].paths of a manifest, compiled.
class PathLimits {
 public:
  PathLimits();
  // Throws std::invalid_argument naming the place. [any]
  static PathLimits compile(const boost::json::object &manifest);

  // Throws Failure limitation if a limitation covers the call. `path` need not be normalised.
  void check(std::string_view method, std::string_view path) const;

  // True if a limitation refuses to read what is at `path`. What a write there answers is cut: the
  // record that it returns cannot be read either. [any]
  bool withholds(std::string_view path) const;

  struct Table;

 private:
  std::shared_ptr<const Table> table_;
};

// The path in lower case, fully percent-decoded, with one slash between segments, no dot segments,
// no `;parameters`, no trailing slash. Throws Failure invalid_input for a path that leads above the
// root, or has control characters, a scheme, a host, or malformed UTF-8.
std::string normal_path(std::string_view path);

// The handler of an action whose input is {method, path, query?, headers?, body?} and whose output
// is {status, headers, body}. Register it: connector.on_action("custom_call",
// custom_call(manifest)). A non-2xx answer fails as in any other action, with {status, headers,
// body} as details. Of the answer to a write where a limitation withholds what is there, only the
// IDs and the plain members beside the record are given, with a note.
Handler custom_call(const boost::json::object &manifest);

}  // namespace cpi
