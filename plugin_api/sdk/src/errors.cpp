// THEORY OF OPERATION
//
// An answer passes these questions in order; the first one that refuses it decides.
//
//   question                                  | refused as
//   ------------------------------------------+-----------------------------------------------------
//   Did an answer come?                       | no_response(), by the transport's reason
//   Is the status 2xx?                        | refusal(): the manifest's rule that holds, else the
//                                             | table by status
//   Is the body JSON?                         | bad_response
//   Does the envelope say that it failed?     | refusal(): the manifest's rule that holds, else by
//                                             | what the envelope blames (class_of_2xx)
//   Does a rule of the manifest hold?         | refusal()
//   Does an object around the list deny it?   | refusal(); only where a list is expected
//
// Services spell one thing in many ways, under HTTP 200 as well. So a member is read for what it
// says, not for its type: {"result": false}, "0", 0 and "No" are the same. What is not understood
// stays unclear (Flag::unclear): a guess is never taken for a fact.
//
//   member                   | says that it failed
//   -------------------------+----------------------------------------------------------------------
//   result, success          | false in all spellings. A list or an object there is data. Around a
//                            | list also "error", "fail", "failed", "failure"
//   is_error                 | true in all spellings
//   error, errors            | whatever names something: not null, false, 0, "", [] and {}
//   error_code               | a number that is not 0
//   status                   | around a list, and only without an `id` beside it: false, the words
//                            | above, 400 to 599. Also in the answer to a change; see below.
//                            | Elsewhere it is the state of a thing
//
// The answer to a change says whether it took effect, in itself and in its `data`:
//
// 1. result and success are the service's own verdict. No is a failure, whatever is beside it. Yes
//    is a success, also without the output that is promised.
// 2. A status that says that it failed is a failure. Beside an id or beside a yes, the two
//    contradict each other: the status may be that of a thing that was made, as it may inside
//    `data`. From 500 on the service broke down, before or after the effect. Then nobody knows.
// 3. Without a yes, a promised id proves the effect, and only one that can be an id (is_id): not
//    null, false, 0 and "". Without it nobody knows. The same is true of an `id` that nobody
//    promised, if it is there and not null. A truth value as `id` contradicts a yes, too.
//
// Who is told that a change failed makes it again, and who is told that it took effect never looks:
// so what contradicts itself is neither. It is unknown_outcome where the request may not be
// repeated, with the duplicate check, and bad_response where it may.
//
// A request that may not be repeated makes one more difference. When nobody knows whether it took
// effect, the class is unknown_outcome, so that no host and no user repeats it: after no answer to
// a request that may have been sent; after 3xx, 5xx (but 503 with Retry-After) and 408; after a
// success that cannot be read; and after a success with an error that blames no field and comes
// with something else, such as the id of what was made.
//
// Most answers are successes, and lists are long. expect_success() therefore only walks over the
// names of the upper members, without a document; a name that may say something (is_telling) leads
// to the full judgement. Whether the rest is JSON is left to the reader of the body.
#include "cpi/sdk/errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/cut_characters.hpp"
#include "cpi/json/document.hpp"
#include "cpi/json/number.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/rfc3339.hpp"
#include "cpi/language/error_rule.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

Failure failure_of(ErrorClass error_class, std::string message) {
  const auto &known = about(error_class);
  return {error_class, known.fault, std::move(message), std::string(known.advice)};
}

struct ByStatus {
  int status;
  ErrorClass error_class;
  std::string_view what;  // after the service's name; the service's own text follows it
};

