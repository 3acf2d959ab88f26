// Two judgements, one after the other. First: does any reading of the path reach what a limitation
// names? Every stage of percent-decoding is read in every way a server might (dot segments resolved
// or dropped, `;parameters` kept or cut), and one hit is enough. Then: is the path plain? What is
// sent is the path as typed, so whatever is left with two readings is refused.
#include "cpi/sdk/custom_call.hpp"
#include "cpi/json/base64.hpp"
#include "cpi/json/cut_characters.hpp"
#include "cpi/json/document.hpp"
#include "cpi/json/number.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/json/schema.hpp"
#include "cpi/json/utf8.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/action.hpp"
#include "cpi/sdk/input.hpp"
#include "manifest_member.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

[[noreturn]] void refuse_field(const std::string &pointer, const std::string &message) {
  Violations only;
  only.listed.push_back({pointer, message, "custom_call"});
  throw input_failure(only);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_escape(std::string_view text, std::size_t at) {
  return text[at] == '%' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 &&
         hex_value(text[at + 2]) >= 0;
}

// One round; what is no escape stays.
std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_escape(text, at)) {
      out.push_back(static_cast<char>(hex_value(text[at + 1]) << 4 | hex_value(text[at + 2])));
      at += 2;
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

// One character: its code point even where it is spelled longer than allowed (0xC0 0xAF for '/'),
// as careless decoders do; a byte that begins none stands for itself.
char32_t careless_point(std::string_view text, std::size_t &at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t size = lead < 0xC0   ? 1
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF8 ? 4
                                         : 1;
  if (size == 1 || at + size > text.size()) return byte(at++);
  char32_t point = lead & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return byte(at++);
    point = point << 6 | (byte(at + i) & 0x3FU);
  }
  at += size;
  return point;
}

// Characters that compatibility normalisation (NFKC) turns into ASCII ones.
char32_t compatible(char32_t point) {
  if (point >= 0xFF01 && point <= 0xFF5E) return point - 0xFEE0;  // fullwidth forms
  switch (point) {
    case 0x2044:  // fraction slash
    case 0x2215:  // division slash
    case 0x29F8:  // big solidus
    case 0xFE68:  // small reverse solidus
    case '\\':
      return '/';
    case 0x2024:
      return '.';  // one dot leader
    case 0x2025:   // two dot leader, and the ellipsis: read as dots below
    case 0x2026:
      return point;
    case 0x212A:
      return 'k';  // kelvin sign
    case 0x017F:
      return 's';  // long s
    default:
      return point;
  }
}

void append_utf8(std::string &out, char32_t point) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | point >> 6));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | point >> 12));
    out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | point >> 18));
    out.push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

// Small letters, slashes for what may become one, and nothing invisible: control characters and
// blanks are dropped, as some servers do.
std::string folded_path(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    char32_t point = compatible(careless_point(text, at));
    if (point >= 'A' && point <= 'Z') point += 'a' - 'A';
    const bool invisible = point <= 0x20 || (point >= 0x7F && point <= 0xA0) || point == 0xAD ||
                           (point >= 0x200B && point <= 0x200F) ||
                           (point >= 0x2028 && point <= 0x202E) ||
                           (point >= 0x2060 && point <= 0x2064) || point == 0xFEFF;
    if (invisible) continue;
    if (point == 0x2025) {
      out += "..";
    } else if (point == 0x2026) {
      out += "...";
    } else {
      append_utf8(out, point);
    }
  }
  return out;
}

struct Reading {
  bool cut_parameters = true;
  bool resolve_dots = true;
};

std::vector<std::string> segments_of(std::string_view path, Reading reading) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto slash = path.find('/');
    std::string_view segment = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (reading.cut_parameters) segment = segment.substr(0, segment.find(';'));
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (reading.resolve_dots && !out.empty()) out.pop_back();
      continue;
    }
    out.emplace_back(segment);
  }
  return out;
}

// Everything from the first '?' or '#' on is no path any more.
std::string_view path_part(std::string_view text) {
  return text.substr(0, text.find_first_of("?#"));
}

std::string authority_cut(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos && scheme < text.find('/')) {
    text.remove_prefix(scheme + 3);
    const auto slash = text.find('/');
    text = slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
  }
  return std::string(text);
}

constexpr int most_rounds = 12;

// All spellings between the typed one and the one that decoding leaves alone.
std::vector<std::string> stages_of(std::string_view path) {
  std::vector<std::string> stages{std::string(path)};
  for (int round = 0; round < most_rounds; ++round) {
    std::string next = decoded(stages.back());
    if (next == stages.back()) return stages;
    stages.push_back(std::move(next));
  }
  refuse_field("/path", "The path is percent-encoded too many times over.");
}

