// JSON -> YAML in block style, written so that every YAML 1.1 and 1.2 parser reads the same values.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace cpi::manifest {

// Deterministic: the same value gives the same bytes, members keep their order. read_yaml() gives
// the value back. Strings must be UTF-8. [any]
[[nodiscard]] std::string write_yaml(const boost::json::value &value);

}  // namespace cpi::manifest