// 5xx and whole ranges are in class_of().
constexpr std::array by_status{
    ByStatus{400, ErrorClass::invalid_input, "refused the request"},
    ByStatus{401, ErrorClass::auth_expired, "did not accept the sign-in"},
    ByStatus{402, ErrorClass::quota, "requires a payment"},
    ByStatus{403, ErrorClass::forbidden, "does not allow this"},
    ByStatus{404, ErrorClass::not_found, "did not find this item"},
    ByStatus{405, ErrorClass::plugin_fault, "does not offer this call"},
    ByStatus{406, ErrorClass::plugin_fault, "does not offer this call"},
    ByStatus{408, ErrorClass::timeout, "did not receive the request in time"},
    ByStatus{409, ErrorClass::conflict, "reports a conflict"},
    ByStatus{410, ErrorClass::not_found, "no longer has this"},
    ByStatus{412, ErrorClass::conflict, "reports a conflict"},
    ByStatus{413, ErrorClass::too_large, "rejected the request as too large"},
    ByStatus{414, ErrorClass::too_large, "rejected the request as too large"},
    ByStatus{415, ErrorClass::plugin_fault, "does not accept this content type"},
    ByStatus{422, ErrorClass::invalid_input, "refused the input"},
    ByStatus{423, ErrorClass::conflict, "has this locked"},
    ByStatus{429, ErrorClass::rate_limited, "received too many requests"},
    ByStatus{431, ErrorClass::too_large, "rejected the request as too large"},
    ByStatus{501, ErrorClass::plugin_fault, "does not offer this call"},
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed_front(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trimmed(std::string_view text) {
  text = trimmed_front(text);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// ---- Parsing ------------------------------------------------------------------------------------

struct Parsed {
  json::value value;
  std::string_view wrong;  // empty: it is JSON
};

Parsed parse_strictly(std::string_view body) {
  json::error_code error;
  std::size_t used = 0;
  json::value value = parse_document(body, error, deepest_answer, {}, &used);
  if (error == json::error::too_deep) return {{}, "is nested too deeply"};
  if (error == json::error::incomplete) return {{}, "ends too early"};
  if (error) {
    return {{}, body.starts_with('<') ? "is a web page, not JSON" : "is not JSON"};
  }
  if (used < body.size()) return {{}, "has extra content after its end"};
  if (!is_writable(value)) return {{}, "has a number that is too large"};
  return {std::move(value), {}};
}

Parsed parse(std::string_view body) {
  Parsed parsed = parse_strictly(body);
  if (parsed.wrong.empty()) return parsed;
  const auto whole = with_cut_characters_replaced(body);
  return whole ? parse_strictly(*whole) : std::move(parsed);
}

// ---- The envelope -------------------------------------------------------------------------------

bool is_word(std::string_view text, std::initializer_list<std::string_view> words) {
  const auto same = [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  return std::any_of(words.begin(), words.end(), same);
}

// One member that says whether it worked, in all its spellings.
Flag flag_value(const json::value *value) {
  if (value == nullptr || value->is_structured()) return Flag::nothing;
  if (value->is_bool()) return value->get_bool() ? Flag::yes : Flag::no;
  if (is_written_number(*value)) {
    const json::value number = nearest_number(*value);
    return flag_value(&number);
  }
  if (value->is_number()) return value->to_number<double>() != 0 ? Flag::yes : Flag::no;
  const auto *text = value->if_string();
  if (text == nullptr) return Flag::unclear;
  const auto word = trimmed({text->data(), text->size()});
  if (is_word(word, {"true", "1", "yes", "ok", "success"})) return Flag::yes;
  return is_word(word, {"false", "0", "no"}) ? Flag::no : Flag::unclear;
}

bool is_no(const json::value *value) {
  return flag_value(value) == Flag::no;
}

// Whether `error` or `errors` names something. Only {"error": false} and the like do not.
bool names_error(const json::value *value) {
  if (value == nullptr || value->is_null()) return false;
  if (const auto *list = value->if_array()) return !list->empty();
  if (const auto *object = value->if_object()) return !object->empty();
  if (const auto *text = value->if_string()) {
    const auto word = trimmed({text->data(), text->size()});
    return !word.empty() && !is_no(value);
  }
  return !is_no(value);
}

std::optional<std::int64_t> as_code(const json::value *value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (const auto *number = value->if_double()) {
    const bool whole = std::trunc(*number) == *number && std::abs(*number) < 1e9;
    return whole ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
  }
  if (is_written_number(*value)) {
    const json::value nearest = nearest_number(*value);
    return nearest.is_number() ? as_code(&nearest) : std::nullopt;
  }
  const auto *text = value->if_string();
  if (text == nullptr || text->empty()) return std::nullopt;
  std::int64_t code = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), code);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return code;
}

// Whether an object says that it is a failure, in any answer.
bool is_failure_envelope(const json::object &object) {
  if (is_no(object.if_contains("result")) || is_no(object.if_contains("success"))) return true;
  if (names_error(object.if_contains("error")) || names_error(object.if_contains("errors"))) {
    return true;
  }
  if (flag_value(object.if_contains("is_error")) == Flag::yes) return true;
  return as_code(object.if_contains("error_code")).value_or(0) != 0;
}

bool is_failure_envelope(const json::value &body) {
  const auto *object = body.if_object();
  return object != nullptr && is_failure_envelope(*object);
}

// A member of an object around a list that says in a word that there is no list to speak of.
bool is_failure_word(const json::value *value) {
  const auto *text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr && is_word(trimmed({text->data(), text->size()}),
                                    {"error", "fail", "failed", "failure", "false", "no"});
}

bool is_failed_code(std::int64_t code) {
  return code >= 400 && code < 600;
}

// `status` of an object around a list: false, a word, or the number of an HTTP status. Other
// numbers are states of something (0 is "active" to some), and so is a `status` beside an `id`.
bool is_failed_status(const json::value *status) {
  if (status == nullptr) return false;
  if (status->is_bool()) return !status->get_bool();
  if (const auto code = as_code(status)) return is_failed_code(*code);
  return is_failure_word(status);
}

bool is_failed_status(const json::object &around) {
  return !around.contains("id") && is_failed_status(around.if_contains("status"));
}

// Whether the object, or its `data`, has the id of something.
bool has_id(const json::object &object) {
  const bool here = std::any_of(object.begin(), object.end(), [](const auto &member) {
    return is_name_of_id(member.key()) && is_id(member.value());
  });
  const auto *data = object.if_contains("data");
  const auto *inner = data != nullptr ? data->if_object() : nullptr;
  return here || (inner != nullptr && has_id(*inner));
}

// Whether an object around a list says that the answer is a failure. Here more is a refusal than
// in an answer at large: rows are read for what is not among them, too.
bool denies_its_list(const json::object &around) {
  return is_failure_envelope(around) || is_failed_status(around) ||
         is_failure_word(around.if_contains("result")) ||
         is_failure_word(around.if_contains("success"));
}

std::string text_of_errors(const json::value &errors);

std::string text_of_one(const json::value &value) {
  if (const auto *object = value.if_object()) {
    for (const auto *name : {"message", "description", "detail", "title", "text"}) {
      const auto *found = object->if_contains(name);
      if (found != nullptr && found->is_string()) return std::string(found->get_string());
    }
    return text_of_errors(value);
  }
  if (value.is_array()) return text_of_errors(value);
  return scalar_text(value).value_or("");
}

// {"field": "text", ...}, {"field": ["text", ...]}, ["text", ...] or [{"message": ...}, ...].
std::string text_of_errors(const json::value &errors) {
  std::string out;
  const auto add = [&](std::string_view name, const json::value &value) {
    const auto text = text_of_one(value);
    if (text.empty()) return;
    if (!out.empty()) out += "; ";
    if (!name.empty()) out += std::string(name) + ": ";
    out += text;
  };
  if (const auto *object = errors.if_object()) {
    for (const auto &member : *object) add(member.key(), member.value());
  } else if (const auto *list = errors.if_array()) {
    for (const auto &each : *list) add({}, each);
  } else {
    return scalar_text(errors).value_or("");
  }
  return out;
}

struct Envelope {
  std::string text;
  std::int64_t code = 0;
  json::value fields;  // `errors`, when it names fields
};

Envelope read_envelope(const json::value &body) {
  Envelope out;
  const auto *object = body.if_object();
  if (object == nullptr) {
    if (const auto *text = body.if_string()) out.text = *text;
    return out;
  }
  const auto *errors = object->if_contains("errors");
  const auto *error = object->if_contains("error");
  for (const auto *name : {"message", "error_description", "error"}) {
    const auto *found = object->if_contains(name);
    if (found != nullptr && out.text.empty() && !found->is_bool() && !found->is_number()) {
      out.text = text_of_one(*found);
    }
  }
  if (errors != nullptr) {
    const auto text = text_of_errors(*errors);
    if (out.text.empty()) {
      out.text = text;
    } else if (!text.empty() && out.text.find(text) == std::string::npos) {
      out.text += " (" + text + ")";
    }
    if (errors->is_object() && !errors->get_object().empty()) out.fields = *errors;
  }
  for (const auto *name : {"error_code", "code"}) {
    if (out.code == 0) out.code = as_code(object->if_contains(name)).value_or(0);
  }
  if (out.code == 0) out.code = as_code(error).value_or(0);
  if (const auto *inner = error != nullptr ? error->if_object() : nullptr; inner != nullptr) {
    for (const auto *name : {"error_code", "code"}) {
      if (out.code == 0) out.code = as_code(inner->if_contains(name)).value_or(0);
    }
  }
  if (out.text.empty() || out.code == 0) {
    // Some envelopes carry their error inside `data`.
    const auto *data = object->if_contains("data");
    if (data != nullptr && data->is_object()) {
      const auto inner = read_envelope(*data);
      if (out.text.empty()) out.text = inner.text;
      if (out.code == 0) out.code = inner.code;
    }
  }
  return out;
}

std::uint64_t retry_after(const Response &response, std::int64_t now_unix_ms) {
  constexpr std::uint64_t longest = std::uint64_t{30} * 24 * 3600 * 1000;
  const auto text = trimmed(response.header("retry-after"));
  if (text.empty()) return 0;
  std::uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (end == text.data() + text.size()) {
    return error == std::errc{} && seconds < longest / 1000 ? seconds * 1000 : longest;
  }
  const auto date = parse_http_date(text);
  if (!date || *date * 1000 <= now_unix_ms) return 0;
  return std::min(static_cast<std::uint64_t>(*date * 1000 - now_unix_ms), longest);
}

// ---- A quick look at a body ---------------------------------------------------------------------

// The end of a text whose opening quote is at `at`; npos when it has none.
std::size_t after_text(std::string_view body, std::size_t at) {
  for (++at; at < body.size(); ++at) {
    at = body.find_first_of("\"\\", at);
    if (at == std::string_view::npos) return at;
    if (body[at] == '"') return at + 1;
    ++at;
  }
  return std::string_view::npos;
}

// Calls `found` with the name of each member down to `deepest` (1: the members of the whole), and
// the body from its value on. Names with escapes come as they are spelled, and a malformed body
// ends the walk: the reader of the body will say so.
template <typename Found>
void upper_names(std::string_view body, std::size_t deepest, Found found) {
  body = trimmed(body);
  if (!body.starts_with('{')) return;
  std::size_t depth = 0;
  bool name_next = false;
  for (std::size_t at = 0; at < body.size();) {
    at = body.find_first_of("\"{}[],", at);
    if (at == std::string_view::npos) return;
    switch (body[at]) {
      case '"': {
        const auto end = after_text(body, at);
        if (end == std::string_view::npos) return;
        if (depth <= deepest && name_next) {
          auto value = trimmed_front(body.substr(end));
          if (value.starts_with(':'))
            found(body.substr(at + 1, end - at - 2), trimmed_front(value.substr(1)));
          name_next = false;
        }
        at = end;
        continue;
      }
      case '{':
      case '[':
        name_next = ++depth <= deepest;
        break;
      case '}':
      case ']':
        if (--depth == 0) return;
        break;
      default:
        name_next = depth <= deepest;
        break;
    }
    ++at;
  }
}

}  // namespace

// ---- The manifest's rules -----------------------------------------------------------------------

struct ErrorTable::Rules {
  std::vector<ErrorRule> list;
  std::string service = "The service";
  std::vector<std::string> inspected_names;  // top-level members that some rule looks into

  // Of the rules whose class is a passing refusal: the last token of the pointer, in quotes.
  std::vector<std::string> passing_names;
  std::size_t passing_end = 0;  // they are among the first so many of `list`
};

namespace {

// 791 and "791" are the same code.
bool same_code(const json::value &a, const json::value &b) {
  if (a == b) return true;
  const auto left = as_code(&a);
  return left && left == as_code(&b);
}

bool is_passing(ErrorClass error_class) {
  return error_class == ErrorClass::auth_expired || error_class == ErrorClass::rate_limited;
}

// Found without reading JSON. Names begin with a quote, which JSON is full of: a search that begins
// at the other end of the name passes over most of the body.
bool has_name(std::string_view body, const std::string &name) {
  const std::boyer_moore_horspool_searcher searcher(name.begin(), name.end());
  return std::search(body.begin(), body.end(), searcher) != body.end();
}

bool rule_holds(const AnswerCondition &rule, int status, const json::value &body) {
  const bool status_holds =
      rule.statuses.empty() ||
      std::find(rule.statuses.begin(), rule.statuses.end(), status) != rule.statuses.end();
  if (!status_holds) return false;
  if (!rule.pointer) return true;
  const auto *found = rule.pointer->find(body);
  if (found == nullptr) return false;
  return rule.equals.empty() ||
         std::any_of(rule.equals.begin(), rule.equals.end(),
                     [&](const json::value &each) { return same_code(each, *found); });
}

// ---- Judgement ----------------------------------------------------------------------------------

Failure no_response(const Response &response, bool repeatable, const std::string &service) {
  const std::string detail =
      response.detail().empty() ? "" : " (" + presentable(response.detail()) + ")";
  const auto give = [&](ErrorClass error_class, Fault fault, const std::string &message) {
    Failure failure = failure_of(error_class, message + detail + ".");
    failure.fault = fault;
    return failure;
  };
  switch (response.transport()) {
    case CPI_TRANSPORT_DENIED:
      return give(ErrorClass::plugin_fault, Fault::connector,
                  "The connector asked for an address that it may not use");
    case CPI_TRANSPORT_NO_CREDENTIALS:
      return give(ErrorClass::needs_reauth, Fault::user, "This connection is not signed in");
    case CPI_TRANSPORT_RATE_LIMITED:
      return give(ErrorClass::rate_limited, Fault::host,
                  "The request budget of this account is used up for now");
    default:
      break;
  }
  if (response.maybe_sent() && !repeatable) {
    return give(ErrorClass::unknown_outcome, Fault::vendor,
                service + " may have received the request, but no answer arrived");
  }
  switch (response.transport()) {
    case CPI_TRANSPORT_DNS:
      return give(ErrorClass::unavailable, Fault::host, "The address of the service was not found");
    case CPI_TRANSPORT_CONNECT:
      return give(ErrorClass::unavailable, Fault::vendor, service + " could not be reached");
    case CPI_TRANSPORT_TLS:
      return give(ErrorClass::unavailable, Fault::vendor,
                  "A secure connection to the service could not be established");
    case CPI_TRANSPORT_TIMEOUT:
      return give(ErrorClass::timeout, Fault::vendor, service + " did not answer in time");
    case CPI_TRANSPORT_RESET:
      return give(ErrorClass::unavailable, Fault::vendor, service + " closed the connection");
    case CPI_TRANSPORT_TOO_LARGE:
      return give(ErrorClass::too_large, Fault::vendor, "The answer of the service is too large");
    default:
      return give(ErrorClass::unavailable, Fault::vendor, "The service gave no usable answer");
  }
}

ErrorClass class_of(int status, bool repeatable, bool asked_to_retry) {
  // Only a refusal says that nothing was done. 503 with Retry-After is one before any effect
  // (RFC 9110, section 15.6.4); 408 may be the end of a request that arrived.
  const bool refused =
      (status >= 400 && status < 500 && status != 408) || (status == 503 && asked_to_retry);
  if (!repeatable && !refused) return ErrorClass::unknown_outcome;
  for (const auto &each : by_status) {
    if (each.status == status) return each.error_class;
  }
  if (status < 400) return ErrorClass::bad_response;
  if (status < 500) return ErrorClass::invalid_input;
  return status == 504 ? ErrorClass::timeout : ErrorClass::unavailable;
}

std::string what_of(int status, ErrorClass error_class) {
  const std::string number = " (HTTP " + std::to_string(status) + ")";
  if (error_class == ErrorClass::unknown_outcome) {
    const std::string_view what = status == 408  ? "gave up waiting"
                                  : status < 300 ? "answered with success and with an error"
                                  : status < 400 ? "answered with a redirect"
                                                 : "failed";
    return std::string(what) + ", and it is unknown whether the request took effect" + number;
  }
  for (const auto &each : by_status) {
    if (each.status == status) return std::string(each.what);
  }
  if (status < 300) return "refused the request";
  if (status < 400) return "answered with a redirect" + number;
  if (status < 500) return "refused the request" + number;
  return "is not available at the moment" + number;
}

// A member that answers have to tell of a failure.
bool is_name_of_failures(std::string_view name) {
  constexpr std::array<std::string_view, 22> of_failures = {
      "message",     "error",    "errors",      "error_description",
      "error_code",  "code",     "status",      "result",
      "success",     "is_error", "exception",   "trace",
      "file",        "line",     "status_code", "http_code",
      "http_status", "details",  "timestamp",   "path",
      "type",        "title"};
  return std::find(of_failures.begin(), of_failures.end(), name) != of_failures.end();
}

// Whether the body has something besides the failure: the id of what was made, for instance.
bool has_more_content(const json::value &body) {
  const auto *object = body.if_object();
  if (object == nullptr) return false;
  return std::any_of(object->begin(), object->end(), [&](const auto &member) {
    const std::string_view name = member.key();
    const auto &value = member.value();
    if (is_name_of_failures(name)) return false;
    if (name == "data" && value.is_object()) return has_more_content(value);
    if (const auto *list = value.if_array()) return !list->empty();
    if (const auto *inner = value.if_object()) return !inner->empty();
    return !value.is_null();
  });
}

// Of a 2xx answer that the manifest's rules say nothing about. What blames the input is the user's;
// an error without a reason may be anything. Where a change is answered with an error that blames
// no field, and with more than that, it may have been made.
ErrorClass class_of_2xx(const json::value &body, const Envelope &envelope, bool repeatable) {
  const Flag flag = flag_in(body);
  if (flag == Flag::yes) {
    return repeatable ? ErrorClass::bad_response : ErrorClass::unknown_outcome;
  }
  const bool doubtful = flag != Flag::no && !envelope.fields.is_object() && has_more_content(body);
  if (!repeatable && doubtful) return ErrorClass::unknown_outcome;
  const auto *object = body.if_object();
  const bool has_reason = envelope.fields.is_object() ||
                          (envelope.code != 0 && !(envelope.text.empty() && flag == Flag::nothing));
  const bool only_error = flag != Flag::no && !has_reason && object != nullptr &&
                          !object->contains("is_error") && !object->contains("error_code");
  return only_error && repeatable ? ErrorClass::bad_response : ErrorClass::invalid_input;
}

// Everything known about an answer that is no success.
Failure refusal(const ErrorTable::Rules &rules, const Response &response, const json::value &body,
                bool repeatable, std::int64_t now_unix_ms) {
  const int status = response.status();
  const bool is_2xx = status >= 200 && status < 300;
  const auto envelope = read_envelope(body);
  const auto wait = retry_after(response, now_unix_ms);
  const auto rule = std::find_if(rules.list.begin(), rules.list.end(), [&](const ErrorRule &each) {
    return rule_holds(each, status, body);
  });

  ErrorClass error_class = ErrorClass::invalid_input;
  if (rule != rules.list.end()) {
    error_class = rule->error_class;
  } else {
    error_class =
        is_2xx ? class_of_2xx(body, envelope, repeatable) : class_of(status, repeatable, wait > 0);
  }
  std::string message;
  if (rule != rules.list.end() && !rule->message.empty()) {
    message = rule->message;
  } else {
    message = rules.service + " " + what_of(status, error_class);
    const auto text = presentable(envelope.text);
    message += text.empty() ? "." : ": " + text;
    if (!message.ends_with('.') && !message.ends_with('!') && !message.ends_with('?')) {
      message += ".";
    }
  }
  Failure failure = failure_of(error_class, std::move(message));
  if (rule != rules.list.end()) {
    if (!rule->advice.empty()) failure.advice = rule->advice;
    failure.fault = rule->fault.value_or(failure.fault);
    failure.retry_after_ms = rule->retry_after_ms;
  }
  failure.retry_after_ms = std::max(failure.retry_after_ms, wait);
  // Nobody is told when to try again what may have taken effect.
  if (error_class == ErrorClass::unknown_outcome) failure.retry_after_ms = 0;
  failure.http_status = status;
  failure.vendor_code = envelope.code;
  if (envelope.fields.is_object()) {
    json::object fields;
    for (const auto &member : envelope.fields.get_object()) {
      fields.emplace(member.key(), presentable(text_of_one(member.value())));
    }
    failure.details = json::serialize(json::object{{"fields", std::move(fields)}});
  }
  return failure;
}

// Whether a member may make a 2xx answer a failure; `value` begins with its value.
bool is_relevant(const ErrorTable::Rules &rules, std::string_view name, std::string_view value) {
  const auto begins = [&](std::string_view with) { return value.starts_with(with); };
  if (name == "result" || name == "success") {
    return !(begins("true") || begins("null") || begins("{") || begins("["));
  }
  if (name == "is_error") return !begins("false");
  if (name == "error" || name == "errors") {
    return !(begins("null") || begins("false") || begins("[]") || begins("{}") || begins("\"\""));
  }
  return name == "error_code" || name.find('\\') != std::string_view::npos ||
         std::find(rules.inspected_names.begin(), rules.inspected_names.end(), name) !=
             rules.inspected_names.end();
}

bool is_success_status(int status) {
  return status >= 200 && status < 300;
}

// The same of the `status` of an object around a list. A text with an escape may be anything.
bool is_relevant_status(std::string_view value) {
  if (value.empty()) return false;
  if (value.front() != '"') return value.starts_with("false") || value[0] == '4' || value[0] == '5';
  const auto end = after_text(value, 0);
  if (end == std::string_view::npos) return true;
  const json::value text(value.substr(1, end - 2));
  return is_failed_status(&text) || text.get_string().find('\\') != json::string_view::npos;
}

// A rule with only a status is for statuses; one that looks into the body may speak of a 2xx too.
bool rule_refuses(const ErrorTable::Rules &rules, int status, const json::value &body) {
  return std::any_of(rules.list.begin(), rules.list.end(),
                     [&](const ErrorRule &each) { return rule_holds(each, status, body); });
}

}  // namespace

bool is_name_of_id(std::string_view name) noexcept {
  return name == "id" || name.ends_with("_id");
}

bool is_id(const json::value &value) noexcept {
  if (is_written_number(value)) return nearest_number(value).to_number<double>() > 0;
  if (const auto *text = value.if_string()) {
    const auto word = trimmed({text->data(), text->size()});
    return !word.empty() && !is_word(word, {"0", "null", "false"});
  }
  return value.is_number() && value.to_number<double>() > 0;
}

namespace {

// What `status` and `id` of an object say; `yes`: the answer says that it worked.
Flag status_flag_in(const json::object &object, bool yes) noexcept {
  const auto *id = object.if_contains("id");
  const bool is_odd = id != nullptr && !id->is_null() && !id->is_structured() && !is_id(*id);
  if (is_odd && (id->is_bool() || !yes)) return Flag::unclear;
  const auto *status = object.if_contains("status");
  if (!is_failed_status(status)) return Flag::nothing;
  const bool broke_down = as_code(status).value_or(0) >= 500;  // before or after the effect
  return yes || broke_down || has_id(object) ? Flag::unclear : Flag::no;
}

}  // namespace

Flag change_flag_in(const json::value &body) noexcept {
  const Flag flag = flag_in(body);
  const auto *object = body.if_object();
  if (object == nullptr || flag == Flag::no || flag == Flag::unclear) return flag;
  const bool yes = flag == Flag::yes;
  const Flag status = status_flag_in(*object, yes);
  if (status != Flag::nothing) return status;
  const auto *data = object->if_contains("data");
  const auto *inner = data != nullptr ? data->if_object() : nullptr;
  if (inner == nullptr) return flag;
  const bool inner_yes = yes || flag_in(*data) == Flag::yes;
  return status_flag_in(*inner, inner_yes) != Flag::nothing ? Flag::unclear : flag;
}

Flag plain_flag_in(const json::object &object) {
  const auto *status = object.if_contains("status");
  const auto code = as_code(status);
  const bool broke_down = code.value_or(0) >= 500;  // before or after the effect
  if (denies_its_list(object)) {
    return broke_down && !is_failure_envelope(object) ? Flag::unclear : Flag::no;
  }
  const Flag flag = flag_in(object);
  const bool only_about_failures =
      !object.empty() && std::all_of(object.begin(), object.end(), [](const auto &member) {
        return is_name_of_failures(member.key());
      });
  if (flag != Flag::nothing || !only_about_failures) return flag;
  const bool fine = code ? *code >= 200 && *code < 300 : flag_value(status) == Flag::yes;
  if (fine) return Flag::yes;
  const auto says_something = [&](const char *name) {
    const auto *text = object.if_contains(name);
    return text != nullptr && !text->is_null();
  };
  const bool has_text = says_something("message") || says_something("error_description") ||
                        says_something("exception") || says_something("details") ||
                        says_something("title");
  constexpr std::array codes{"code", "status_code", "http_code", "http_status"};
  const bool has_failed_code = std::ranges::any_of(codes, [&](const char *name) {
    return is_failed_code(as_code(object.if_contains(name)).value_or(0));
  });
  return has_text || has_failed_code ? Flag::unclear : Flag::nothing;
}

bool is_bare_false(const json::value &body) noexcept {
  const auto *object = body.if_object();
  return object != nullptr && object->size() == 1 &&
         (is_no(object->if_contains("result")) || is_no(object->if_contains("success")));
}

Flag flag_in(const json::value &body) noexcept {
  const auto *object = body.if_object();
  if (object == nullptr) return Flag::nothing;
  const Flag result = flag_value(object->if_contains("result"));
  const Flag success = flag_value(object->if_contains("success"));
  for (const Flag each : {Flag::no, Flag::unclear, Flag::yes}) {
    if (result == each || success == each) return each;
  }
  return Flag::nothing;
}

Failure in_doubt(Failure failure, bool repeatable) {
  if (repeatable || failure.error_class != ErrorClass::bad_response) return failure;
  std::string message = std::move(failure.message);
  if (message.ends_with('.')) message.pop_back();
  Failure doubt = failure_of(ErrorClass::unknown_outcome,
                             message + ", so it is unknown whether the request took effect.");
  doubt.http_status = failure.http_status;
  doubt.vendor_code = failure.vendor_code;
  doubt.details = std::move(failure.details);
  return doubt;
}

ErrorTable::ErrorTable() : rules_(std::make_shared<Rules>()) {}

ErrorTable ErrorTable::compile(const json::value *errors, std::string_view where,
                               std::string_view service) {
  auto rules = std::make_shared<Rules>();
  rules->service = service;
  if (errors != nullptr) rules->list = ErrorRule::compile_list(*errors, where);
  std::size_t end = 0;
  for (const ErrorRule &rule : rules->list) {
    ++end;
    if (rule.pointer) rules->inspected_names.push_back(rule.pointer->tokens().front());
    if (!is_passing(rule.error_class)) continue;
    rules->passing_end = end;
    if (!rule.pointer) continue;
    auto name = '"' + rule.pointer->tokens().back() + '"';
    auto &names = rules->passing_names;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  ErrorTable out;
  out.rules_ = std::move(rules);
  return out;
}

json::value ErrorTable::read_json(const Response &response, bool repeatable,
                                  std::int64_t now_unix_ms, Refusals refusals) const {
  if (!response.arrived()) throw no_response(response, repeatable, rules_->service);
  const auto body = trimmed(without_bom(response.body()));
  if (!is_success_status(response.status())) {
    throw refusal(*rules_, response, parse(body).value, repeatable, now_unix_ms);
  }
  if (body.empty()) return nullptr;
  auto parsed = parse(body);
  if (!parsed.wrong.empty()) throw bad_answer(response, parsed.wrong, repeatable);
  if (refusals == Refusals::not_by_bare_false && is_bare_false(parsed.value)) return parsed.value;
  if (is_failure_envelope(parsed.value) || rule_refuses(*rules_, response.status(), parsed.value)) {
    throw refusal(*rules_, response, parsed.value, repeatable, now_unix_ms);
  }
  return std::move(parsed.value);
}

void ErrorTable::expect_success(const Response &response, bool repeatable, std::int64_t now_unix_ms,
                                const Pointer *list) const {
  if (response.arrived() && is_success_status(response.status())) {
    bool relevant =
        std::any_of(rules_->list.begin(), rules_->list.end(), [&](const ErrorRule &rule) {
          return !rule.pointer && rule_holds(rule, response.status(), nullptr);
        });
    const std::size_t around = list != nullptr ? list->tokens().size() : 0;
    upper_names(without_bom(response.body()), std::max<std::size_t>(1, around),
                [&](auto name, auto value) {
                  relevant = relevant || is_relevant(*rules_, name, value) ||
                             (around > 0 && name == "status" && is_relevant_status(value));
                });
    if (!relevant) return;
  }
  const json::value answer = read_json(response, repeatable, now_unix_ms);
  if (list != nullptr) expect_list(response, answer, *list, repeatable, now_unix_ms);
}

void ErrorTable::expect_list(const Response &response, const json::value &answer,
                             const Pointer &list, bool repeatable, std::int64_t now_unix_ms) const {
  const json::value *at = &answer;
  for (const std::string &token : list.tokens()) {
    const auto *around = at->if_object();
    if (around == nullptr) return;
    if (denies_its_list(*around)) {
      throw refusal(*rules_, response, *at, repeatable, now_unix_ms);
    }
    at = around->if_contains(token);
    if (at == nullptr) return;
  }
}

std::optional<PassingRefusal> ErrorTable::passing_refusal(const Response &response,
                                                          std::int64_t now_unix_ms) const {
  constexpr std::size_t longest_envelope = std::size_t{64} << 10;
  const int status = response.status();
  if (!response.arrived() || status == 401 || status == 429 || status == 503) return std::nullopt;
  const std::span rules = std::span(rules_->list).first(rules_->passing_end);
  const auto body = trimmed_front(without_bom(response.body()));
  const bool may_tell = body.starts_with('{') && body.size() <= longest_envelope &&
                        std::any_of(rules_->passing_names.begin(), rules_->passing_names.end(),
                                    [&](const std::string &name) { return has_name(body, name); });
  // It may hold, unless an earlier rule looks into the body and holds.
  const bool by_status = std::any_of(rules.begin(), rules.end(), [&](const ErrorRule &rule) {
    return !rule.pointer && is_passing(rule.error_class) && rule_holds(rule, status, nullptr);
  });
  if (!may_tell && !by_status) return std::nullopt;
  const json::value answer = parse(trimmed(body)).value;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const ErrorRule &each) {
    return rule_holds(each, status, answer);
  });
  if (rule == rules.end() || !is_passing(rule->error_class)) return std::nullopt;
  return PassingRefusal{
      .of_credentials = rule->error_class == ErrorClass::auth_expired,
      .retry_after_ms = std::max(rule->retry_after_ms, retry_after(response, now_unix_ms))};
}