using PathSegments = std::vector<std::string>;

// Front controllers are reached as /index.php/..., and formats asked for as .../name.json.
void add_reading(std::set<PathSegments> &readings, PathSegments segments) {
  while (!segments.empty() && segments.front() == "index.php") segments.erase(segments.begin());
  readings.insert(segments);
  if (segments.empty()) return;
  for (const std::string_view suffix : {".json", ".xml", ".html", ".php"}) {
    if (!segments.back().ends_with(suffix) || segments.back().size() == suffix.size()) continue;
    segments.back().resize(segments.back().size() - suffix.size());
    readings.insert(std::move(segments));
    return;
  }
}

std::set<PathSegments> readings_of(std::string_view path) {
  std::set<PathSegments> out;
  for (const auto &stage : stages_of(authority_cut(path))) {
    // A folded_path character may be a '%' that begins a new escape, so folding is decoded again.
    for (const auto &spelling : stages_of(folded_path(stage))) {
      const std::string small = folded_path(spelling);
      for (const std::string_view part : {std::string_view(small), path_part(small)}) {
        for (const bool cut : {false, true}) {
          for (const bool resolve : {false, true}) {
            add_reading(out, segments_of(part, {.cut_parameters = cut, .resolve_dots = resolve}));
          }
        }
      }
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char &c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char &c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

}  // namespace

// ---- Limitations --------------------------------------------------------------------------------

struct PathLimits::Table {
  struct Limit {
    std::vector<std::string> methods;  // empty: all
    PathSegments segments;             // "{}" is any one, "{*}" any rest
    std::vector<PathSegments> except;  // below it, and yet allowed
    std::string id;
    std::string message;
    std::string instead;
  };
  std::vector<Limit> limits;
};

namespace {

using Limit = PathLimits::Table::Limit;

bool covers(const PathSegments &pattern, const PathSegments &path) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{*}") return true;
    if (i >= path.size() || (pattern[i] != "{}" && pattern[i] != path[i])) return false;
  }
  return path.size() == pattern.size();
}

// An ambiguous path is refused if any of its readings is.
bool refuses(const Limit &limit, const std::set<PathSegments> &readings) {
  return std::ranges::any_of(readings, [&](const PathSegments &reading) {
    return covers(limit.segments, reading) &&
           std::ranges::none_of(
               limit.except, [&](const PathSegments &allowed) { return covers(allowed, reading); });
  });
}

bool covers_method(const Limit &limit, std::string_view method) {
  if (limit.methods.empty()) return true;
  // HEAD is a GET without its body.
  const std::string wanted = method == "HEAD" ? "GET" : std::string(method);
  return std::find(limit.methods.begin(), limit.methods.end(), wanted) != limit.methods.end();
}

Limit compile_limit(const json::object &limitation, const json::value &path,
                    const std::string &limitation_at, const std::string &where) {
  const auto *object = path.if_object();
  if (object == nullptr) refuse(where, "must be an object");
  Limit out;
  out.id = text_member(limitation, "id", limitation_at);
  out.message = text_member(limitation, "message", limitation_at);
  if (limitation.contains("instead")) {
    out.instead = text_member(limitation, "instead", limitation_at);
  }
  if (const auto *methods = object->if_contains("methods")) {
    if (!methods->is_array()) refuse(where + "/methods", "must be a list");
    for (const auto &method : methods->get_array()) {
      if (!method.is_string()) refuse(where + "/methods", "must be a list of methods");
      out.methods.push_back(upper(method.get_string()));
    }
  }
  const auto text = text_member(*object, "path", where);
  if (!text.starts_with('/')) refuse(where + "/path", "must start with '/'");
  const auto pattern_of = [](std::string_view pattern) {
    return segments_of(lower_case(pattern), {.cut_parameters = false, .resolve_dots = false});
  };
  out.segments = pattern_of(text);
  if (const auto *except = object->if_contains("except")) {
    if (!except->is_array()) refuse(where + "/except", "must be a list");
    for (const auto &each : except->get_array()) {
      if (!each.is_string()) refuse(where + "/except", "must be a list of paths");
      out.except.push_back(pattern_of(each.get_string()));
    }
  }
  return out;
}

}  // namespace

PathLimits::PathLimits() : table_(std::make_shared<Table>()) {}

