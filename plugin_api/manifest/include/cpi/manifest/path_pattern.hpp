// The path patterns of `limitations` and `omissions`: "{}" matches one segment, "{*}" any rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cpi::manifest {

// A request path as the most lenient server would read it: escapes decoded until none is left, "."
// and ".." resolved, empty segments, ";parameters" and the query removed, letters in lower case.
// Empty if it leads above the root or has a backslash, a control character or a malformed escape.
// For comparison only; never send the result. RFC 3986, section 6.2.2. [any]
[[nodiscard]] std::optional<std::string> normalize_path(std::string_view path);

// `path` must be normalised; "{*}" also matches an empty rest. [any]
[[nodiscard]] bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace cpi::manifest
