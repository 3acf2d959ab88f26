#include "plugins/outcome.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

namespace host {

namespace json = boost::json;

std::string OperationError::to_json() const {
  json::object out;
  out["class"] = name(error_class);
  out["fault"] = name(fault);
  out["message"] = message;
  if (!advice.empty()) out["advice"] = advice;
  if (!details.empty()) {
    boost::system::error_code not_json;
    json::value value = json::parse(details, not_json);
    out["details"] = not_json ? json::value(details) : std::move(value);
  }
  if (http_status != 0) out["http_status"] = http_status;
  if (vendor_code != 0) out["vendor_code"] = vendor_code;
  if (retry_after.count() > 0) out["retry_after_ms"] = retry_after.count();
  return json::serialize(out);
}

}  // namespace host
