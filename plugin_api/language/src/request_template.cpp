#include "cpi/language/request_template.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>

#include <boost/json/serialize.hpp>

#include "cpi/json/base64.hpp"
#include "cpi/json/number.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/schema.hpp"
#include "cpi/language/encoders.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/language/manifest_member.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

[[noreturn]] void refuse_value(const std::string &pointer, const std::string &what) {
  const auto slash = pointer.rfind('/');
  const std::string name = slash == std::string::npos ? "The input" : pointer.substr(slash + 1);
  Violations only;
  only.listed.push_back({pointer, name + " " + what + ".", "template"});
  throw input_failure(only);
}

// A pointer into the root, or ("./x") into the item.
struct Source {
  bool relative = false;
  Pointer pointer;
  std::string text;

  static Source compile(const json::value &node, const std::string &where, bool in_each) {
    const auto *text = node.if_string();
    if (text == nullptr) refuse(where, "must be a JSON Pointer");
    Source out;
    out.text = std::string(*text);
    if (out.text == "." || out.text.starts_with("./")) {
      if (!in_each) refuse(where, "\"" + out.text + "\" is relative, but there is no item");
      out.relative = true;
      out.pointer = Pointer::compile(std::string_view(out.text).substr(1), where);
    } else {
      out.pointer = Pointer::compile(out.text, where);
    }
    return out;
  }
};

// Where a placement is within its lists; for the pointers of errors only.
struct Frame {
  const Scope &scope;
  const Frame *outer = nullptr;
  const Source *list = nullptr;
  std::size_t index = 0;

  std::string pointer_of(const Source &source) const {
    if (!source.relative) return source.text;
    const std::string item =
        list == nullptr ? "" : outer->pointer_of(*list) + "/" + std::to_string(index);
    return item + source.text.substr(1);
  }
};

}  // namespace

// ---- Placement ----------------------------------------------------------------------------------

struct Placement::Node {
  enum class Kind { literal, object, list, from, each, merge, concat, choice } kind = Kind::literal;
  json::value literal;
  std::vector<std::pair<std::string, Node>> members;  // of an object; the cases of a choice
  std::vector<Node> parts;  // list's elements, merge's objects, concat's lists, each's
                            // item, choice's default
  Source source;
  std::vector<Encoder> encoders;
  std::optional<json::object> values;  // $values: what stands for each text
  std::optional<json::value> otherwise;
  std::string where;
};

