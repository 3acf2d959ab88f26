// The path patterns of `limitations[].paths`: "{}" stands for one segment, "{*}" for any rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cpi::manifest {

// A request path as the most lenient server would read it: escapes decoded until none is left, "."
// and ".." resolved, empty segments, ";parameters" and the query dropped, letters lowered. Nothing
// when it climbs above the root or has a backslash, a control character or a broken escape. For
// comparing only; never send the result. RFC 3986, section 6.2.2. [any]
[[nodiscard]] std::optional<std::string> normalize_path(std::string_view path);

// `path` must be normalised; "{*}" also stands for no rest at all. [any]
[[nodiscard]] bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace cpi::manifest
