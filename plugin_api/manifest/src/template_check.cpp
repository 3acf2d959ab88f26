#include "template_check.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

// As cpi/language/encoders.hpp has them.
constexpr std::array<std::string_view, 14> encoders = {
    "base64",          "comma",      "json",    "text",  "number", "date", "datetime",
    "datetime_minute", "name_value", "by_name", "lower", "bool01", "unix", "utc_minute"};

// They write the wall clock and drop the offset.
constexpr std::array<std::string_view, 3> wall_clocks = {"date", "datetime", "datetime_minute"};

bool is_wall_clock(const json::value &encode) {
  const auto is_one = [](const json::value &name) {
    return name.is_string() && std::ranges::count(wall_clocks, view(name.get_string())) > 0;
  };
  const json::array *list = encode.if_array();
  return list == nullptr ? is_one(encode) : std::ranges::any_of(*list, is_one);
}

struct Placeholder {
  std::string_view name;  // a field or a pointer, without the question mark
  bool optional = false;
};

// The parts of a path between braces; nothing when the braces don't pair.
std::optional<std::vector<Placeholder>> placeholders_of(std::string_view path) {
  std::vector<Placeholder> result;
  while (true) {
    const auto open = path.find_first_of("{}");
    if (open == std::string_view::npos) return result;
    const auto close = path.find_first_of("{}", open + 1);
    if (path[open] != '{' || close == std::string_view::npos || path[close] != '}') {
      return std::nullopt;
    }
    std::string_view name = path.substr(open + 1, close - open - 1);
    const bool optional = name.ends_with('?');
    if (optional) name.remove_suffix(1);
    if (name.empty() || name == "/") return std::nullopt;
    result.push_back({name, optional});
    path.remove_prefix(close + 1);
  }
}

class RequestCheck {
 public:
  RequestCheck(Findings &findings, const TemplateInput &input)
      : findings_(findings), input_(input) {}

  void check_alone(const json::value &node, const std::string &pointer) {
    check_node(node, pointer, nullptr);
  }

  void check(const json::object &request, const std::string &pointer) {
    check_host(request, pointer);
    const json::object *segments = object_in(request, "segments");
    check_path(text_in(request, "path"), segments, pointer_join(pointer, "path"));
    if (segments != nullptr) check_segments(*segments, request, pointer_join(pointer, "segments"));
    if (const json::object *query = object_in(request, "query")) {
      in_url_ = true;
      for (const auto &[name, node] : *query) {
        check_node(node,
                   pointer_join(pointer_join(pointer, "query"),
                                std::string_view(name.data(), name.size())),
                   nullptr);
      }
      in_url_ = false;
    }
    const json::value *body = request.if_contains("body");
    if (body == nullptr) return;
    const std::string place = pointer_join(pointer, "body");
    const std::string_view method = text_in(request, "method");
    if (method == "GET" || method == "HEAD") {
      findings_.add("M319", place, "a " + std::string(method) + " request has no body");
    }
    const std::string_view content = text_in(request, "content");
    if (!content.empty() && content != "json" && !body->is_object()) {
      findings_.add("M319", place, "a " + std::string(content) + " body must be an object");
    }
    check_node(*body, place, nullptr);
  }

 private:
  void check_host(const json::object &request, const std::string &pointer) {
    const std::string_view host = text_in(request, "host");
    const json::object *network = object_in(findings_.manifest(), "network");
    if (host.empty() || network == nullptr) return;
    if (!lists(array_in(*network, "allowed_hosts"), host)) {
      findings_.add("M311", pointer_join(pointer, "host"),
                    "\"" + std::string(host) + "\" is not an allowed host");
    }
  }

  void check_segments(const json::object &segments, const json::object &request,
                      const std::string &pointer) {
    const auto placeholders = placeholders_of(text_in(request, "path"));
    in_url_ = true;
    for (const auto &[key, node] : segments) {
      const std::string_view name(key.data(), key.size());
      if (placeholders &&
          std::ranges::find(*placeholders, name, &Placeholder::name) == placeholders->end()) {
        findings_.add("M319", pointer_join(pointer, name),
                      "the path has no \"{" + std::string(name) + "}\"");
      }
      check_node(node, pointer_join(pointer, name), nullptr);
    }
    in_url_ = false;
  }

