#include "placement_node.hpp"

namespace cpi {

namespace {

using ReadTokens = std::vector<std::string>;

// `item`: the path from the root to the item of the innermost $each or $with.
ReadTokens tokens_of(const Source &source, const ReadTokens &item) {
  ReadTokens out = source.relative ? item : ReadTokens{};
  const auto &own = source.pointer.tokens();
  out.insert(out.end(), own.begin(), own.end());
  return out;
}

void note_reads_of(const PlacementNode &node, const ReadTokens &item, bool in_url,
                   std::vector<Read> &out) {
  const auto note = [&](Read::As as, std::string_view member) -> Read & {
    out.push_back({.tokens = tokens_of(node.source, item),
                   .as = as,
                   .text = node.source.text,
                   .place = pointer_join(node.where, member),
                   .in_url = in_url,
                   .drops_offset = {}});
    return out.back();
  };
  ReadTokens element;
  const ReadTokens *inner = &item;
  switch (node.kind) {
    case PlacementNode::Kind::from: {
      Read &read = note(Read::As::value, "$from");
      for (const Encoder *encoder : node.encoders) {
        if (encoder->drops_offset) read.drops_offset = pointer_join(node.where, "$encode");
      }
      break;
    }
    case PlacementNode::Kind::choice:
      note(Read::As::value, "$switch");
      break;
    case PlacementNode::Kind::each:
      element = note(Read::As::list, "$each").tokens;
      element.emplace_back("*");
      inner = &element;
      break;
    case PlacementNode::Kind::with:
      // Only what the item reads of the value is read.
      element = tokens_of(node.source, item);
      inner = &element;
      break;
    default:
      break;
  }
  for (const auto &member : node.members) note_reads_of(member.node, *inner, in_url, out);
  for (const PlacementNode &part : node.parts) note_reads_of(part, *inner, in_url, out);
}

}  // namespace

void note_reads(const PlacementNode &node, bool in_url, std::vector<Read> &out) {
  note_reads_of(node, {}, in_url, out);
}

std::vector<Read> Placement::reads() const {
  std::vector<Read> out;
  note_reads(*node_, false, out);
  return out;
}

}  // namespace cpi
