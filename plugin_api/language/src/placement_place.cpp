#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/json/array.hpp>

#include "cpi/json/number.hpp"
#include "cpi/json/schema.hpp"
#include "cpi/language/failure.hpp"
#include "placement_node.hpp"

namespace cpi {

namespace json = boost::json;

void refuse_value(const std::string &pointer, const std::string &what) {
  const auto slash = pointer.rfind('/');
  const std::string name = slash == std::string::npos ? "The input" : pointer.substr(slash + 1);
  Violations only;
  only.listed.push_back({pointer, name + " " + what + ".", "template"});
  throw input_failure(only);
}

std::string Frame::pointer_of(const Source &source) const {
  if (!source.relative) return source.text;
  std::string item_pointer = origin == nullptr ? "" : outer->pointer_of(*origin);
  if (index) item_pointer += "/" + std::to_string(*index);
  return item_pointer + source.text.substr(1);
}

const json::value *look_up(const Source &source, const Frame &frame) {
  if (!source.relative) return source.pointer.find(frame.scope.root);
  return frame.item == nullptr ? nullptr : source.pointer.find(*frame.item);
}

namespace {

std::optional<json::value> place_each(const PlacementNode &node, const json::value &list,
                                      const Frame &frame) {
  if (!list.is_array()) refuse_value(frame.pointer_of(node.source), "must be a list");
  json::array out;
  std::size_t index = 0;
  for (const auto &item : list.get_array()) {
    const Frame inner{frame.scope, &frame, &node.source, index++, &item};
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

// The node for the present value; null if there is none for it.
const PlacementNode *chosen_case(const PlacementNode &node, const Frame &frame) {
  const auto *found = look_up(node.source, frame);
  const auto case_of = [&](std::string_view name) {
    const auto named = std::ranges::find(node.members, name, &PlacementNode::Member::name);
    return named != node.members.end() ? &named->node : nullptr;
  };
  const PlacementNode *chosen = nullptr;
  if (found != nullptr) {
    if (const auto text = scalar_text(*found)) chosen = case_of(*text);
    if (chosen == nullptr) chosen = case_of("*");
  }
  if (chosen == nullptr && !node.parts.empty()) chosen = &node.parts.front();
  return chosen;
}

}  // namespace

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
    case PlacementNode::Kind::with: {
      const json::value *found = nullptr;
      // The root is no JSON value of its own.
      json::value root;
      if (node.source.pointer.whole() && !node.source.relative) {
        root = frame.scope.root;
        found = &root;
      } else {
        found = look_up(node.source, frame);
      }
      if (found == nullptr) return std::nullopt;
      return place_node(node.parts.front(), Frame{frame.scope, &frame, &node.source, {}, found});
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
    for (const Encoder *encoder : node.encoders) out = encoder->encode(*out);
  } catch (const std::invalid_argument &error) {
    refuse_value(frame.pointer_of(node.source), error.what());
  }
  return out;
}

std::optional<json::value> Placement::place(const Scope &scope) const {
  return place_node(*node_, Frame{scope});
}

}  // namespace cpi
