// What an embedded schema says about the place that a pointer names, without any value at hand.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {

// Follows $ref; null when it leads nowhere or in a circle.
[[nodiscard]] const boost::json::value *dereference(const boost::json::value *schema,
                                                    const boost::json::object &defs);

struct Spot {
  enum class Kind {
    missing,  // no value that fits can have anything there
    open,     // something may be there, but the schema does not say what
    found
  };
  Kind kind = Kind::missing;
  std::vector<const boost::json::value *> schemas;  // dereferenced; all that apply there
  bool required = true;                             // at every step
  bool secret = false;                              // writeOnly at any step
};

// Where `tokens` lead from a value that all of `schemas` apply to. "*" is any element or member.
[[nodiscard]] Spot find_spot(std::span<const boost::json::value *const> schemas,
                             std::span<const std::string> tokens, const boost::json::object &defs);

// The elements of the lists that a spot may be.
[[nodiscard]] Spot elements_of(const Spot &spot, const boost::json::object &defs);

// True when a value of this type ("string", ...) may fit; absence of "type" allows all.
[[nodiscard]] bool allows_type(const boost::json::value &schema, std::string_view type);

}  // namespace cpi::manifest
