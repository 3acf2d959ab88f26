// What an operation makes of an answer: the manifest's `answer`. Which part of it, and in which
// types.
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

// What makes a 2xx answer a refusal: any envelope that says so, or all of them but a bare
// {"result": false} or {"success": false}, which then is the answer "no".
enum class Refusals : std::uint8_t { all, not_by_bare_false };

class AnswerShape {
 public:
  AnswerShape() = default;  // the whole body as it is
  // `node`: the manifest's `answer`. Throws LanguageError. [any]
  static AnswerShape compile(const boost::json::value &node, std::string_view where);
  static AnswerShape compile(const boost::json::value &node, std::string_view where,
                             Problems &problems);

  // `body` is that of a success. Throws Failure bad_response when it has not the picked part, or
  // is not what `accept` asks for. Order: accept, pick, first, objects/numbers/texts, as. [any]
  boost::json::value shape(boost::json::value body) const;

  // `false_is_no`: {"result": false} and nothing else answers a question; it is no refusal.
  Refusals refusals() const noexcept {
    return false_is_no_ ? Refusals::not_by_bare_false : Refusals::all;
  }

  // `accept`: the service must say in a certain place that it worked.
  bool accepts() const noexcept { return accept_.has_value(); }

  // `pick`: where the part that is taken lies in the body.
  const Pointer &picked() const noexcept { return pick_; }

  // `file`: the body is a file and no JSON. The others of `node` have no meaning then.
  bool is_file() const noexcept { return file_; }

  // Only objects/numbers/texts, in place: for the rows of a paged list, their pointers starting
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
