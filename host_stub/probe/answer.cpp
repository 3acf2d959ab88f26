#include "probe/answer.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <charconv>
#include <utility>

#include "cpi/json/rfc3339.hpp"
#include "probe/text_format.hpp"

namespace host {

namespace json = boost::json;

namespace {

std::optional<double> number_in(std::string_view text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::string why_unanswered(const HttpFailure &failure) {
  switch (failure.kind) {
    case NoResponse::dns:
      return "the service's name could not be resolved";
    case NoResponse::connect:
      return "the service could not be reached";
    case NoResponse::tls:
      return "the service's certificate could not be verified";
    case NoResponse::timeout:
      return "the service did not answer in time";
    case NoResponse::reset:
      return "the connection ended before the whole answer had arrived";
    case NoResponse::too_large:
      return "the answer is larger than the manifest allows";
    case NoResponse::denied:
      return "the host refused to send the request";
    case NoResponse::rate_limited:
      return "the account's rate limit left no room for the request";
    case NoResponse::no_credentials:
      return "the connection needs a new sign-in";
    case NoResponse::other:
      break;
  }
  return "there was no readable answer";
}

}  // namespace

const std::string *ProbeAnswer::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &HttpHeader::name);
  return found == headers.end() ? nullptr : &found->value;
}

ProbeAnswer read_answer(HttpResponse response) {
  ProbeAnswer answer;
  answer.state = ProbeAnswer::State::answered;
  answer.status = response.status;
  answer.http_version = response.http_version;
  answer.headers = std::move(response.headers);
  answer.body_bytes = response.body.size();
  std::string_view text = response.body;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  boost::system::error_code error;
  json::value body = json::parse(text, error);
  if (!error) answer.body = std::move(body);
  return answer;
}

ProbeAnswer read_outcome(HttpOutcome outcome) {
  if (outcome.responded) return read_answer(std::move(outcome.response));
  ProbeAnswer answer;
  answer.state = ProbeAnswer::State::no_answer;
  answer.why = why_unanswered(outcome.failure);
  return answer;
}

std::optional<std::vector<const json::value *>> rows_of(const cpi::ProbeRequest &request,
                                                        const ProbeAnswer &answer) {
  std::vector<const json::value *> out;
  if (!answer.body) return std::nullopt;
  if (!request.rows) {
    out.push_back(&*answer.body);
    return out;
  }
  const json::value *found = request.rows->find(*answer.body);
  if (found == nullptr) return std::nullopt;
  if (const json::array *list = found->if_array()) {
    for (const json::value &each : *list) out.push_back(&each);
    return out;
  }
  if (found->is_null()) return out;
  const json::object *object = found->if_object();
  const auto numbered = [](const json::key_value_pair &member) {
    return text_format(member.key()).name == "digits";
  };
  if (object == nullptr || object->empty() || !std::ranges::all_of(*object, numbered))
    return std::nullopt;
  for (const auto &member : *object) out.push_back(&member.value());
  return out;
}

std::partial_ordering Comparable::operator<=>(const Comparable &other) const {
  if (kind != other.kind) return std::partial_ordering::unordered;
  if (kind == Kind::text) return text <=> other.text;
  return number <=> other.number;
}

std::optional<Comparable> comparable(const json::value &value) {
  Comparable out;
  if (value.is_number()) {
    out.kind = Comparable::Kind::number;
    out.number = value.to_number<double>();
    return out;
  }
  const json::string *text = value.if_string();
  if (text == nullptr || text->empty()) return std::nullopt;
  const std::string_view format = text_format(*text).name;
  if (format == "digits" || format == "decimal") {
    if (const auto number = number_in(*text)) {
      out.kind = Comparable::Kind::number;
      out.number = *number;
      return out;
    }
  }
  if (format == "zero-date") return std::nullopt;
  if (const auto time = cpi::parse_lenient(*text)) {
    out.kind = time->offset_minutes ? Comparable::Kind::instant : Comparable::Kind::clock;
    out.number = static_cast<double>(cpi::to_unix_ms(*time));
    return out;
  }
  out.text = *text;
  return out;
}

}  // namespace host
