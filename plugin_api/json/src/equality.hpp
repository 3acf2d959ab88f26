// When JSON Schema takes two values for the same: 1 and 1.0 are one number, and the order of an
// object's members says nothing.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace cpi {

// Below, at or above 0, as `a` is to `b`. Both are numbers; 64-bit integers are compared exactly,
// whatever the other is kept as.
int compare_numbers(const boost::json::value &a, const boost::json::value &b);

bool same_json(const boost::json::value &a, const boost::json::value &b);

// A text that two values share exactly when they are the same.
std::string canonical_json(const boost::json::value &value);

bool is_whole_number(const boost::json::value &value);
bool is_multiple_of(const boost::json::value &value, const boost::json::value &step);

}  // namespace cpi
