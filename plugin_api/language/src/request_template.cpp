#include "cpi/language/request_template.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <boost/json/serialize.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/failure.hpp"
#include "form_body.hpp"
#include "multipart.hpp"
#include "request_path.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

enum class Content { json, form, multipart };

using NamedNodes = std::vector<std::pair<std::string, PlacementNode>>;

}  // namespace

struct RequestTemplate::Parts {
  std::string method = "GET";
  std::string origin;
  RequestPath path;
  NamedNodes query;
  std::vector<Header> headers;
  std::optional<PlacementNode> body;
  Content content = Content::json;
  bool repeatable = false;
  bool shareable = false;
  bool secret = false;
};

namespace {

// Reads the members of one request. What is wrong with one leaves the part as it is by default.
class RequestCompiler {
 public:
  RequestCompiler(const json::object &request, std::string where, Problems &problems)
      : request_(request), where_(std::move(where)), problems_(problems) {}

  void compile(const Network &network, bool idempotent, RequestTemplate::Parts &out) {
    only_known();
    method(out);
    path(out);
    host(network, out);
    out.query = nodes("query");
    headers(out);
    body(out);
    const bool reads = out.method == "GET" || out.method == "HEAD";
    out.repeatable = flag("repeatable").value_or(reads || idempotent);
    out.shareable = flag("shareable").value_or(false);
    if (out.shareable && knows_method_ && out.method != "GET")
      problems_.add(at("shareable"), "is for GET only");
  }

 private:
  std::string at(std::string_view name) const { return pointer_join(where_, name); }

  void only_known() {
    constexpr std::array<std::string_view, 10> known{"method",     "path",     "segments", "query",
                                                     "headers",    "body",     "content",  "host",
                                                     "repeatable", "shareable"};
    for (const auto &member : request_) {
      const std::string_view name = member.key();
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        problems_.add(at(name), "is not a part of a request");
      }
    }
  }

  // Nothing where it was refused.
  std::optional<std::string> text(std::string_view name) {
    const auto *found = request_.if_contains(name);
    if (found != nullptr && found->is_string()) return std::string(found->get_string());
    problems_.add(at(name), "must be text");
    return std::nullopt;
  }

  std::optional<bool> flag(std::string_view name) {
    const auto *found = request_.if_contains(name);
    if (found == nullptr) return std::nullopt;
    if (found->is_bool()) return found->get_bool();
    problems_.add(at(name), "must be true or false");
    return std::nullopt;
  }

  // Null where it is absent or was refused.
  const json::object *object(std::string_view name) {
    const auto *found = request_.if_contains(name);
    if (found == nullptr || found->is_object())
      return found == nullptr ? nullptr : found->if_object();
    problems_.add(at(name), "must be an object");
    return nullptr;
  }

  NamedNodes nodes(std::string_view name) {
    NamedNodes out;
    const auto *named = object(name);
    if (named == nullptr) return out;
    for (const auto &member : *named) {
      out.emplace_back(member.key(), compile_node(member.value(),
                                                  pointer_join(at(name), member.key()), problems_));
    }
    return out;
  }

  void method(RequestTemplate::Parts &out) {
    const auto given = text("method");
    if (!given) return;
    constexpr std::array<std::string_view, 6> methods{"GET", "HEAD",  "POST",
                                                      "PUT", "PATCH", "DELETE"};
    if (std::find(methods.begin(), methods.end(), *given) == methods.end()) {
      problems_.add(at("method"), "must be GET, HEAD, POST, PUT, PATCH or DELETE");
      return;
    }
    out.method = *given;
    knows_method_ = true;
  }

  void path(RequestTemplate::Parts &out) {
    NamedNodes segments = nodes("segments");
    const auto given = text("path");
    if (!given) return;
    out.path =
        RequestPath::compile(*given, std::move(segments), at("path"), at("segments"), problems_);
  }

  void host(const Network &network, RequestTemplate::Parts &out) {
    out.origin = network.base_url;
    if (!request_.contains("host")) return;
    const auto given = text("host");
    if (!given) return;
    const auto &hosts = network.allowed_hosts;
    if (std::find(hosts.begin(), hosts.end(), *given) == hosts.end()) {
      problems_.add(at("host"), '"' + *given + "\" is not an allowed host",
                    ProblemKind::foreign_host);
    }
    out.origin = "https://" + *given;
  }

  void headers(RequestTemplate::Parts &out) {
    const auto *given = object("headers");
    if (given == nullptr) return;
    for (const auto &member : *given) {
      const std::string place = pointer_join(at("headers"), member.key());
      const auto *value = member.value().if_string();
      if (value == nullptr) {
        problems_.add(place, "must be text");
      } else if (!is_header_text(*value)) {
        problems_.add(place, "must not have control characters");
      } else {
        out.headers.push_back({std::string(member.key()), std::string(*value)});
      }
    }
  }

