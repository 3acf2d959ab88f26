#include "plan_part.hpp"

#include <algorithm>
#include <utility>

#include "cpi/language/problem.hpp"

namespace cpi::detection {

namespace json = boost::json;

void refuse_plan(std::string_view where, const std::string &why) {
  throw LanguageError({std::string(where), why});
}

PlanPart::PlanPart(const json::value &value, std::string where) : where_(std::move(where)) {
  if (!value.is_object()) refuse_plan(where_, "must be an object");
  object_ = &value.get_object();
}

void PlanPart::only(std::initializer_list<std::string_view> names) const {
  for (const auto &member : *object_) {
    if (std::ranges::find(names, std::string_view(member.key())) == names.end()) {
      refuse_plan(at(member.key()), "is not known here");
    }
  }
}

const json::value &PlanPart::need(std::string_view name) const {
  const json::value *value = find(name);
  if (value == nullptr) refuse_plan(where_, "has no " + std::string(name));
  return *value;
}

std::string PlanPart::text(std::string_view name) const {
  const json::value &value = need(name);
  if (!value.is_string()) refuse_plan(at(name), "must be text");
  return std::string(value.get_string());
}

bool PlanPart::yes(std::string_view name, bool otherwise) const {
  const json::value *value = find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_bool()) refuse_plan(at(name), "must be true or false");
  return value->get_bool();
}

std::int64_t PlanPart::whole(std::string_view name, std::int64_t otherwise, std::int64_t least,
                             std::int64_t most) const {
  const json::value *value = find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most) {
    refuse_plan(at(name), "must be a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most));
  }
  return value->get_int64();
}

std::vector<Pointer> PlanPart::pointers(std::string_view name) const {
  std::vector<Pointer> out;
  for (const json::value &each : list(name)) {
    const std::string place = pointer_join(at(name), out.size());
    if (!each.is_string()) refuse_plan(place, "must be a JSON Pointer");
    out.push_back(Pointer::compile(each.get_string(), place));
  }
  return out;
}

const json::array &PlanPart::list(std::string_view name) const {
  const json::value &value = need(name);
  if (!value.is_array()) refuse_plan(at(name), "must be a list");
  return value.get_array();
}

std::vector<std::size_t> slots_of(const std::vector<Pointer> &pointers, RowLayout &layout) {
  std::vector<std::size_t> out;
  out.reserve(pointers.size());
  for (const Pointer &pointer : pointers) out.push_back(layout.want(pointer));
  return out;
}

std::vector<Condition> conditions_in(const PlanPart &from, std::string_view name,
                                     RowLayout &layout) {
  std::vector<Condition> out;
  if (!from.has(name)) return out;
  std::size_t index = 0;
  for (const json::value &each : from.list(name)) {
    const PlanPart part(each, pointer_join(from.at(name), index++));
    part.only({"pointer", "in", "not_in"});
    const bool negated = part.has("not_in");
    if (negated == part.has("in")) refuse_plan(part.where(), "needs one of in and not_in");
    out.push_back({.slot = layout.want(part.pointer("pointer")),
                   .negated = negated,
                   .values = part.node(negated ? "not_in" : "in")});
  }
  return out;
}

}  // namespace cpi::detection
