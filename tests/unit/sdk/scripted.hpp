// Operations of a manifest written in the test, driven through the plugin's own C boundary with
// scripted answers. No network and no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/sdk/boundary.hpp"
#include "cpi/sdk/channel.hpp"

namespace scripted {

// JSON with the test's line breaks.
boost::json::value json(std::string_view text);
boost::json::object object(std::string_view text);

using Headers = std::vector<std::pair<std::string, std::string>>;

// One answer of the service, or its absence.
struct Answer {
  int status = 200;
  std::string body = {};
  Headers headers = {};
  cpi_transport transport = 0;  // not 0: no response came
  bool maybe_sent = false;
};

// A Response outside of any operation.
class Reply {
 public:
  explicit Reply(Answer answer);
  cpi::Response response() const { return cpi::Response(answer_); }

 private:
  Answer held_;
  std::vector<cpi_header> headers_;
  cpi_answer answer_{};
};

struct Sent {
  std::string method;
  std::string url;
  Headers headers;
  std::string body;
  bool repeatable = false;
  bool secret = false;
  bool shareable = false;
  bool renews = false;         // asks for renewed credentials
  std::uint64_t after_ms = 0;  // it waited before

  std::string header(std::string_view name) const;  // without regard to case
};

struct Outcome {
  bool done = false;
  boost::json::value output;
  boost::json::value notes;  // null: none
  cpi_class error_class = 0;
  cpi_fault fault = 0;
  int http_status = 0;
  std::int64_t vendor_code = 0;
  std::uint64_t retry_after_ms = 0;
  std::string message;
  std::string advice;
  boost::json::value details;
  std::vector<Sent> sent;
};

constexpr std::int64_t now = 1'740'819'600'000;  // 2025-03-01T09:00:00Z

// A manifest with the given lists; the rest is the least a connector needs.
std::string manifest(std::string_view members);

// Runs one operation to its end, answering in turn; fails the test when it asks for more.
Outcome run(
    const std::string &manifest, cpi_operation_kind kind, std::string_view id,
    std::string_view input, const std::vector<Answer> &answers,
    cpi::Configure configure = [](cpi::Connector &) {}, std::uint32_t host_minor = CPI_ABI_MINOR);

}  // namespace scripted
