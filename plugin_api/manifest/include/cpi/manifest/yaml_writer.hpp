// Writes JSON as block-style YAML that every YAML 1.1 and 1.2 parser reads alike.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace cpi::manifest {

// Deterministic: the same value gives the same bytes; members keep their order. read_yaml()
// restores the value. Strings must be UTF-8. [any]
[[nodiscard]] std::string write_yaml(const boost::json::value &value);

}  // namespace cpi::manifest
