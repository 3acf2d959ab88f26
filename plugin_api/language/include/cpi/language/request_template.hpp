// Request templates: requests whose parts are built from an input (placement.hpp).
//
//   method, host, headers                    literal
//   path: "/a/{field}/{/json/pointer}/{field?}"   always one encoded segment; `?`: optional
//   segments: {name: node}                   the value of {name} in the path if it is not a
//                                            field; a list becomes several segments
//   query, body                              nodes
//   content: json | form | multipart         the encoding of the body; form and multipart as PHP
//                                            parses them
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/language/network.hpp"
#include "cpi/language/placement.hpp"
#include "cpi/language/problem.hpp"
#include "cpi/language/request.hpp"

namespace cpi {

// Added to a request by paging: literal names and values.
struct Extra {
  boost::json::object query;  // scalars; replaces a name of the template
  boost::json::object body;   // merged over the body, which then must be an object
};

class RequestTemplate {
 public:
  RequestTemplate();
  // `idempotent`: the value of `repeatable` if the template has none and the method is not GET or
  // HEAD. `secret`: do not log the request. Throws LanguageError. [any]
  static RequestTemplate compile(const boost::json::value &node, const Network &network,
                                 bool idempotent, std::string_view where, bool secret = false);
  static RequestTemplate compile(const boost::json::value &node, const Network &network,
                                 bool idempotent, std::string_view where, bool secret,
                                 Problems &problems);

  // Throws Failure invalid_input if the input has no value for a path placeholder. [any]
  Request build(const Scope &scope) const;
  Request build(const Scope &scope, const Extra &extra) const;

  bool repeatable() const noexcept;
  const std::string &method() const noexcept;
  // The path with "{}" for each placeholder, as in `limitations[].paths`. [any]
  std::string path_shape() const;
  // The reads of path, segments, query and body. [any]
  std::vector<Read> reads() const;

  struct Parts;

 private:
  std::shared_ptr<const Parts> parts_;
};

}  // namespace cpi
