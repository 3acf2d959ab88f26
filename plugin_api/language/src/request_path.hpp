// The path of a request template: "/a/{field}/{/json/pointer}/{field?}".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "placement_node.hpp"

namespace cpi {

// The request's `segments`: values of placeholders that are not fields of the input.
using PathSegments = std::vector<std::pair<std::string, PlacementNode>>;

// A literal and the placeholder after it, if any: an input field or one of the segments.
struct PathPart {
  std::string literal;
  std::string name;  // as spelled, without the question mark
  std::optional<Source> source;
  std::optional<std::size_t> segment;
  bool optional = false;  // {field?}: if absent, the slash before it is omitted too

  bool has_placeholder() const noexcept { return source || segment; }
};

class RequestPath {
 public:
  // `segments_where`: their JSON Pointer; each of them must be in the path.
  static RequestPath compile(const std::string &path, PathSegments segments,
                             const std::string &where, const std::string &segments_where,
                             Problems &problems);

  // Every placeholder becomes one percent-encoded segment, or several if its value is a list.
  // Throws Failure invalid_input if there is no value for one.
  std::string build(const Frame &frame) const;
  // With "{}" for each placeholder.
  std::string shape() const;
  void note_reads(std::vector<Read> &out) const;

 private:
  std::vector<PathPart> parts_;
  PathSegments segments_;
  std::string where_;
};

}  // namespace cpi
