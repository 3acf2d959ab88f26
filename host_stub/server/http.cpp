#include "server/http.hpp"

#include <boost/json/serialize.hpp>
#include <utility>

namespace host::server {

HttpAnswer json_answer(int status, const boost::json::value &body) {
  HttpAnswer answer;
  answer.status = status;
  answer.type = "application/json";
  answer.body = boost::json::serialize(body);
  return answer;
}

HttpAnswer redirect_to(std::string location) {
  HttpAnswer answer;
  answer.status = 303;
  answer.headers.emplace_back("Location", std::move(location));
  return answer;
}

}  // namespace host::server