Failure ErrorTable::refused(const Response &response, const json::value &answer, bool repeatable,
                            std::int64_t now_unix_ms) const {
  return refusal(*rules_, response, answer, repeatable, now_unix_ms);
}

Failure ErrorTable::bad_answer(const Response &response, std::string_view what,
                               bool repeatable) const {
  Failure failure = failure_of(
      ErrorClass::bad_response,
      "The answer of " + (rules_->service == "The service" ? "the service" : rules_->service) +
          " " + std::string(what) + ".");
  failure.http_status = response.status();
  return in_doubt(std::move(failure), repeatable);
}

bool is_one_of(const Response &response, std::span<const AnswerCondition> meant) {
  if (meant.empty() || !response.arrived()) return false;
  const json::value body = parse(trimmed(without_bom(response.body()))).value;
  return std::ranges::any_of(meant, [&](const AnswerCondition &each) {
    return rule_holds(each, response.status(), body);
  });
}

std::string_view ErrorTable::service() const noexcept {
  return rules_->service;
}

bool is_writable(const json::value &value) {
  if (const auto *list = value.if_array()) {
    return std::all_of(list->begin(), list->end(), is_writable);
  }
  if (const auto *object = value.if_object()) {
    return std::all_of(object->begin(), object->end(),
                       [](const auto &member) { return is_writable(member.value()); });
  }
  return !value.is_double() || std::isfinite(value.get_double());
}