PathLimits PathLimits::compile(const json::object &manifest) {
  auto table = std::make_shared<Table>();
  const auto *limitations = manifest.if_contains("limitations");
  if (limitations != nullptr) {
    if (!limitations->is_array()) refuse("/limitations", "must be a list");
    std::size_t index = 0;
    for (const auto &each : limitations->get_array()) {
      const auto where = pointer_join("/limitations", index++);
      const auto *object = each.if_object();
      if (object == nullptr) refuse(where, "must be an object");
      const auto *paths = object->if_contains("paths");
      if (paths == nullptr) continue;
      if (!paths->is_array()) refuse(where + "/paths", "must be a list");
      std::size_t path_index = 0;
      for (const auto &path : paths->get_array()) {
        table->limits.push_back(
            compile_limit(*object, path, where, pointer_join(where + "/paths", path_index++)));
      }
    }
  }
  PathLimits out;
  out.table_ = std::move(table);
  return out;
}

void PathLimits::check(std::string_view method, std::string_view path) const {
  if (table_->limits.empty()) return;
  const auto readings = readings_of(path);
  for (const auto &limit : table_->limits) {
    if (!covers_method(limit, method)) continue;
    if (!refuses(limit, readings)) continue;
    Failure failure(ErrorClass::limitation, Fault::connector, limit.message, limit.instead);
    json::object details;
    details.emplace("limitation", limit.id);
    failure.details = json::serialize(details);
    throw std::move(failure);
  }
}

bool PathLimits::withholds(std::string_view path) const {
  if (table_->limits.empty()) return false;
  const auto readings = readings_of(path);
  return std::ranges::any_of(table_->limits, [&](const Limit &limit) {
    return covers_method(limit, "GET") && refuses(limit, readings);
  });
}

// ---- The plain form -----------------------------------------------------------------------------

namespace {

// Refuses every path that could be read in two ways; what is left is sent as it is.
void require_plain(std::string_view path) {
  const auto no = [](const std::string &why) { refuse_field("/path", "The path " + why + "."); };
  if (path.empty() || path.front() != '/') {
    no("must start with '/': it is the part after the service's host");
  }
  if (path.starts_with("//") || path.find("://") != std::string_view::npos) {
    no("must not name a host");
  }
  if (path.find_first_of("?") != std::string_view::npos) {
    no("must not contain a query: use the field query");
  }
  constexpr std::string_view allowed = "/-._~!$&'()*+,=:@%";
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    const bool letter_or_digit =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter_or_digit && allowed.find(c) == std::string_view::npos) {
      no("has a character at position " + std::to_string(at + 1) +
         " that must be percent-encoded or removed");
    }
    if (c == '%' && !is_escape(path, at))
      no("has a '%' that does not start a percent-encoded character");
  }
  if (path.find("//") != std::string_view::npos) no("must not have two slashes in a row");
  const std::string once = decoded(path);
  if (!is_utf8(once)) no("has percent-encoded bytes that are not UTF-8 text");
  if (decoded(once) != once) no("is percent-encoded twice");
  for (std::size_t at = 0; at < once.size();) {
    const char32_t point = careless_point(once, at);
    if (point < 0x20 || point == 0x7F || point == '\\' || point == ';' || point == '?' ||
        point == '#' || compatible(point) != point) {
      no("has a percent-encoded character that must not be in a path");
    }
  }
  if (std::count(once.begin(), once.end(), '/') != std::count(path.begin(), path.end(), '/')) {
    no("must not have a percent-encoded slash");
  }
  const std::string framed = once + "/";
  if (framed.find("/./") != std::string::npos || framed.find("/../") != std::string::npos) {
    no("must not have \".\" or \"..\" as a part");
  }
}

}  // namespace

std::string normal_path(std::string_view path) {
  if (!path.starts_with('/')) refuse_field("/path", "The path must start with '/'.");
  if (path.starts_with("//")) refuse_field("/path", "The path must not name a host.");
  const std::string last = stages_of(path).back();
  for (const char c : last) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      refuse_field("/path", "The path must not have control characters.");
    }
  }
  if (!is_utf8(last)) refuse_field("/path", "The path must be UTF-8 text.");
  const std::string small = folded_path(last);
  const auto part = path_part(small);
  // Climbing above the root is seen by counting, for segments_of() stops at it.
  int depth = 0;
  for (std::string_view rest = part; !rest.empty();) {
    const auto slash = rest.find('/');
    const auto segment = rest.substr(0, std::min(slash, rest.find(';')));
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (segment.empty() || segment == ".") continue;
    depth += segment == ".." ? -1 : 1;
    if (depth < 0) refuse_field("/path", "The path must not go above its root.");
  }
  std::string out;
  for (const auto &segment : segments_of(part, {})) out += "/" + segment;
  return out.empty() ? "/" : out;
}

// ---- The handler --------------------------------------------------------------------------------

