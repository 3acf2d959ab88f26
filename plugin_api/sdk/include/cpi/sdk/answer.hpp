// Turns a service's answer into an operation's output: which part of it, and in which types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/errors.hpp"

namespace cpi {

class AnswerShape {
 public:
  AnswerShape() = default;  // the whole body as it is
  // `node`: the manifest's `answer`. Throws std::invalid_argument naming the place. [any]
  static AnswerShape compile(const boost::json::value &node, std::string_view where);

  // `body` has passed ErrorTable. Throws Failure bad_response if `accept` does not hold or the
  // picked part is missing. Order: accept, pick, first, objects/numbers/texts, as. [any]
  boost::json::value shape(boost::json::value body) const;

  // `false_is_no`: a bare {"result": false} is a valid answer, not a failure.
  Refusals refusals() const noexcept {
    return false_is_no_ ? Refusals::not_by_bare_false : Refusals::all;
  }

  // `accept`: a certain member of the answer must confirm success.
  bool accepts() const noexcept { return accept_.has_value(); }

  // `pick`: the location of the result in the body.
  const Pointer &picked() const noexcept { return pick_; }

  // `file`: the body is a file, not JSON. The other members of `node` do not apply then.
  bool is_file() const noexcept { return file_; }
  // {filename?, content_type, size, content}; the content as base64. [any]
  static boost::json::value file(const Response &response);

  // Applies only objects/numbers/texts, in place. For the rows of a paged list: the pointers start
  // with the row's number or `*`. [any]
  void mend(boost::json::value &picked) const;

 private:
  struct Accept {
    Pointer pointer;
    boost::json::value equals;
  };
  std::optional<Accept> accept_;
  Pointer pick_;
  bool first_ = false;
  bool false_is_no_ = false;
  bool file_ = false;
  std::string as_;
  std::vector<Pointer> objects_;
  std::vector<Pointer> numbers_;
  std::vector<Pointer> texts_;
};

}  // namespace cpi
