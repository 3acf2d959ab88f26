#include "row_filter.hpp"

#include "detection/plan_part.hpp"

namespace cpi {

namespace json = boost::json;

std::shared_ptr<const RowFilter> RowFilter::compile(const json::object &owner,
                                                    std::string_view at) {
  auto out = std::make_shared<RowFilter>();
  const json::value node(owner);
  Problems problems;
  out->conditions_ = detection::conditions_in(detection::PlanPart(node, std::string(at), problems),
                                              "where", [&out](const Pointer &pointer) {
                                                out->pointers_.push_back(pointer);
                                                return out->pointers_.size() - 1;
                                              });
  problems.throw_first();
  return out;
}

std::vector<detection::PlacedCondition> RowFilter::place(const json::object &fields) const {
  return detection::place(conditions_, fields);
}

bool RowFilter::passes(const std::vector<detection::PlacedCondition> &conditions,
                       const json::value &row) const {
  if (conditions.empty()) return true;
  std::vector<detection::Scalar> slots(pointers_.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (const auto *found = pointers_[i].find(row)) slots[i] = detection::to_scalar(*found);
  }
  return detection::holds(conditions, slots);
}

}  // namespace cpi