namespace {

using PlacementNode = Placement::Node;

void compile_encoders(PlacementNode &node, const json::value &names, const std::string &where) {
  const auto add = [&](const json::value &name) {
    const auto *text = name.if_string();
    const auto encoder = text != nullptr ? find_encoder(*text) : nullptr;
    if (encoder == nullptr) {
      std::string known;
      for (const auto each : encoder_names())
        known += (known.empty() ? "" : ", ") + std::string(each);
      refuse(where, "there is no encoder " + json::serialize(name) + "; there are " + known);
    }
    node.encoders.push_back(encoder);
  };
  if (const auto *list = names.if_array()) {
    for (const auto &each : *list) add(each);
  } else {
    add(names);
  }
}

// `in_each`: whether "./" has a meaning. Event data has an item from the start.
PlacementNode compile_node(const json::value &value, const std::string &where, bool in_each,
                           int depth);

// An object with a member that starts with '$'.
PlacementNode compile_directive(const json::object &object, const std::string &where, bool in_each,
                                int depth) {
  PlacementNode node;
  node.where = where;
  const auto only = [&](std::initializer_list<std::string_view> allowed) {
    for (const auto &member : object) {
      if (std::find(allowed.begin(), allowed.end(), std::string_view(member.key())) ==
          allowed.end()) {
        refuse(pointer_join(where, member.key()), "is not allowed here");
      }
    }
  };
  if (const auto *from = object.if_contains("$from")) {
    only({"$from", "$values", "$encode", "$default"});
    node.kind = PlacementNode::Kind::from;
    if (const auto *values = object.if_contains("$values")) {
      if (!values->is_object()) refuse(pointer_join(where, "$values"), "must be an object");
      node.values = values->get_object();
    }
    node.source = Source::compile(*from, pointer_join(where, "$from"), in_each);
  } else if (const auto *each = object.if_contains("$each")) {
    only({"$each", "$item", "$encode", "$default"});
    const auto *item = object.if_contains("$item");
    if (item == nullptr) refuse(where, "$each has no $item");
    node.kind = PlacementNode::Kind::each;
    node.source = Source::compile(*each, pointer_join(where, "$each"), in_each);
    node.parts.push_back(compile_node(*item, pointer_join(where, "$item"), true, depth + 1));
  } else if (object.contains("$merge") || object.contains("$concat")) {
    const bool merges = object.contains("$merge");
    const std::string_view name = merges ? "$merge" : "$concat";
    only({name, "$encode"});
    const auto *list = object.at(name).if_array();
    const auto place = pointer_join(where, name);
    if (list == nullptr || list->empty()) {
      refuse(place, merges ? "must be a list of objects" : "must be a list of lists");
    }
    node.kind = merges ? PlacementNode::Kind::merge : PlacementNode::Kind::concat;
    for (const auto &part : *list) {
      node.parts.push_back(
          compile_node(part, pointer_join(place, node.parts.size()), in_each, depth + 1));
    }
  } else if (const auto *choice = object.if_contains("$switch")) {
    only({"$switch", "$cases", "$encode", "$default"});
    const auto *cases = object.if_contains("$cases");
    const auto place = pointer_join(where, "$cases");
    if (cases == nullptr || !cases->is_object() || cases->get_object().empty()) {
      refuse(place, "must be an object with a replacement for each value");
    }
    node.kind = PlacementNode::Kind::choice;
    node.source = Source::compile(*choice, pointer_join(where, "$switch"), in_each);
    for (const auto &member : cases->get_object()) {
      node.members.emplace_back(
          member.key(),
          compile_node(member.value(), pointer_join(place, member.key()), in_each, depth + 1));
    }
    if (const auto *otherwise = object.if_contains("$default")) {
      node.parts.push_back(
          compile_node(*otherwise, pointer_join(where, "$default"), in_each, depth + 1));
    }
  } else {
    refuse(
        where,
        "has a member that starts with '$', but is not $from, $each, $merge, $concat or $switch");
  }
  if (const auto *encode = object.if_contains("$encode")) {
    compile_encoders(node, *encode, pointer_join(where, "$encode"));
  }
  if (node.kind != PlacementNode::Kind::choice) {
    if (const auto *otherwise = object.if_contains("$default")) node.otherwise = *otherwise;
  }
  return node;
}

PlacementNode compile_node(const json::value &value, const std::string &where, bool in_each,
                           int depth) {
  if (depth > 50) refuse(where, "is nested too deeply");
  PlacementNode node;
  node.where = where;
  if (const auto *object = value.if_object()) {
    const bool directive = std::any_of(object->begin(), object->end(), [](const auto &member) {
      return std::string_view(member.key()).starts_with('$');
    });
    if (directive) return compile_directive(*object, where, in_each, depth);
    node.kind = PlacementNode::Kind::object;
    for (const auto &member : *object) {
      node.members.emplace_back(
          member.key(),
          compile_node(member.value(), pointer_join(where, member.key()), in_each, depth + 1));
    }
  } else if (const auto *list = value.if_array()) {
    node.kind = PlacementNode::Kind::list;
    for (const auto &element : *list) {
      node.parts.push_back(
          compile_node(element, pointer_join(where, node.parts.size()), in_each, depth + 1));
    }
  } else {
    node.literal = value;
  }
  return node;
}

const json::value *look_up(const Source &source, const Frame &frame) {
  if (!source.relative) return source.pointer.find(frame.scope.root);
  return frame.scope.item == nullptr ? nullptr : source.pointer.find(*frame.scope.item);
}

std::optional<json::value> place_node(const PlacementNode &node, const Frame &frame);

std::optional<json::value> place_each(const PlacementNode &node, const json::value &list,
                                      const Frame &frame) {
  if (!list.is_array()) refuse_value(frame.pointer_of(node.source), "must be a list");
  json::array out;
  std::size_t index = 0;
  for (const auto &item : list.get_array()) {
    const Scope scope{frame.scope.root, &item};
    const Frame inner{scope, &frame, &node.source, index++};
    if (auto placed = place_node(node.parts.front(), inner)) out.push_back(std::move(*placed));
  }
  return out;
}

Failure wrong_part(const PlacementNode &part, const std::string &what) {
  return {ErrorClass::plugin_fault, Fault::connector,
          "The connector's request template " + what + " (" + part.where + ").",
          "Report this to the connector's authors."};
}

json::value merge_parts(const PlacementNode &node, const Frame &frame) {
  json::object out;
  for (const auto &part : node.parts) {
    auto placed = place_node(part, frame);
    if (!placed) continue;
    if (!placed->is_object()) throw wrong_part(part, "merges a value that is not an object");
    for (auto &member : placed->get_object()) {
      out.insert_or_assign(member.key(), std::move(member.value()));
    }
  }
  return out;
}

json::value concat_parts(const PlacementNode &node, const Frame &frame) {
  json::array out;
  for (const auto &part : node.parts) {
    auto placed = place_node(part, frame);
    if (!placed) continue;
    auto *list = placed->if_array();
    if (list == nullptr) throw wrong_part(part, "joins a value that is not a list");
    for (auto &each : *list) out.push_back(std::move(each));
  }
  return out;
}

// The node for the value that is there; null when none is named for it.
const PlacementNode *chosen_case(const PlacementNode &node, const Frame &frame) {
  const auto *found = look_up(node.source, frame);
  const auto case_of = [&](std::string_view name) {
    const auto named =
        std::ranges::find(node.members, name, &std::pair<std::string, PlacementNode>::first);
    return named != node.members.end() ? &named->second : nullptr;
  };
  const PlacementNode *chosen = nullptr;
  if (found != nullptr) {
    if (const auto text = scalar_text(*found)) chosen = case_of(*text);
    if (chosen == nullptr) chosen = case_of("*");
  }
  if (chosen == nullptr && !node.parts.empty()) chosen = &node.parts.front();
  return chosen;
}

std::optional<json::value> place_node(const PlacementNode &node, const Frame &frame) {
  std::optional<json::value> out;
  switch (node.kind) {
    case PlacementNode::Kind::literal:
      return node.literal;
    case PlacementNode::Kind::object: {
      json::object object;
      for (const auto &[name, member] : node.members) {
        if (auto placed = place_node(member, frame)) object.emplace(name, std::move(*placed));
      }
      return object;
    }
    case PlacementNode::Kind::list: {
      json::array list;
      for (const auto &part : node.parts) {
        if (auto placed = place_node(part, frame)) list.push_back(std::move(*placed));
      }
      return list;
    }
    case PlacementNode::Kind::merge:
      out = merge_parts(node, frame);
      break;
    case PlacementNode::Kind::concat:
      out = concat_parts(node, frame);
      break;
    case PlacementNode::Kind::choice: {
      const PlacementNode *chosen = chosen_case(node, frame);
      if (chosen != nullptr) out = place_node(*chosen, frame);
      if (!out) return std::nullopt;
      break;
    }
    case PlacementNode::Kind::from:
    case PlacementNode::Kind::each: {
      const auto *found = look_up(node.source, frame);
      if (found != nullptr && node.values) {
        const auto text = scalar_text(*found);
        found = text ? node.values->if_contains(*text) : nullptr;
      }
      if (found == nullptr) return node.otherwise;
      out = node.kind == PlacementNode::Kind::from ? *found : place_each(node, *found, frame);
      break;
    }
  }
  try {
    for (const auto encode : node.encoders) out = encode(*out);
  } catch (const std::invalid_argument &error) {
    refuse_value(frame.pointer_of(node.source), error.what());
  }
  return out;
}

}  // namespace

