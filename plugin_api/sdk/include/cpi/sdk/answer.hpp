// What an operation makes of an answer: which part of it, and in which types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/sdk/pointer.hpp"

namespace cpi {

class AnswerShape {
 public:
  AnswerShape() = default;  // the whole body as it is
  // `node`: the manifest's `answer`. Throws std::invalid_argument naming the place. [any]
  static AnswerShape compile(const boost::json::value &node, std::string_view where);

  // `body` has passed ErrorTable. Throws Failure bad_response when it has not the picked part, or
  // is not what `accept` asks for. Order: accept, pick, first, objects/numbers/texts, as. [any]
  boost::json::value shape(boost::json::value body) const;

  // Only objects/numbers/texts, in place: for the rows of a paged list, their pointers starting
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
  std::string as_;
  std::vector<Pointer> objects_;
  std::vector<Pointer> numbers_;
  std::vector<Pointer> texts_;
};

}  // namespace cpi