  void check_path(std::string_view path, const json::object *segments, const std::string &pointer) {
    const auto placeholders = placeholders_of(path);
    if (!placeholders) {
      findings_.add("M319", pointer, "the path has an unpaired or an empty pair of braces");
      return;
    }
    for (const std::string_view segment : {"/../", "/./", "//"}) {
      if (path_shape(path).append("/").find(segment) != std::string::npos) {
        findings_.add("M319", pointer, "the path has an empty or a dot segment");
        break;
      }
    }
    for (const Placeholder &placeholder : *placeholders) {
      if (segments != nullptr && segments->contains(placeholder.name)) continue;
      const bool is_field = placeholder.name.front() != '/';
      const std::string target =
          is_field ? pointer_join("", placeholder.name) : std::string(placeholder.name);
      const Spot spot = is_pointer(target) ? at_input(target) : Spot{};
      if (spot.kind == Spot::Kind::missing) {
        findings_.add("M316", pointer,
                      "the input has no \"" + std::string(placeholder.name) + "\"");
      } else if (spot.secret) {
        findings_.add(
            "M315", pointer,
            "\"" + std::string(placeholder.name) + "\" is a secret and must not be in the path");
      }
    }
  }

  [[nodiscard]] Spot at_input(std::string_view target) const {
    const std::vector<std::string> tokens = pointer_tokens(target);
    std::span<const std::string> path = tokens;
    Spot anything;
    anything.kind = Spot::Kind::open;
    if (!path.empty() &&
        std::find(input_.extra.begin(), input_.extra.end(), path.front()) != input_.extra.end()) {
      return anything;
    }
    if (!input_.member.empty()) {
      if (path.empty()) return anything;
      if (path.front() != input_.member) return {};
      path = path.subspan(1);
    }
    if (input_.schema == nullptr) return {};
    const std::array<const json::value *, 1> schemas = {input_.schema};
    return find_spot(schemas, path, findings_.defs());
  }

  // `item` is the element that "./" pointers start from; null outside $each.
  Spot locate(const json::value &target, const std::string &pointer, const Spot *item) {
    Spot anything;
    anything.kind = Spot::Kind::open;
    if (!target.is_string()) {
      findings_.add("M319", pointer, "must be a JSON Pointer as text");
      return anything;
    }
    const std::string_view text = view(target.get_string());
    const bool relative = text.starts_with('.');
    const std::string_view absolute = relative ? text.substr(1) : text;
    if (!is_pointer(absolute)) {
      findings_.add("M319", pointer, "\"" + std::string(text) + "\" is not a JSON Pointer");
      return anything;
    }
    if (relative && item == nullptr) {
      findings_.add("M319", pointer, "\"" + std::string(text) + "\" is relative outside of $each");
      return anything;
    }
    Spot spot;
    if (relative) {
      spot = item->kind == Spot::Kind::found
                 ? find_spot(item->schemas, pointer_tokens(absolute), findings_.defs())
                 : *item;
    } else {
      spot = at_input(absolute);
    }
    if (spot.kind == Spot::Kind::missing) {
      findings_.add("M317", pointer, "the input has no \"" + std::string(text) + "\"");
      return anything;
    }
    if (spot.secret && in_url_) {
      findings_.add("M315", pointer,
                    "\"" + std::string(text) + "\" is a secret and must not be in the query");
    }
    return spot;
  }

