#include "inbound/request_head.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/optional/optional.hpp>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "cpi/json/utf8.hpp"

namespace host::inbound {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t around_target = 64;  // method, version and spaces of a request line

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

std::string lower_case(beast::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// A percent sign without two hexadecimal digits is taken literally.
std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      unsigned byte = 0;
      const char *const digits = text.data() + at + 1;
      const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
      if (error == std::errc() && end == digits + 2) {
        out += static_cast<char>(byte);
        at += 2;
        continue;
      }
    }
    out += plus_is_space && text[at] == '+' ? ' ' : text[at];
  }
  return out;
}

// Decodes path and query. False: not UTF-8, which must not get into messages and JSON.
bool read_target(IncomingRequest &request) {
  const std::string_view target = request.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = percent_decoded(target.substr(0, mark), false);
  if (!cpi::is_utf8(request.path)) return false;
  std::string_view rest = target.substr(std::min(mark + 1, target.size()));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    std::string name = percent_decoded(part.substr(0, equals), true);
    std::string value = percent_decoded(part.substr(std::min(equals + 1, part.size())), true);
    if (!cpi::is_utf8(name) || !cpi::is_utf8(value)) return false;
    request.query.emplace(std::move(name), std::move(value));
  }
  return true;
}

using Parser = http::request_parser<http::empty_body>;

// The status for a violation of rules 4 and 5; 0: none.
int framing_fault(const Parser &parser) {
  const auto &fields = parser.get();
  if (fields.count(http::field::host) > 1 || fields.count(http::field::content_length) > 1)
    return 400;
  // A list of equal lengths is one length to some readers (RFC 9110, section 8.6) and an error to
  // others.
  const std::string_view length = fields[http::field::content_length];
  if (length.find_first_not_of("0123456789") != std::string_view::npos) return 400;
  const std::size_t codings = fields.count(http::field::transfer_encoding);
  if (codings == 0) return 0;
  if (codings > 1 || fields.count(http::field::content_length) > 0 || fields.version() < 11 ||
      !parser.chunked())
    return 400;
  return beast::iequals(fields[http::field::transfer_encoding], "chunked") ? 411 : 501;
}

}  // namespace

HeadScan::State HeadScan::scan_to(std::string_view text) {
  for (; at_ < text.size(); ++at_) {
    const char c = text[at_];
    if (lines_ == 0 && at_ > limits_.target_bytes + around_target) return State::long_target;
    if (at_ >= limits_.bytes) return State::too_large;
    if (at_ > 0 && text[at_ - 1] == '\r' && c != '\n') return State::malformed;
    if (at_ == line_ && (c == ' ' || c == '\t')) return State::malformed;
    if (c != '\n') {
      if (is_control(c) && c != '\t' && c != '\r') return State::malformed;
      continue;
    }
    if (at_ == line_ || text[at_ - 1] != '\r') return State::malformed;
    const bool empty = at_ - line_ == 1;
    line_ = at_ + 1;
    if (empty) {
      if (lines_ == 0) return State::malformed;
      at_ = line_;
      return State::whole;
    }
    if (++lines_ > limits_.fields + 1) return State::too_large;
  }
  return State::more;
}

std::variant<RequestHead, int> read_head(std::string_view head, const HeadLimits &limits) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.bytes + 1));
  parser.body_limit(boost::none);
  beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(head), error);
  if (error || !parser.is_header_done() || used != head.size()) return 400;
  if (const int fault = framing_fault(parser); fault != 0) return fault;

  const auto &fields = parser.get();
  RequestHead out;
  IncomingRequest &request = out.request;
  request.method = std::string(fields.method_string());
  request.target = std::string(fields.target());
  if (request.target.size() > limits.target_bytes) return 414;
  if (!request.target.starts_with('/') || request.target.find('#') != std::string::npos) return 400;
  if (!read_target(request)) return 400;
  for (const auto &field : fields)
    request.headers.emplace(lower_case(field.name_string()), std::string(field.value()));
  out.body_bytes = parser.content_length().value_or(0);
  out.version_1_0 = fields.version() < 11;
  out.keep_alive = parser.keep_alive() && !out.version_1_0;
  if (const std::string_view expected = request.header("expect"); !expected.empty()) {
    if (lower_case(fields[http::field::expect]) != "100-continue") return 417;
    out.expects_continue = !out.version_1_0;
  }
  return out;
}

}  // namespace host::inbound
