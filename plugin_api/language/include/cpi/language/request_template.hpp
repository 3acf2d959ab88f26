// Request templates: a request whose parts are placed from an input (placement.hpp).
//
//   method, host, headers                    literal
//   path: "/a/{field}/{/json/pointer}/{field?}"   always one encoded segment; `?`: may be absent
//   segments: {name: node}                   what {name} in the path is, where a field alone does
//                                            not say it; a list is several segments
//   query, body                              nodes
//   content: json | form | multipart         how the body is written; form and multipart are as
//                                            PHP reads them
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
  // `idempotent`: what `repeatable` is when the template does not say and the method is not GET or
  // HEAD. `secret`: keep the request out of logs. Throws LanguageError. [any]
  static RequestTemplate compile(const boost::json::value &node, const Network &network,
                                 bool idempotent, std::string_view where, bool secret = false);
  static RequestTemplate compile(const boost::json::value &node, const Network &network,
                                 bool idempotent, std::string_view where, bool secret,
                                 Problems &problems);

  // Throws Failure invalid_input where the input has nothing for a path placeholder. [any]
  Request build(const Scope &scope) const;
  Request build(const Scope &scope, const Extra &extra) const;

  bool repeatable() const noexcept;
  const std::string &method() const noexcept;
  // The path with "{}" for each placeholder, as `limitations[].paths` write it. [any]
  std::string path_shape() const;
  // What it reads of the scope: path, segments, query, body. [any]
  std::vector<Read> reads() const;

  struct Parts;

 private:
  std::shared_ptr<const Parts> parts_;
};

}  // namespace cpi