namespace {

struct Custom {
  Service service;
  PathLimits limits;
};

// Headers that belong to the host, and those by which a server may be made to see another request.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 18> exact{
      "authorization",  "connection",        "content-length", "cookie",     "cookie2",
      "expect",         "forwarded",         "host",           "keep-alive", "te",
      "trailer",        "transfer-encoding", "upgrade",        "via",        "x-original-url",
      "x-original-uri", "x-rewrite-url",     "x-real-ip"};
  return std::find(exact.begin(), exact.end(), name) != exact.end() || name.starts_with("proxy-") ||
         name.starts_with("sec-") || name.starts_with("x-forwarded-") ||
         name.find("method") != std::string_view::npos ||
         name.find("override") != std::string_view::npos ||
         name.find("authorization") != std::string_view::npos;
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

std::vector<Header> headers_of(const json::object &input) {
  std::vector<Header> out;
  const auto *held = input.if_contains("headers");
  if (held == nullptr) return out;
  const auto *object = held->if_object();
  if (object == nullptr) refuse_field("/headers", "The headers must be an object.");
  for (const auto &member : *object) {
    const std::string_view name = member.key();
    const auto pointer = pointer_join("/headers", name);
    const auto value = scalar_text(member.value());
    if (!is_token(name))
      refuse_field(pointer, "A header's name must be letters, digits and dashes.");
    // Servers that speak CGI take an underscore for a dash.
    std::string dashed = lower_case(name);
    std::replace(dashed.begin(), dashed.end(), '_', '-');
    if (is_reserved(dashed)) {
      refuse_field(pointer, "The header " + std::string(name) + " must not be set.");
    }
    const bool clean = value && std::all_of(value->begin(), value->end(), [](char c) {
                         return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t';
                       });
    if (!clean) {
      refuse_field(pointer, "The header " + std::string(name) + " must be text of one line.");
    }
    out.push_back({std::string(name), *value});
  }
  return out;
}

// Frameworks read another method out of this member.
void refuse_method_override(const json::value &value, const std::string &field) {
  const auto *object = value.if_object();
  if (object == nullptr) return;
  for (const auto &member : *object) {
    const std::string name = folded_path(stages_of(member.key()).back());
    if (name == "_method" || name.starts_with("_method[") ||
        name.find("method-override") != std::string::npos ||
        name.find("method_override") != std::string::npos) {
      refuse_field(pointer_join(field, member.key()),
                   "The member " + std::string(member.key()) + " must not be used: set method.");
    }
  }
}

// The query of the field, written by the same rules as any template's.
std::string query_of(const Custom &custom, const json::value &query) {
  if (!query.is_object()) refuse_field("/query", "The query must be an object.");
  json::object node{{"method", "GET"}, {"path", "/"}};
  const auto request = RequestTemplate::compile(node, custom.service.network, true, "/request");
  const json::object nothing;
  Extra extra;
  extra.query = query.get_object();
  const auto url = request.build(Scope{nothing}, extra).url;
  const auto mark = url.find('?');
  return mark == std::string::npos ? "" : url.substr(mark);
}

Request request_of(const Custom &custom, const json::object &input) {
  const auto text = [&](std::string_view name) {
    const auto *found = input.if_contains(name);
    if (found == nullptr || !found->is_string()) {
      refuse_field(pointer_join("", name), "The " + std::string(name) + " must be text.");
    }
    return std::string(found->get_string());
  };
  Request out;
  out.method = text("method");
  constexpr std::array<std::string_view, 6> methods{"GET", "HEAD",  "POST",
                                                    "PUT", "PATCH", "DELETE"};
  if (std::find(methods.begin(), methods.end(), out.method) == methods.end()) {
    refuse_field("/method", "The method must be GET, HEAD, POST, PUT, PATCH or DELETE.");
  }
  const auto path = text("path");
  custom.limits.check(out.method, path);
  require_plain(path);
  out.url = custom.service.network.base_url + path;
  out.repeatable = out.method == "GET" || out.method == "HEAD";
  if (const auto *query = input.if_contains("query")) {
    refuse_method_override(*query, "/query");
    out.url += query_of(custom, *query);
  }
  out.headers = headers_of(input);
  const auto has = [&](std::string_view name) {
    return std::any_of(out.headers.begin(), out.headers.end(),
                       [&](const Header &each) { return lower_case(each.name) == name; });
  };
  if (!has("accept")) out.headers.push_back({"Accept", "application/json"});
  if (const auto *body = input.if_contains("body"); body != nullptr && !body->is_null()) {
    refuse_method_override(*body, "/body");
    if (!has("content-type")) out.headers.push_back({"Content-Type", "application/json"});
    out.body = json::serialize(*body);
  }
  return out;
}