Placement::Placement() : node_(std::make_shared<PlacementNode>()) {}

Placement Placement::compile(const json::value &node, std::string_view where) {
  Placement out;
  out.node_ = std::make_shared<PlacementNode>(compile_node(node, std::string(where), true, 0));
  return out;
}

std::optional<json::value> Placement::place(const Scope &scope) const {
  return place_node(*node_, Frame{scope});
}

// ---- Network ------------------------------------------------------------------------------------

Network Network::compile(const json::object &manifest) {
  const std::string where = "/network";
  const auto *found = manifest.if_contains("network");
  const auto *object = found != nullptr ? found->if_object() : nullptr;
  if (object == nullptr) refuse(where, "must be an object");
  Network out;
  const auto *base = object->if_contains("base_url");
  if (base == nullptr || !base->is_string()) refuse(where + "/base_url", "must be text");
  out.base_url = base->get_string();
  if (!out.base_url.starts_with("https://") ||
      out.base_url.find_first_of("?#@ \\", 8) != std::string::npos) {
    refuse(where + "/base_url", "must be an https address without query or user");
  }
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  const auto *hosts = object->if_contains("allowed_hosts");
  if (hosts == nullptr || !hosts->is_array() || hosts->get_array().empty()) {
    refuse(where + "/allowed_hosts", "must be a list of host names");
  }
  for (const auto &host : hosts->get_array()) {
    if (!host.is_string()) refuse(where + "/allowed_hosts", "must be a list of host names");
    out.allowed_hosts.emplace_back(host.get_string());
  }
  const auto authority = std::string_view(out.base_url).substr(8);
  const auto host = authority.substr(0, authority.find_first_of(":/"));
  if (std::find(out.allowed_hosts.begin(), out.allowed_hosts.end(), host) ==
      out.allowed_hosts.end()) {
    refuse(where + "/allowed_hosts", "does not contain the host of base_url");
  }
  return out;
}

