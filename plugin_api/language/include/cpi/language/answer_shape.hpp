// The manifest's `answer`: which part of a response body is the output of an operation, and how its
// types are corrected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

// Which envelopes make a 2xx answer a refusal: all that report failure, or all except a bare
// {"result": false} or {"success": false}, which then is the answer "no".
enum class Refusals : std::uint8_t { all, not_by_bare_false };

class AnswerShape {
 public:
  AnswerShape() = default;  // the whole body, unchanged
  // `node`: the manifest's `answer`. Throws LanguageError. [any]
  static AnswerShape compile(const boost::json::value &node, std::string_view where);
  static AnswerShape compile(const boost::json::value &node, std::string_view where,
                             Problems &problems);

  // `body` is the body of a successful answer. Throws Failure bad_response if it lacks the picked
  // part or does not fulfil `accept`. Order: accept, pick, first, objects/numbers/texts, as. [any]
  boost::json::value shape(boost::json::value body) const;

  // `false_is_no`: a bare {"result": false} is the answer "no", not a refusal.
  Refusals refusals() const noexcept {
    return false_is_no_ ? Refusals::not_by_bare_false : Refusals::all;
  }

  // `accept`: the body must confirm success in a certain place.
  bool accepts() const noexcept { return accept_.has_value(); }
  // Throws Failure bad_response if `body` does not. [any]
  void expect_accepted(const boost::json::value &body) const;

  // `pick`: the place of the used part in the body.
  const Pointer &picked() const noexcept { return pick_; }
  // `first`: only the first element of the picked list is used.
  bool takes_first() const noexcept { return first_; }
  // `as`: the member of the output that has the picked part; empty: that part is the output.
  const std::string &wrapped_as() const noexcept { return as_; }

  // `file`: the body is a file, not JSON. The other members of `node` have no meaning then.
  bool is_file() const noexcept { return file_; }

  // Applies only objects/numbers/texts, in place. For the rows of a paged list: the pointers start
  // with the row's number or `*`. [any]
  void repair(boost::json::value &picked) const;

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