std::string_view without_bom(std::string_view body) noexcept {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  return body;
}

std::string presentable(std::string_view text) {
  constexpr std::size_t longest = 300;
  std::string out;
  std::size_t characters = 0;
  bool blank = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t size = lead < 0x80   ? 1
                       : lead < 0xC2 ? 0
                       : lead < 0xE0 ? 2
                       : lead < 0xF0 ? 3
                       : lead < 0xF5 ? 4
                                     : 0;
    bool whole = size > 0 && at + size <= text.size();
    for (std::size_t i = 1; whole && i < size; ++i) {
      whole = (static_cast<unsigned char>(text[at + i]) & 0xC0) == 0x80;
    }
    const auto piece = whole ? text.substr(at, size) : std::string_view("\xEF\xBF\xBD");
    at += whole ? size : 1;
    // C0, DEL, C1, the line separators, and what turns the direction of writing around.
    const bool control =
        lead < 0x20 || lead == 0x7F ||
        (piece.size() == 2 && piece[0] == '\xC2' && static_cast<unsigned char>(piece[1]) < 0xA0) ||
        piece == "\xE2\x80\xA8" || piece == "\xE2\x80\xA9" ||
        (piece >= "\xE2\x80\xAA" && piece <= "\xE2\x80\xAE") ||
        (piece >= "\xE2\x81\xA6" && piece <= "\xE2\x81\xA9");
    if (control || piece == " ") {
      blank = !out.empty();
      continue;
    }
    if (characters + (blank ? 1 : 0) >= longest) {
      out += "...";
      break;
    }
    if (blank) {
      out.push_back(' ');
      ++characters;
    }
    blank = false;
    out += piece;
    ++characters;
  }
  return out;
}

}  // namespace cpi