  void body(RequestTemplate::Parts &out) {
    if (request_.contains("content")) {
      const auto content = text("content");
      if (content == "form") {
        out.content = Content::form;
      } else if (content == "multipart") {
        out.content = Content::multipart;
      } else if (content && content != "json") {
        problems_.add(at("content"), "must be json, form or multipart");
      }
    }
    const auto *given = request_.if_contains("body");
    if (given == nullptr) return;
    if (knows_method_ && (out.method == "GET" || out.method == "HEAD")) {
      problems_.add(at("body"), "a " + out.method + " request has no body");
    }
    if (out.content != Content::json && !given->is_object()) {
      problems_.add(at("body"), "a form or multipart body must be an object");
    }
    out.body = compile_node(*given, at("body"), problems_);
  }

  const json::object &request_;
  std::string where_;
  Problems &problems_;
  bool knows_method_ = false;  // else nothing is said of what depends on it
};

Failure body_is_no_object(const std::string &what) {
  return {ErrorClass::plugin_fault, Fault::connector,
          "The connector's request template cannot " + what + ": its body is not an object.",
          "Report this to the connector's authors."};
}

}  // namespace

RequestTemplate::RequestTemplate() : parts_(std::make_shared<Parts>()) {}

RequestTemplate RequestTemplate::compile(const json::value &value, const Network &network,
                                         bool idempotent, std::string_view where, bool secret) {
  Problems problems;
  RequestTemplate out = compile(value, network, idempotent, where, secret, problems);
  problems.throw_first();
  return out;
}

RequestTemplate RequestTemplate::compile(const json::value &value, const Network &network,
                                         bool idempotent, std::string_view where, bool secret,
                                         Problems &problems) {
  auto parts = std::make_shared<Parts>();
  parts->secret = secret;
  if (const auto *object = value.if_object()) {
    RequestCompiler(*object, std::string(where), problems).compile(network, idempotent, *parts);
  } else {
    problems.add(std::string(where), "must be an object");
  }
  RequestTemplate out;
  out.parts_ = std::move(parts);
  return out;
}

Request RequestTemplate::build(const Scope &scope) const {
  return build(scope, Extra{});
}

Request RequestTemplate::build(const Scope &scope, const Extra &extra) const {
  const Parts &parts = *parts_;
  const Frame frame{scope};
  Request request;
  request.method = parts.method;
  request.url = parts.origin + parts.path.build(frame);
  request.repeatable = parts.repeatable;
  request.shareable = parts.shareable;
  request.secret = parts.secret;
  request.headers.push_back({"Accept", "application/json"});
  request.headers.insert(request.headers.end(), parts.headers.begin(), parts.headers.end());

  json::object query;
  query.reserve(parts.query.size() + extra.query.size());
  for (const auto &[name, node] : parts.query) {
    auto placed = place_node(node, frame);
    // A filter that is not wanted is not mentioned.
    if (!placed || (placed->is_bool() && !placed->get_bool())) continue;
    query.insert_or_assign(name, std::move(*placed));
  }
  for (const auto &member : extra.query) query.insert_or_assign(member.key(), member.value());
  if (auto text = url_encoded(query); !text.empty()) request.url += "?" + text;

  std::optional<json::value> body;
  if (parts.body) body = place_node(*parts.body, frame);
  if (!extra.body.empty()) {
    if (!body) body = json::object();
    if (!body->is_object()) throw body_is_no_object("add paging");
    for (const auto &member : extra.body) {
      body->get_object().insert_or_assign(member.key(), member.value());
    }
  }
  if (!body) return request;
  if (parts.content == Content::json) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = json::serialize(*body);
    return request;
  }
  if (!body->is_object()) throw body_is_no_object("make a form");
  if (parts.content == Content::form) {
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    request.body = url_encoded(body->get_object());
  } else {
    auto built = multipart(body->get_object());
    request.headers.push_back({"Content-Type", "multipart/form-data; boundary=" + built.boundary});
    request.body = std::move(built.body);
  }
  return request;
}

bool RequestTemplate::repeatable() const noexcept {
  return parts_->repeatable;
}

const std::string &RequestTemplate::method() const noexcept {
  return parts_->method;
}

std::string RequestTemplate::path_shape() const {
  return parts_->path.shape();
}

std::vector<Read> RequestTemplate::reads() const {
  std::vector<Read> out;
  parts_->path.note_reads(out);
  for (const auto &member : parts_->query) note_reads(member.second, true, out);
  if (parts_->body) note_reads(*parts_->body, false, out);
  return out;
}

}  // namespace cpi
