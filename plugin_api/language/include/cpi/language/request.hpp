// A request that a plugin asks the host to send. Only a value; nothing is sent here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cpi {

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  std::string method = "GET";
  std::string url;  // absolute
  std::vector<Header> headers;
  std::string body;
  bool repeatable = false;
  bool credentials = true;
  bool secret = false;
  bool shareable = false;
  bool renew_credentials = false;  // see CPI_REQUEST_RENEW_CREDENTIALS; set by the SDK itself
  std::uint64_t timeout_ms = 0;
  std::uint64_t max_response_bytes = 0;
};

}  // namespace cpi
