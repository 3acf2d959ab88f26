// application/x-www-form-urlencoded (WHATWG URL section 5), as RFC 6749 appendix B uses it in
// bodies and queries.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

struct FormField {
  std::string name;
  std::string value;
};

// Everything but RFC 3986's unreserved letters becomes %XX; a space becomes %20, which every reader
// takes. [any thread]
std::string form_encoded(std::string_view text);

// "a=1&b=2" in its order, empty parts left out. Nothing when a percent sign is not followed by two
// hexadecimal digits. [any thread]
std::optional<std::vector<FormField>> form_decoded(std::string_view query);

}  // namespace host
