// Bodies with content multipart (RFC 7578).
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace cpi {

struct Multipart {
  std::string body;
  std::string boundary;
};

// The boundary is a digest of the content, so the same input gives the same request. A member that
// is {"filename": text, "content": base64 text, "content_type"?: text}, or a list of such objects,
// is sent as files. Throws Failure invalid_input.
Multipart multipart(const boost::json::object &members);

// True if the text may be part of a header's value.
bool is_header_text(std::string_view text);

}  // namespace cpi
