// Compresses answers if the client accepts it and it pays off: the UI's scripts and long lists, for
// clients on other machines.
#pragma once

#include "inbound/http_message.hpp"

namespace host::inbound {

// Compresses the body with gzip if the request's Accept-Encoding names it and the body is text of
// at least a kilobyte that is not encoded yet. Streams are not compressed. [any thread]
void compress_for(const IncomingRequest &request, HttpAnswer &answer);

}  // namespace host::inbound
