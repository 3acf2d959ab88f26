// "Custom API call": any endpoint of the service with the connection's credentials, except what the
// manifest's limitations name.
//
// The check works on a normal form of the path, reached by undoing every spelling that some server
// on the way might undo too; a path that could be read in two ways is refused, not guessed at.
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

  // Throws Failure limitation when a limitation covers the call. `path` may be spelled in any way.
  void check(std::string_view method, std::string_view path) const;

  struct Table;

 private:
  std::shared_ptr<const Table> table_;
};

// Lower case, percent-decoded to the end, one slash between segments, no dot segments, no
// `;parameters`, no trailing slash. Throws Failure invalid_input for a path that climbs above the
// root, or has control characters, a scheme, a host, or malformed UTF-8.
std::string normal_path(std::string_view path);

// The handler of an action whose input is {method, path, query?, headers?, body?} and whose output
// is {status, headers, body}. Register it: connector.on_action("custom_call",
// custom_call(manifest)). A non-2xx answer fails as of any other action, with {status, headers,
// body} as details.
Handler custom_call(const boost::json::object &manifest);

}  // namespace cpi
