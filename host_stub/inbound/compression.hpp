// Answers go out compressed where the client takes that and it is worth it: the UI's scripts and
// long lists, for those who are not on this machine.
#pragma once

#include "inbound/http_message.hpp"

namespace host::inbound {

// Compresses the body with gzip, when the request's Accept-Encoding names it, the body is text of a
// kilobyte at least, and nobody has encoded it yet. Streams stay as they are. [any thread]
void compress_for(const IncomingRequest &request, HttpAnswer &answer);

}  // namespace host::inbound
