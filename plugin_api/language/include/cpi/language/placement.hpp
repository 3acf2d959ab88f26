// Placements: JSON values that say where the parts of an input go. Request bodies, queries and path
// segments are made of them, and the data of events. Placement and named encoders, no expressions.
//
//   {$from: /pointer}                        the input's value there; absent, its member is left
//                                            out
//   {$from: /pointer, $values: {a: 1}}       what stands for it: 1 for "a"; absent for anything
//                                            else
//   {..., $encode: name | [name...]}         see encoders.hpp
//   {..., $default: value}                   instead of an absent one
//   {$each: /list, $item: node}              for every element; "./x" points into the element
//   {$merge: [node...]}                      objects laid over each other, the later wins
//   {$concat: [node...]}                     lists, one behind the other
//   {$switch: /pointer, $cases: {a: node}}   the node for "a"; "*" is any other value that is
//                                            there; else $default (a node), else absent
//
// A compiled placement knows what it reads (reads()), so that a checker can hold it to the schema
// of the input without reading the placement again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/language/problem.hpp"

namespace cpi {

// What the pointers of a placement point into.
struct Scope {
  const boost::json::object &root;
};

// One place of the scope that a placement or a request reads.
struct Read {
  enum class As {
    value,        // $from, $switch
    list,         // $each: the list itself; what is read of its elements are reads of their own
    placeholder,  // {field} in a request's path
  };
  // From the scope's root; "*" is an element of the list of an enclosing $each.
  std::vector<std::string> tokens;
  As as = As::value;
  std::string text;     // as the manifest spells it: "/a/b", "./b", or a placeholder's name
  std::string place;    // of it in the manifest, a JSON Pointer
  bool in_url = false;  // path, segments and query of a request: what ends up in logs
  // Where an encoder is named that drops the offset of a time (encoders.hpp); empty: nowhere.
  std::string drops_offset;
};

// A JSON value with placements in it, compiled.
class Placement {
 public:
  Placement();  // places null
  // `where`: its JSON Pointer in the manifest. Throws LanguageError. [any]
  static Placement compile(const boost::json::value &node, std::string_view where);
  static Placement compile(const boost::json::value &node, std::string_view where,
                           Problems &problems);

  // Nothing when the whole node is a placement of an absent value. A value that its encoder cannot
  // take throws Failure invalid_input naming the field. [any]
  std::optional<boost::json::value> place(const Scope &scope) const;

  // In the order of the manifest. [any]
  std::vector<Read> reads() const;

  struct Node;

 private:
  std::shared_ptr<const Node> node_;
};

}  // namespace cpi
