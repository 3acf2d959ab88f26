#include <algorithm>
#include <initializer_list>
#include <memory>
#include <utility>

#include <boost/json/array.hpp>

#include "placement_node.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// Deeper placements are refused, to bound the stack.
constexpr int deepest_placement = 50;

std::string quoted_name(std::string_view text) {
  return '"' + std::string(text) + '"';
}

// Compiles a node and its content.
class PlacementCompiler {
 public:
  explicit PlacementCompiler(Problems &problems) : problems_(problems) {}

  // `in_each`: "./" is allowed.
  PlacementNode node(const json::value &value, const std::string &where, bool in_each, int depth) {
    PlacementNode out;
    out.where = where;
    if (depth > deepest_placement) {
      problems_.add(where, "is nested too deeply");
      return out;
    }
    if (const auto *object = value.if_object()) {
      const bool directive = std::any_of(object->begin(), object->end(), [](const auto &member) {
        return std::string_view(member.key()).starts_with('$');
      });
      if (directive) return this->directive(*object, where, in_each, depth);
      out.kind = PlacementNode::Kind::object;
      for (const auto &member : *object) {
        out.members.push_back({member.key(), node(member.value(), pointer_join(where, member.key()),
                                                  in_each, depth + 1)});
      }
    } else if (const auto *list = value.if_array()) {
      out.kind = PlacementNode::Kind::list;
      for (const auto &element : *list) {
        out.parts.push_back(
            node(element, pointer_join(where, out.parts.size()), in_each, depth + 1));
      }
    } else {
      out.literal = value;
    }
    return out;
  }

 private:
  // An object with a member that starts with '$'.
  PlacementNode directive(const json::object &object, const std::string &where, bool in_each,
                          int depth) {
    PlacementNode out;
    out.where = where;
    if (object.contains("$from")) {
      from(object, out, in_each);
    } else if (object.contains("$each")) {
      each(object, out, in_each, depth);
    } else if (object.contains("$with")) {
      with(object, out, in_each, depth);
    } else if (object.contains("$merge")) {
      parts(object, "$merge", out, in_each, depth);
    } else if (object.contains("$concat")) {
      parts(object, "$concat", out, in_each, depth);
    } else if (object.contains("$switch")) {
      choice(object, out, in_each, depth);
    } else {
      for (const auto &member : object) {
        const std::string_view name = member.key();
        if (name.starts_with('$')) {
          problems_.add(pointer_join(where, name),
                        quoted_name(name) +
                            " is not a placement: there are $from, $each, $with, $merge, $concat "
                            "and $switch");
        } else {
          node(member.value(), pointer_join(where, name), in_each, depth + 1);
        }
      }
    }
    if (const auto *encode = object.if_contains("$encode")) {
      encoders(*encode, pointer_join(where, "$encode"), out);
    }
    return out;
  }

  void from(const json::object &object, PlacementNode &out, bool in_each) {
    only(object, out.where, {"$from", "$values", "$encode", "$default"});
    out.kind = PlacementNode::Kind::from;
    if (const auto *values = object.if_contains("$values")) {
      if (values->is_object()) {
        out.values = values->get_object();
      } else {
        problems_.add(pointer_join(out.where, "$values"), "must be an object");
      }
    }
    if (const auto *otherwise = object.if_contains("$default")) out.otherwise = *otherwise;
    source(object, "$from", out, in_each);
  }

  void each(const json::object &object, PlacementNode &out, bool in_each, int depth) {
    only(object, out.where, {"$each", "$item", "$encode", "$default"});
    out.kind = PlacementNode::Kind::each;
    if (const auto *otherwise = object.if_contains("$default")) out.otherwise = *otherwise;
    source(object, "$each", out, in_each);
    item(object, "$each", out, depth);
  }

  void with(const json::object &object, PlacementNode &out, bool in_each, int depth) {
    only(object, out.where, {"$with", "$item"});
    out.kind = PlacementNode::Kind::with;
    source(object, "$with", out, in_each, true);
    item(object, "$with", out, depth);
  }

  void item(const json::object &object, std::string_view name, PlacementNode &out, int depth) {
    const auto *found = object.if_contains("$item");
    if (found == nullptr) {
      problems_.add(out.where, std::string(name) + " needs an $item");
      out.kind = PlacementNode::Kind::literal;
      return;
    }
    PlacementNode element = node(*found, pointer_join(out.where, "$item"), true, depth + 1);
    if (out.kind != PlacementNode::Kind::literal) out.parts.push_back(std::move(element));
  }

