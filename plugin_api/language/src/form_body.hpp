// Name and value pairs as text, for queries and for bodies with content form.
#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace cpi {

// Calls `take` for each name and value as PHP parses them: a list is name[]=, an object
// name[member]=. Null is omitted.
void flatten(const std::string &name, const boost::json::value &value,
             const std::function<void(const std::string &, const boost::json::value &)> &take);

// A scalar as text. Booleans become 1 and 0: PHP frameworks refuse the words true and false in a
// query or a form.
std::string form_text(const boost::json::value &value);

// application/x-www-form-urlencoded.
std::string url_encoded(const boost::json::object &pairs);

}  // namespace cpi
