// Name and value pairs as text: of a query, and of bodies of the content form.
#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace cpi {

// Calls `take` for each name and value as PHP reads them: a list is name[]=, an object
// name[member]=. Null is left out.
void flatten(const std::string &name, const boost::json::value &value,
             const std::function<void(const std::string &, const boost::json::value &)> &take);

// PHP's frameworks take 1 and 0 for true and false in a query or a form, and refuse the words. For
// scalars.
std::string form_text(const boost::json::value &value);

// application/x-www-form-urlencoded.
std::string url_encoded(const boost::json::object &pairs);

}  // namespace cpi
