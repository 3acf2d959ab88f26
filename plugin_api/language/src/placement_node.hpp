// A compiled placement: made by placement_compile.cpp, placed by placement_place.cpp, and its reads
// listed by placement_reads.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/encoders.hpp"
#include "cpi/language/placement.hpp"

namespace cpi {

// A pointer into the root, or ("./x") into the item.
struct Source {
  bool relative = false;
  Pointer pointer;
  std::string text;

  // Empty if it was refused. `in_each`: "./" is allowed. `whole`: so is "", the root itself.
  static std::optional<Source> compile(const boost::json::value &node, const std::string &where,
                                       bool in_each, Problems &problems, bool whole = false);
};

struct Placement::Node {
  enum class Kind {
    literal,
    object,
    list,
    from,
    each,
    with,
    merge,
    concat,
    choice
  } kind = Kind::literal;
  boost::json::value literal;
  struct Member;
  std::vector<Member> members;  // of an object; the cases of a choice
  std::vector<Node> parts;      // list's elements, merge's objects, concat's lists, each's
                                // and with's item, choice's default
  Source source;
  std::vector<const Encoder *> encoders;
  std::optional<boost::json::object> values;  // $values: the mapped value of each text
  std::optional<boost::json::value> otherwise;
  std::string where;
};
struct Placement::Node::Member {
  std::string name;
  Node node;
};
using PlacementNode = Placement::Node;

// The scope of a placement and the item of the innermost $each or $with. The outer frames are only
// for the pointers of errors.
struct Frame {
  const Scope &scope;
  const Frame *outer = nullptr;
  const Source *origin = nullptr;                   // of the item, or of the list that it is in
  std::optional<std::size_t> index = std::nullopt;  // in that list
  const boost::json::value *item = nullptr;

  std::string pointer_of(const Source &source) const;
};

PlacementNode compile_node(const boost::json::value &value, const std::string &where,
                           Problems &problems);

const boost::json::value *look_up(const Source &source, const Frame &frame);
// Empty if the whole node is a placement of an absent value. Throws Failure.
std::optional<boost::json::value> place_node(const PlacementNode &node, const Frame &frame);
// Throws Failure invalid_input for the value at `pointer` of the input.
[[noreturn]] void refuse_value(const std::string &pointer, const std::string &what);

// Appends the node's reads. `in_url`: as in Read.
void note_reads(const PlacementNode &node, bool in_url, std::vector<Read> &out);

}  // namespace cpi
