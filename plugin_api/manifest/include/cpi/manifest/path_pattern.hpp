// The path patterns of `limitations[].paths`: "{}" stands for one segment, "{*}" for any rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cpi::manifest {

// A request path as servers may read it: percent-escapes of unreserved characters and of "/" and
// "." decoded (repeatedly), "." and ".." resolved, repeated and trailing slashes removed, the query
// dropped, letters lowered. Nothing when it climbs above the root, has a backslash, a control
// character or a broken escape. RFC 3986 section 6.2.2. [any]
[[nodiscard]] std::optional<std::string> normalize_path(std::string_view path);

// `path` must be normalised. [any]
[[nodiscard]] bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace cpi::manifest
