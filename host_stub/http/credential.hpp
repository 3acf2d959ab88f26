// What proves to a service whose request it is, and where on the request it goes. It is kept beside
// a request's URL and headers, never in them, so that whatever shows a request cannot show it.
#pragma once

#include <cstdint>
#include <string>

namespace host {

struct HttpCredential {
  enum class Place : std::uint8_t {
    none,
    header,  // a header field (RFC 9110, section 5)
    query,   // a member of the URL's query: NAME=VALUE
  };
  Place place = Place::none;
  std::string name;   // of the header field or the query member
  std::string value;  // the whole field value; of a query member, percent-encoded
};

}  // namespace host