// ---- Request template ---------------------------------------------------------------------------

namespace {

enum class Content { json, form, multipart };

// A literal, and what follows it: an input field, or one of the request's `segments`.
struct PathPart {
  std::string literal;
  std::optional<Source> source;
  std::optional<PlacementNode> node;
  bool optional = false;  // {field?}: absent, it goes with the slash before it
};

// A body member, or an element of its list, that is a file: {"filename": text, "content": base64
// text, "content_type"?: text}.
struct File {
  std::string_view filename;
  std::string content;
  std::string_view content_type;
};

std::optional<File> file_of(const json::value &value) {
  const auto *object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto *filename = object->if_contains("filename");
  const auto *content = object->if_contains("content");
  if (filename == nullptr || !filename->is_string() || content == nullptr ||
      !content->is_string()) {
    return std::nullopt;
  }
  File file{.filename = filename->get_string(), .content = {}, .content_type = {}};
  if (!base64_decode(content->get_string(), file.content)) {
    refuse_value("/content", "must be base64 text");
  }
  const auto *type = object->if_contains("content_type");
  file.content_type = type != nullptr && type->is_string()
                          ? std::string_view(type->get_string())
                          : std::string_view("application/octet-stream");
  return file;
}

// Name and value pairs as PHP reads them: a list is name[]=, an object name[member]=. Null is left
// out.
void flatten(const std::string &name, const json::value &value,
             const std::function<void(const std::string &, const json::value &)> &take) {
  if (const auto *list = value.if_array()) {
    for (const auto &each : *list) flatten(name + "[]", each, take);
  } else if (const auto *object = value.if_object()) {
    for (const auto &member : *object) {
      flatten(name + "[" + std::string(member.key()) + "]", member.value(), take);
    }
  } else if (!value.is_null()) {
    take(name, value);
  }
}

// PHP's frameworks take 1 and 0 for true and false in a query or a form, and refuse the words.
std::string form_text(const json::value &value) {
  if (const auto *flag = value.if_bool()) return *flag ? "1" : "0";
  return *scalar_text(value);
}

std::string url_encoded(const json::object &pairs) {
  std::string out;
  for (const auto &member : pairs) {
    flatten(std::string(member.key()), member.value(),
            [&](const std::string &name, const json::value &value) {
              if (!out.empty()) out.push_back('&');
              out += percent_encode(name) + "=" + percent_encode(form_text(value));
            });
  }
  return out;
}

// Quotes and line ends as browsers write them in a part's header (WHATWG, multipart/form-data).
std::string header_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

// A file, or a list of nothing but files, which share the member's name.
std::vector<File> files_of(const json::value &value) {
  std::vector<File> files;
  if (auto file = file_of(value)) files.push_back(std::move(*file));
  if (const auto *list = value.if_array()) {
    for (const auto &each : *list) {
      auto file = file_of(each);
      if (!file) return {};
      files.push_back(std::move(*file));
    }
  }
  return files;
}

std::string file_part(const std::string &name, const File &file) {
  if (!is_header_text(file.content_type)) refuse_value("/content_type", "must be plain text");
  return "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"" +
         header_name(file.filename) + "\"\r\nContent-Type: " + std::string(file.content_type) +
         "\r\n\r\n" + file.content + "\r\n";
}

struct Multipart {
  std::string body;
  std::string boundary;
};

// The boundary is made of the content: the same input gives the same request, without randomness.
Multipart multipart(const json::object &members) {
  std::vector<std::string> parts;
  for (const auto &member : members) {
    const std::string name = header_name(member.key());
    if (const auto files = files_of(member.value()); !files.empty()) {
      for (const File &file : files) parts.push_back(file_part(name, file));
      continue;
    }
    flatten(std::string(member.key()), member.value(),
            [&](const std::string &flat, const json::value &value) {
              parts.push_back("Content-Disposition: form-data; name=\"" + header_name(flat) +
                              "\"\r\n\r\n" + form_text(value) + "\r\n");
            });
  }
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const auto &part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
  }
  const auto occurs = [&](const std::string &boundary) {
    return std::any_of(parts.begin(), parts.end(), [&](const std::string &part) {
      return part.find(boundary) != std::string::npos;
    });
  };
  Multipart out;
  do {
    out.boundary = "cpi-" + std::to_string(hash);
    add(1);
  } while (occurs(out.boundary));
  for (const auto &part : parts) out.body += "--" + out.boundary + "\r\n" + part;
  out.body += "--" + out.boundary + "--\r\n";
  return out;
}

