// A request as a person may see it: what a dry run prints. Secrets are masked by the names they
// usually go by, and a request marked CPI_REQUEST_SECRET shows its method and host only.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "http/credential.hpp"
#include "plugins/operation.hpp"

namespace host {

// {"method", "url", "headers": {name: value}, "body": JSON | "body_text": text |
// "body_base64": text}. Where the host would add the credential, in the header or the query that
// `credential` names, there is "***"; its value is not looked at.
boost::json::object request_preview(const SendStep &step, const HttpCredential &credential);

// Whether a header, a member or a parameter of this name usually holds a secret.
bool is_secret_name(std::string_view name);

}  // namespace host