  void parts(const json::object &object, std::string_view name, PlacementNode &out, bool in_each,
             int depth) {
    only(object, out.where, {name, "$encode"});
    const bool merges = name == "$merge";
    out.kind = merges ? PlacementNode::Kind::merge : PlacementNode::Kind::concat;
    const std::string place = pointer_join(out.where, name);
    const auto *list = object.at(name).if_array();
    if (list == nullptr || list->empty()) {
      problems_.add(place, merges ? "must be a list of objects" : "must be a list of lists");
      return;
    }
    for (const auto &part : *list) {
      out.parts.push_back(node(part, pointer_join(place, out.parts.size()), in_each, depth + 1));
    }
  }

  void choice(const json::object &object, PlacementNode &out, bool in_each, int depth) {
    only(object, out.where, {"$switch", "$cases", "$encode", "$default"});
    out.kind = PlacementNode::Kind::choice;
    source(object, "$switch", out, in_each);
    const auto *found = object.if_contains("$cases");
    const auto *cases = found != nullptr ? found->if_object() : nullptr;
    const std::string place = pointer_join(out.where, "$cases");
    if (cases == nullptr || cases->empty()) {
      problems_.add(place, "must be an object with a replacement for each value");
    } else {
      for (const auto &member : *cases) {
        out.members.push_back({member.key(), node(member.value(), pointer_join(place, member.key()),
                                                  in_each, depth + 1)});
      }
    }
    if (const auto *otherwise = object.if_contains("$default")) {
      out.parts.push_back(
          node(*otherwise, pointer_join(out.where, "$default"), in_each, depth + 1));
    }
  }

  void source(const json::object &object, std::string_view name, PlacementNode &out, bool in_each,
              bool whole = false) {
    auto source =
        Source::compile(object.at(name), pointer_join(out.where, name), in_each, problems_, whole);
    if (source) {
      out.source = *std::move(source);
    } else {
      out.kind = PlacementNode::Kind::literal;  // reads nothing
    }
  }

  void encoders(const json::value &names, const std::string &where, PlacementNode &out) {
    const auto *list = names.if_array();
    if (list == nullptr) {
      encoder(names, where, out);
      return;
    }
    if (list->empty()) problems_.add(where, "the list of encoders is empty");
    std::size_t index = 0;
    for (const auto &name : *list) encoder(name, pointer_join(where, index++), out);
  }

  void encoder(const json::value &name, const std::string &where, PlacementNode &out) {
    const auto *text = name.if_string();
    if (text == nullptr) {
      problems_.add(where, "an encoder must be a name");
      return;
    }
    if (const Encoder *found = find_encoder(*text)) {
      out.encoders.push_back(found);
      return;
    }
    std::string known;
    for (const auto each : encoder_names()) {
      known += (known.empty() ? "" : ", ") + std::string(each);
    }
    problems_.add(where, "there is no encoder " + quoted_name(*text) + "; there are " + known,
                  ProblemKind::unknown_encoder);
  }

  void only(const json::object &object, const std::string &where,
            std::initializer_list<std::string_view> allowed) {
    for (const auto &member : object) {
      const std::string_view name = member.key();
      if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
      problems_.add(pointer_join(where, name),
                    quoted_name(name) + " must not stand beside " + quoted_name(*allowed.begin()));
    }
  }

  Problems &problems_;
};

}  // namespace

std::optional<Source> Source::compile(const json::value &node, const std::string &where,
                                      bool in_each, Problems &problems, bool whole) {
  const auto *text = node.if_string();
  if (text == nullptr) {
    problems.add(where, "must be a JSON Pointer as text");
    return std::nullopt;
  }
  Source out;
  out.text = std::string(*text);
  out.relative = out.text == "." || out.text.starts_with("./");
  const std::string_view pointer = std::string_view(out.text).substr(out.relative ? 1 : 0);
  if (!is_pointer(pointer)) {
    problems.add(where, quoted_name(out.text) + " is not a JSON Pointer");
    return std::nullopt;
  }
  if (out.relative && !in_each) {
    problems.add(where, quoted_name(out.text) + " is relative, but is in neither $each nor $with");
    return std::nullopt;
  }
  out.pointer = Pointer::compile(pointer, where);
  if (out.pointer.whole() && !out.relative && !whole) {
    problems.add(where, "names no member of the input");
    return std::nullopt;
  }
  return out;
}

PlacementNode compile_node(const json::value &value, const std::string &where, Problems &problems) {
  return PlacementCompiler(problems).node(value, where, false, 0);
}

Placement::Placement() : node_(std::make_shared<PlacementNode>()) {}

Placement Placement::compile(const json::value &node, std::string_view where) {
  Problems problems;
  Placement out = compile(node, where, problems);
  problems.throw_first();
  return out;
}

Placement Placement::compile(const json::value &node, std::string_view where, Problems &problems) {
  Placement out;
  out.node_ = std::make_shared<PlacementNode>(compile_node(node, std::string(where), problems));
  return out;
}

}  // namespace cpi