using TemplateSegments = std::vector<std::pair<std::string, PlacementNode>>;

std::vector<PathPart> compile_path(const std::string &path, const TemplateSegments &segments,
                                   const std::string &where) {
  constexpr std::string_view allowed = "/-._~!$&'()*+,;=:@";
  if (!path.starts_with('/') || path.starts_with("//")) refuse(where, "must start with one '/'");
  std::vector<PathPart> parts(1);
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    if (c == '{') {
      const auto end = path.find('}', at);
      if (end == std::string::npos) refuse(where, "has a '{' without its '}'");
      std::string name = path.substr(at + 1, end - at - 1);
      parts.back().optional = name.ends_with('?');
      if (parts.back().optional) {
        name.pop_back();
        if (!parts.back().literal.ends_with('/')) {
          refuse(where, "has an optional placeholder that is not a whole segment");
        }
      }
      if (name.empty()) refuse(where, "has an empty placeholder");
      const auto named = std::ranges::find(segments, name, &TemplateSegments::value_type::first);
      if (named != segments.end()) {
        parts.back().node = named->second;
      } else {
        if (name.front() != '/') name = pointer_join("", name);
        parts.back().source = Source::compile(json::value(name), where, false);
      }
      parts.emplace_back();
      at = end;
      continue;
    }
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       allowed.find(c) != std::string_view::npos;
    if (!plain)
      refuse(where, "has a character that is not allowed in a path; put a query into `query`");
    parts.back().literal.push_back(c);
  }
  return parts;
}

}  // namespace

struct RequestTemplate::Parts {
  std::string method = "GET";
  std::string origin;
  std::vector<PathPart> path;
  std::vector<std::pair<std::string, PlacementNode>> query;
  std::vector<Header> headers;
  std::optional<PlacementNode> body;
  Content content = Content::json;
  bool repeatable = false;
  bool shareable = false;
  bool secret = false;
};

RequestTemplate::RequestTemplate() : parts_(std::make_shared<Parts>()) {}

