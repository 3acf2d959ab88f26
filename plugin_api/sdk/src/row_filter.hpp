// The conditions that a row of a lookup must meet to be offered: those of triggers
// (detection/plan.hpp), held against documents.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "detection/terms.hpp"

namespace cpi {

class RowFilter {
 public:
  // Of the owner's member `where`; a filter without conditions if there is none. `at`: the owner's
  // place. Throws LanguageError. [any]
  static std::shared_ptr<const RowFilter> compile(const boost::json::object &owner,
                                                  std::string_view at);

  // With the fields of the form that the conditions name. [any]
  std::vector<detection::PlacedCondition> place(const boost::json::object &fields) const;
  bool passes(const std::vector<detection::PlacedCondition> &conditions,
              const boost::json::value &row) const;

 private:
  std::vector<detection::Condition> conditions_;
  std::vector<Pointer> pointers_;  // by slot
};

}  // namespace cpi
