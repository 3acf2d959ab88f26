// The front that anybody on the machine can send to: a head is found and judged the same, however
// it arrives. The first byte is the size of the pieces.
#include <algorithm>
#include <variant>

#include "cpi/json/utf8.hpp"
#include "inbound/http_message.hpp"
#include "inbound/request_head.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using host::inbound::HeadLimits;
  using host::inbound::HeadScan;
  std::string_view input = fuzz::text_of(data, size);
  const std::size_t piece = std::size_t{fuzz::take_byte(input)} + 1;
  const HeadLimits limits{.bytes = 4096, .fields = 20, .target_bytes = 256};

  HeadScan whole(limits);
  const HeadScan::State state = whole.scan_to(input);
  HeadScan pieces(limits);
  HeadScan::State last = HeadScan::State::more;
  for (std::size_t at = 0; last == HeadScan::State::more && at < input.size();) {
    at = std::min(at + piece, input.size());
    last = pieces.scan_to(input.substr(0, at));
  }
  fuzz::promise(last == state, "pieces are judged as the whole");
  if (state != HeadScan::State::whole) return 0;
  fuzz::promise(pieces.size() == whole.size() && whole.size() <= input.size(),
                "the head ends at the same place");

  const auto read = host::inbound::read_head(input.substr(0, whole.size()), limits);
  if (const int *status = std::get_if<int>(&read)) {
    fuzz::promise(
        *status == 400 || *status == 411 || *status == 414 || *status == 417 || *status == 501,
        "a refusal has its status");
    return 0;
  }
  const auto &request = std::get<host::inbound::RequestHead>(read).request;
  fuzz::promise(request.target.starts_with('/') && request.target.find('#') == std::string::npos,
                "a target is a path");
  fuzz::promise(request.target.size() <= limits.target_bytes, "a target is no longer than allowed");
  fuzz::promise(cpi::is_utf8(request.path), "a path is UTF-8");
  fuzz::promise(request.headers.count("host") <= 1 && request.headers.count("content-length") <= 1,
                "what frames a request comes once");
  fuzz::promise(request.headers.count("transfer-encoding") == 0, "the size of a body is known");
  return 0;
}
