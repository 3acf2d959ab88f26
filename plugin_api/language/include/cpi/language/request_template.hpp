// Request templates: where the parts of an input go in a request. Placement and named encoders, no
// expressions.
//
//   {$from: /pointer}                        the input's value there; absent, its member is left
//   out
//   {$from: /pointer, $values: {a: 1}}       what stands for it: 1 for "a"; absent for anything
//   else
//   {..., $encode: name | [name...]}         see encoders.hpp
//   {..., $default: value}                   instead of an absent one
//   {$each: /list, $item: node}              for every element; "./x" points into the element
//   {$merge: [node...]}                      objects laid over each other, the later wins
//   {$concat: [node...]}                     lists, one behind the other
//   {$switch: /pointer, $cases: {a: node}}   the node for "a"; "*" is any other value that is
//                                            there; else $default (a node), else absent
//   path: "/a/{field}/{/json/pointer}/{field?}"   always one encoded segment; `?`: may be absent
//   segments: {name: node}                   what {name} in the path is, where a field alone does
//                                            not say it; a list is several segments
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/language/request.hpp"

namespace cpi {

// What pointers of a template point into: "/a/b" into root, "./a/b" into item.
struct Scope {
  const boost::json::object &root;
  const boost::json::value *item = nullptr;
};

// A JSON value with placements in it, compiled. Used for bodies, query values, and event data.
class Placement {
 public:
  Placement();  // places null
  // Throws std::invalid_argument naming the place in the manifest. [any]
  static Placement compile(const boost::json::value &node, std::string_view where);

  // Nothing when the whole node is a placement of an absent value. A value that its encoder cannot
  // take throws Failure invalid_input naming the field. [any]
  std::optional<boost::json::value> place(const Scope &scope) const;

  struct Node;

 private:
  std::shared_ptr<const Node> node_;
};

// The hosts an operation may talk to, as the manifest's `network` says.
struct Network {
  std::string base_url;  // without a trailing slash
  std::vector<std::string> allowed_hosts;

  // Throws std::invalid_argument naming the place. [any]
  static Network compile(const boost::json::object &manifest);
};

// Added to a request by paging: literal names and values.
struct Extra {
  boost::json::object query;  // scalars; replaces a name of the template
  boost::json::object body;   // merged over the body, which then must be an object
};

class RequestTemplate {
 public:
  RequestTemplate();
  // `idempotent`: what `repeatable` is when the template does not say and the method is not GET or
  // HEAD. `secret`: keep the request out of logs. Throws std::invalid_argument naming the place.
  // [any]
  static RequestTemplate compile(const boost::json::value &node, const Network &network,
                                 bool idempotent, std::string_view where, bool secret = false);

  // Throws Failure invalid_input where the input has nothing for a path placeholder. [any]
  Request build(const Scope &scope) const;
  Request build(const Scope &scope, const Extra &extra) const;

  bool repeatable() const noexcept;
  struct Parts;

 private:
  std::shared_ptr<const Parts> parts_;
};

}  // namespace cpi
