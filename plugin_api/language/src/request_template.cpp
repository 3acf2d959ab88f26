#include "cpi/language/request_template.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/serialize.hpp>

#include "cpi/json/document.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/language/failure.hpp"
#include "form_body.hpp"
#include "manifest_part.hpp"
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

// Reads the members of a request. A malformed member leaves the default value.
class RequestCompiler {
 public:
  RequestCompiler(const json::value &request, std::string where, Problems &problems)
      : request_(request, std::move(where), problems), problems_(problems) {}

  void compile(const Network &network, bool idempotent, RequestTemplate::Parts &out) {
    if (!request_.given()) return;
    request_.only({"method", "path", "segments", "query", "headers", "body", "content", "host",
                   "repeatable", "shareable"},
                  "is not a part of a request");
    method(out);
    path(out);
    host(network, out);
    out.query = nodes("query");
    headers(out);
    body(out);
    const bool reads = out.method == "GET" || out.method == "HEAD";
    out.repeatable = request_.flag("repeatable").value_or(reads || idempotent);
    out.shareable = request_.flag("shareable").value_or(false);
    if (out.shareable && knows_method_ && out.method != "GET") {
      request_.refuse("shareable", "is for GET only");
    }
  }

 private:
  NamedNodes nodes(std::string_view name) {
    NamedNodes out;
    const auto named = request_.part(name);
    if (!named) return out;
    for (const auto &member : named->object()) {
      out.emplace_back(member.key(),
                       compile_node(member.value(), named->at(member.key()), problems_));
    }
    return out;
  }

  void method(RequestTemplate::Parts &out) {
    if (!request_.has("method")) request_.refuse("method", "must be text");
    const auto given = request_.word("method", {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"});
    if (!given) return;
    out.method = *given;
    knows_method_ = true;
  }

  void path(RequestTemplate::Parts &out) {
    NamedNodes segments = nodes("segments");
    if (!request_.has("path")) request_.refuse("path", "must be text");
    const auto given = request_.text("path");
    if (!given) return;
    out.path = RequestPath::compile(*given, std::move(segments), request_.at("path"),
                                    request_.at("segments"), problems_);
  }

  void host(const Network &network, RequestTemplate::Parts &out) {
    out.origin = network.base_url;
    const auto given = request_.text("host");
    if (!given) return;
    const auto &hosts = network.allowed_hosts;
    if (std::find(hosts.begin(), hosts.end(), *given) == hosts.end()) {
      request_.refuse("host", '"' + *given + "\" is not an allowed host",
                      ProblemKind::foreign_host);
    }
    out.origin = "https://" + *given;
  }

  void headers(RequestTemplate::Parts &out) {
    const auto given = request_.part("headers");
    if (!given) return;
    for (const auto &member : given->object()) {
      const auto value = given->text(member.key());
      if (!value) continue;
      if (is_header_text(*value)) {
        out.headers.push_back({std::string(member.key()), *value});
      } else {
        given->refuse(member.key(), "must not have control characters");
      }
    }
  }

  void body(RequestTemplate::Parts &out) {
    const auto content = request_.word("content", {"json", "form", "multipart"});
    out.content = content == "form"        ? Content::form
                  : content == "multipart" ? Content::multipart
                                           : Content::json;
    const auto *given = request_.find("body");
    if (given == nullptr) return;
    if (knows_method_ && (out.method == "GET" || out.method == "HEAD")) {
      request_.refuse("body", "a " + out.method + " request has no body");
    }
    if (out.content != Content::json && !given->is_object()) {
      request_.refuse("body", "a " + *content + " body must be an object");
    }
    out.body = compile_node(*given, request_.at("body"), problems_);
  }

  ManifestPart request_;
  Problems &problems_;
  bool knows_method_ = false;  // if false, problems that depend on it are not recorded
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
  RequestCompiler(value, std::string(where), problems).compile(network, idempotent, *parts);
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
    // An absent filter is not sent.
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
    request.body = write_document(*body);
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