  void allow_members(const json::object &node, const std::string &pointer,
                     std::initializer_list<std::string_view> allowed) {
    for (const auto &each : node) {
      const std::string_view key(each.key().data(), each.key().size());
      if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
        findings_.add("M319", pointer_join(pointer, key),
                      "\"" + std::string(key) + "\" can't stand beside \"" +
                          std::string(*allowed.begin()) + "\"");
      }
    }
  }

  void check_encode(const json::value &encode, const std::string &pointer) {
    const auto check_name = [&](const json::value &name, const std::string &place) {
      if (!name.is_string()) {
        findings_.add("M319", place, "an encoder must be a name");
      } else if (!is_encoder(view(name.get_string()))) {
        findings_.add("M318", place,
                      "there is no encoder \"" + std::string(view(name.get_string())) + "\"");
      }
    };
    const json::array *list = encode.if_array();
    if (list == nullptr) {
      check_name(encode, pointer);
      return;
    }
    if (list->empty()) findings_.add("M319", pointer, "the list of encoders is empty");
    for (std::size_t i = 0; i < list->size(); ++i) check_name((*list)[i], pointer_join(pointer, i));
  }

  // Of a time with an offset, the encoder would send the clock alone: another moment.
  void check_clock(const Spot &spot, const json::object &node, const std::string &pointer) {
    const json::value *encode = node.if_contains("$encode");
    if (encode == nullptr || !is_wall_clock(*encode)) return;
    for (const json::value *schema : spot.schemas) {
      const json::object *rules = schema->if_object();
      if (rules == nullptr || text_in(*rules, "format") != "date-time") continue;
      findings_.add("M334", pointer_join(pointer, "$encode"),
                    "the field has an offset, and the encoder drops it");
    }
  }

  void check_node(const json::value &node, const std::string &pointer, const Spot *item) {
    if (const json::array *array = node.if_array()) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        check_node((*array)[i], pointer_join(pointer, i), item);
      }
      return;
    }
    const json::object *object = node.if_object();
    if (object == nullptr) return;
    if (const json::value *encode = object->if_contains("$encode")) {
      check_encode(*encode, pointer_join(pointer, "$encode"));
    }
    if (const json::value *from = object->if_contains("$from")) {
      allow_members(*object, pointer, {"$from", "$values", "$encode", "$default"});
      check_clock(locate(*from, pointer_join(pointer, "$from"), item), *object, pointer);
      if (const json::value *values = object->if_contains("$values");
          values != nullptr && !values->is_object()) {
        findings_.add("M319", pointer_join(pointer, "$values"), "must be an object");
      }
    } else if (const json::value *each = object->if_contains("$each")) {
      allow_members(*object, pointer, {"$each", "$item", "$encode", "$default"});
      check_each(*each, object->if_contains("$item"), pointer, item);
    } else if (object->contains("$merge")) {
      check_parts(*object, "$merge", pointer, item);
    } else if (object->contains("$concat")) {
      check_parts(*object, "$concat", pointer, item);
    } else if (const json::value *choice = object->if_contains("$switch")) {
      allow_members(*object, pointer, {"$switch", "$cases", "$encode", "$default"});
      (void)locate(*choice, pointer_join(pointer, "$switch"), item);
      const json::object *cases = object_in(*object, "$cases");
      if (cases == nullptr || cases->empty()) {
        findings_.add("M319", pointer_join(pointer, "$cases"), "must be an object of nodes");
        return;
      }
      for (const auto &[key, value] : *cases) {
        check_node(
            value,
            pointer_join(pointer_join(pointer, "$cases"), std::string_view(key.data(), key.size())),
            item);
      }
      if (const json::value *otherwise = object->if_contains("$default")) {
        check_node(*otherwise, pointer_join(pointer, "$default"), item);
      }
    } else {
      for (const auto &[key, value] : *object) {
        const std::string_view name(key.data(), key.size());
        if (name.starts_with('$')) {
          findings_.add("M319", pointer_join(pointer, name),
                        "\"" + std::string(name) + "\" is not a kind of placement");
        }
        check_node(value, pointer_join(pointer, name), item);
      }
    }
  }

  void check_parts(const json::object &node, std::string_view name, const std::string &pointer,
                   const Spot *item) {
    allow_members(node, pointer, {name, "$encode"});
    const json::array *list = array_in(node, name);
    if (list == nullptr || list->empty()) {
      findings_.add("M319", pointer_join(pointer, name),
                    name == "$merge" ? "must be a list of objects to merge"
                                     : "must be a list of lists to join");
      return;
    }
    check_node(node.at(name), pointer_join(pointer, name), item);
  }

  void check_each(const json::value &each, const json::value *element, const std::string &pointer,
                  const Spot *item) {
    const std::string place = pointer_join(pointer, "$each");
    const Spot list = locate(each, place, item);
    Spot inner = elements_of(list, findings_.defs());
    if (list.kind == Spot::Kind::found && inner.kind == Spot::Kind::missing) {
      findings_.add("M317", place, "$each does not point to a list");
      inner.kind = Spot::Kind::open;
    }
    inner.secret = inner.secret || list.secret;
    if (element == nullptr) {
      findings_.add("M319", pointer, "$each needs an $item");
      return;
    }
    check_node(*element, pointer_join(pointer, "$item"), &inner);
  }

  Findings &findings_;
  const TemplateInput &input_;
  bool in_url_ = false;
};

}  // namespace

void check_request(Findings &findings, const json::object &request, const std::string &pointer,
                   const TemplateInput &input) {
  RequestCheck(findings, input).check(request, pointer);
}

void check_node(Findings &findings, const json::value &node, const std::string &pointer,
                const TemplateInput &input) {
  RequestCheck(findings, input).check_alone(node, pointer);
}

std::string path_shape(std::string_view path) {
  std::string shape;
  while (!path.empty()) {
    const auto open = path.find('{');
    shape.append(path.substr(0, open));
    if (open == std::string_view::npos) break;
    const auto close = path.find('}', open);
    // {/field?} brings its own slash.
    if (path.substr(open + 1, 1) == "/" && !shape.ends_with('/')) shape += '/';
    shape += "{}";
    if (close == std::string_view::npos) break;
    path.remove_prefix(close + 1);
  }
  return shape;
}

std::string host_of(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme)) return {};
  url.remove_prefix(scheme.size());
  std::string host(url.substr(0, url.find_first_of("/?#")));
  if (host.find('@') != std::string::npos) return {};
  for (char &c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (host.ends_with(":443")) host.resize(host.size() - 4);
  return host;
}

std::span<const std::string_view> known_encoders() {
  return encoders;
}

bool is_encoder(std::string_view name) {
  return std::find(encoders.begin(), encoders.end(), name) != encoders.end();
}

}  // namespace cpi::manifest
