// Placements: JSON values that describe where the parts of an input go. Request bodies, queries and
// path segments are built from them, as is the data of events. There are placements and named
// encoders, but no expressions.
//
//   {$from: /pointer}                        the input's value there; if absent, the member is
//                                            omitted
//   {$from: /pointer, $values: {a: 1}}       the mapped value: 1 for "a"; absent for any other
//                                            value
//   {..., $encode: name | [name...]}         see encoders.hpp
//   {..., $default: value}                   if the value is absent
//   {$each: /list, $item: node}              for each element; "./x" points into the element
//   {$with: /pointer, $item: node}           the node; "./x" points into the value there. "" is the
//                                            whole input; absent if there is no such value
//   {$merge: [node...]}                      merged objects; later members take precedence
//   {$concat: [node...]}                     concatenated lists
//   {$switch: /pointer, $cases: {a: node}}   the node for "a"; "*": for any other value that is
//                                            present; else $default (a node), else absent
//
// A compiled placement lists its reads (reads()), so that a checker can compare them with the
// schema of the input without parsing the placement again.
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

// The object that the pointers of a placement refer to.
struct Scope {
  const boost::json::object &root;
};

// A place in the scope that a placement or a request reads.
struct Read {
  enum class As {
    value,        // $from, $switch
    list,         // $each: the list itself; reads of its elements are listed separately
    placeholder,  // {field} in a request's path
  };
  // From the scope's root; "*" is an element of the list of an enclosing $each.
  std::vector<std::string> tokens;
  As as = As::value;
  std::string text;     // as in the manifest: "/a/b", "./b", or a placeholder's name
  std::string place;    // JSON Pointer of the read in the manifest
  bool in_url = false;  // in the path, segments or query of a request, which are logged
  // JSON Pointer of an encoder that drops the offset of a time (encoders.hpp); empty: none.
  std::string drops_offset;
};

// A compiled JSON value with placements.
class Placement {
 public:
  Placement();  // places null
  // `where`: its JSON Pointer in the manifest. Throws LanguageError. [any]
  static Placement compile(const boost::json::value &node, std::string_view where);
  static Placement compile(const boost::json::value &node, std::string_view where,
                           Problems &problems);

  // Empty if the whole node is a placement of an absent value. Throws Failure invalid_input that
  // names the field if its encoder cannot convert the value. [any]
  std::optional<boost::json::value> place(const Scope &scope) const;

  // In the order of the manifest. [any]
  std::vector<Read> reads() const;

  struct Node;

 private:
  std::shared_ptr<const Node> node_;
};

}  // namespace cpi
