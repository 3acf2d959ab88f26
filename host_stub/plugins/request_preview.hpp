// A request in a form that may be shown: the output of a dry run. Secrets are masked by their usual
// names, and a request marked CPI_REQUEST_SECRET shows only its method and host.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "http/credential.hpp"
#include "plugins/operation.hpp"

namespace host {

// {"method", "url", "headers": {name: value}, "body": JSON | "body_text": text | "body_base64":
// text}. The header or query parameter that `credential` names is shown as "***"; the credential's
// value is not used.
boost::json::object request_preview(const SendStep &step, const HttpCredential &credential);

// True if a header, member or parameter with this name usually holds a secret.
bool is_secret_name(std::string_view name);

}  // namespace host
