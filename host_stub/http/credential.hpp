// The credential of a request, and where on the request it is sent. It is kept apart from the
// request's URL and headers, so that code that shows a request cannot show it.
#pragma once

#include <cstdint>
#include <string>

namespace host {

struct HttpCredential {
  enum class Place : std::uint8_t {
    none,
    header,  // a header field (RFC 9110, section 5)
    query,   // a parameter of the URL's query: NAME=VALUE
  };
  Place place = Place::none;
  std::string name;   // of the header field or query parameter
  std::string value;  // the whole field value; of a query parameter, percent-encoded
};

}  // namespace host
