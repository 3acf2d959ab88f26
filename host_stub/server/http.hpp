// Builds JSON answers and redirects.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "inbound/http_message.hpp"

namespace host::server {

using inbound::HttpAnswer;
using inbound::IncomingRequest;

HttpAnswer json_answer(int status, const boost::json::value &body);
HttpAnswer redirect_to(std::string location);  // 303

}  // namespace host::server
