// Input fields that nothing reads: whoever fills one in believes that it is used.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/language/placement.hpp"
#include "findings.hpp"

namespace cpi::manifest {

// M333. `reads`: of all templates of the operation. `member` is the part of the templates' scope
// that holds the input ("input" in triggers), or empty. Operations with a handler are left out:
// what it reads is in its code.
void check_unread_input(Findings &findings, const boost::json::object &operation,
                        const std::string &pointer, std::string_view member,
                        const std::vector<Read> &reads);

}  // namespace cpi::manifest