// The answer as it came: JSON where it is JSON, else text, else base64.
json::object called_answer(const Response &response) {
  json::object out;
  out.emplace("status", response.status());
  json::object headers;
  for (const auto &header : response.headers()) {
    const auto name = view(header.name);
    // A session is not for the caller, and neither side keeps one.
    if (name == "set-cookie" || name == "set-cookie2") continue;
    const auto value = view(header.value);
    if (!is_utf8(name) || !is_utf8(value)) continue;
    if (auto *known = headers.if_contains(name)) {
      known->get_string().append(", ").append(value);
    } else {
      headers.emplace(name, value);
    }
  }
  out.emplace("headers", std::move(headers));
  const auto body = without_bom(response.body());
  if (body.empty()) {
    out.emplace("body", nullptr);
    return out;
  }
  json::error_code error;
  constexpr std::size_t deepest = 64;
  auto parsed = parse_document(body, error, deepest);
  if (error) {
    if (const auto whole = with_cut_characters_replaced(body)) {
      parsed = parse_document(*whole, error, deepest);
    }
  }
  if (!error && is_writable(parsed)) {
    out.emplace("body", std::move(parsed));
  } else if (is_utf8(body)) {
    out.emplace("body", body);
  } else {
    out.emplace("body_base64", base64(body));
  }
  return out;
}

// The `id` of each record. `beside`: the value is the answer itself, whose plain members
// ("success") are no record's, and whose errors say why nothing was written.
json::value only_ids(const json::value &value, bool beside) {
  if (const json::array *list = value.if_array()) {
    json::array out;
    for (const auto &each : *list) {
      if (each.is_structured()) out.push_back(only_ids(each, false));
    }
    return out;
  }
  const json::object *object = value.if_object();
  if (object == nullptr) return nullptr;
  // The record itself, without an envelope, has its ID at the top.
  const bool plain = beside && !object->contains("id");
  json::object out;
  for (const auto &member : *object) {
    const bool structured = member.value().is_structured();
    const bool error = beside && (member.key() == "error" || member.key() == "errors");
    if (error) {
      out.emplace(member.key(), member.value());
    } else if (structured && beside) {
      out.emplace(member.key(), only_ids(member.value(), false));
    } else if (!structured && (plain || member.key() == "id")) {
      out.emplace(member.key(), member.value());
    }
  }
  return out;
}

void withhold_record(json::object &answer, std::string_view service,
                     std::vector<std::string> &notes) {
  json::value ids;
  if (json::value *body = answer.if_contains("body")) {
    ids = only_ids(*body, true);
    if (ids == *body) return;
  }
  answer.erase("body_base64");
  answer["body"] = std::move(ids);
  notes.push_back(std::string(service) +
                  " answers this request with a record that this connector must not read: only its "
                  "IDs are returned.");
}

// Files come as they are; what calls itself JSON or a page, or nothing at all, is read.
bool is_to_be_read(const Response &response) {
  if (response.body().empty()) return false;
  const auto type = lower_case(response.header("content-type"));
  return type.empty() || type.find("json") != std::string::npos ||
         type.find("html") != std::string::npos;
}

Task<Result> run_custom(Call &call, std::shared_ptr<const Custom> custom) {
  Request request = request_of(*custom, call.input);
  const bool repeatable = request.repeatable;
  const bool writes = request.method != "GET" && request.method != "HEAD";
  const bool withheld = writes && custom->limits.withholds(call.input.at("path").as_string());
  auto sending = call.channel.send(std::move(request));
  const Response response = co_await sending;
  Result result;
  std::string answer;
  if (response.arrived()) {
    json::object called = called_answer(response);
    if (withheld && response.status() / 100 == 2) {
      withhold_record(called, custom->service.title, result.notes);
    }
    answer = write_document(called);
  }
  try {
    const auto &errors = custom->service.errors;
    if (!repeatable && response.arrived() && is_to_be_read(response)) {
      errors.read_json(response, repeatable, call.channel.now());
    } else {
      errors.expect_success(response, repeatable, call.channel.now());
    }
  } catch (Failure &failure) {
    failure.details = std::move(answer);
    throw;
  }
  result.output = std::move(answer);
  co_return result;
}

}  // namespace

Handler custom_call(const json::object &manifest) {
  auto custom = std::make_shared<Custom>();
  custom->service = Service::compile(manifest);
  custom->limits = PathLimits::compile(manifest);
  return [custom = std::shared_ptr<const Custom>(std::move(custom))](Call &call) {
    return run_custom(call, custom);
  };
}

}  // namespace cpi