RequestTemplate RequestTemplate::compile(const json::value &value, const Network &network,
                                         bool idempotent, std::string_view at, bool secret) {
  const std::string where(at);
  const auto *object = value.if_object();
  if (object == nullptr) refuse(where, "must be an object");
  constexpr std::array<std::string_view, 10> known{"method",     "path",     "segments", "query",
                                                   "headers",    "body",     "content",  "host",
                                                   "repeatable", "shareable"};
  for (const auto &member : *object) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
      refuse(pointer_join(where, member.key()), "is not a part of a request");
    }
  }
  auto parts = std::make_shared<Parts>();
  parts->method = text_member(*object, "method", where);
  constexpr std::array<std::string_view, 6> methods{"GET", "HEAD",  "POST",
                                                    "PUT", "PATCH", "DELETE"};
  if (std::find(methods.begin(), methods.end(), parts->method) == methods.end()) {
    refuse(where + "/method", "must be GET, HEAD, POST, PUT, PATCH or DELETE");
  }
  TemplateSegments segments;
  if (const auto *named = object->if_contains("segments")) {
    if (!named->is_object()) refuse(where + "/segments", "must be an object");
    for (const auto &member : named->get_object()) {
      segments.emplace_back(
          member.key(),
          compile_node(member.value(), pointer_join(where + "/segments", member.key()), false, 0));
    }
  }
  parts->path = compile_path(text_member(*object, "path", where), segments, where + "/path");
  parts->origin = network.base_url;
  if (object->contains("host")) {
    const auto host = text_member(*object, "host", where);
    if (std::find(network.allowed_hosts.begin(), network.allowed_hosts.end(), host) ==
        network.allowed_hosts.end()) {
      refuse(where + "/host", "is not one of the allowed hosts");
    }
    parts->origin = "https://" + host;
  }
  if (const auto *query = object->if_contains("query")) {
    if (!query->is_object()) refuse(where + "/query", "must be an object");
    for (const auto &member : query->get_object()) {
      parts->query.emplace_back(
          member.key(),
          compile_node(member.value(), pointer_join(where + "/query", member.key()), false, 0));
    }
  }
  if (const auto *headers = object->if_contains("headers")) {
    if (!headers->is_object()) refuse(where + "/headers", "must be an object");
    for (const auto &member : headers->get_object()) {
      const auto text = text_member(headers->get_object(), member.key(), where + "/headers");
      if (!is_header_text(text)) {
        refuse(pointer_join(where + "/headers", member.key()), "must not have control characters");
      }
      parts->headers.push_back({std::string(member.key()), text});
    }
  }
  if (object->contains("content")) {
    const auto content = text_member(*object, "content", where);
    if (content == "form") {
      parts->content = Content::form;
    } else if (content == "multipart") {
      parts->content = Content::multipart;
    } else if (content != "json") {
      refuse(where + "/content", "must be json, form or multipart");
    }
  }
  if (const auto *body = object->if_contains("body")) {
    parts->body = compile_node(*body, where + "/body", false, 0);
  }
  const bool reads = parts->method == "GET" || parts->method == "HEAD";
  parts->repeatable = find_flag(*object, "repeatable", where).value_or(reads || idempotent);
  parts->shareable = find_flag(*object, "shareable", where).value_or(false);
  if (parts->shareable && parts->method != "GET") refuse(where + "/shareable", "is for GET only");
  parts->secret = secret;
  RequestTemplate out;
  out.parts_ = std::move(parts);
  return out;
}

namespace {

void append_segment(const json::value *value, const std::string &pointer, std::string &path) {
  const auto text = value != nullptr ? scalar_text(*value) : std::nullopt;
  if (!text) refuse_value(pointer, value == nullptr ? "is required" : "must be text or a number");
  if (text->empty()) refuse_value(pointer, "must not be empty");
  // Percent-encoding leaves dots alone, and on the way such a segment means "one level up".
  if (*text == "." || *text == "..") refuse_value(pointer, "must not be \".\" or \"..\"");
  path += percent_encode(*text);
}

std::string build_path(const std::vector<PathPart> &parts, const Frame &frame) {
  std::string path;
  for (const auto &part : parts) {
    path += part.literal;
    if (!part.source && !part.node) continue;
    std::optional<json::value> placed;
    if (part.node) placed = place_node(*part.node, frame);
    const json::value *value = nullptr;
    if (part.source) {
      value = look_up(*part.source, frame);
    } else if (placed) {
      value = &*placed;
    }
    if (value == nullptr && part.optional) {
      path.pop_back();
      continue;
    }
    const std::string pointer = frame.pointer_of(part.source ? *part.source : part.node->source);
    const auto *list = part.node && value != nullptr ? value->if_array() : nullptr;
    if (list == nullptr || list->empty()) {
      append_segment(value, pointer, path);
      continue;
    }
    for (const auto &each : *list) {
      if (&each != list->begin()) path.push_back('/');
      append_segment(&each, pointer, path);
    }
  }
  return path;
}

Failure body_is_no_object(const std::string &what) {
  return {ErrorClass::plugin_fault, Fault::connector,
          "The connector's request template cannot " + what + ": its body is not an object.",
          "Report this to the connector's authors."};
}

}  // namespace

Request RequestTemplate::build(const Scope &scope) const {
  return build(scope, Extra{});
}

Request RequestTemplate::build(const Scope &scope, const Extra &extra) const {
  const Parts &parts = *parts_;
  const Frame frame{scope};
  Request request;
  request.method = parts.method;
  request.url = parts.origin + build_path(parts.path, frame);
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

}  // namespace cpi
