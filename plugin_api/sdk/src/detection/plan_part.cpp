#include "plan_part.hpp"

#include <algorithm>
#include <utility>
namespace cpi::detection {

namespace json = boost::json;

PlanPart::PlanPart(const json::value &value, std::string where, Problems &problems)
    : where_(std::move(where)), object_(value.if_object()), problems_(&problems) {
  if (object_ == nullptr) refuse("must be an object");
}

void PlanPart::only(std::initializer_list<std::string_view> names) const {
  if (object_ == nullptr) return;
  for (const auto &member : *object_) {
    if (std::ranges::find(names, std::string_view(member.key())) == names.end()) {
      refuse(member.key(), "is not known here");
    }
  }
}

const json::value *PlanPart::need(std::string_view name) const {
  const json::value *value = find(name);
  if (value == nullptr) refuse("has no " + std::string(name));
  return value;
}

PlanPart PlanPart::part(std::string_view name) const {
  const json::value *value = need(name);
  if (value == nullptr) return {at(name), *problems_};
  return {*value, at(name), *problems_};
}

std::string PlanPart::text(std::string_view name) const {
  const json::value *value = need(name);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  refuse(name, "must be text");
  return {};
}

Placement PlanPart::node(std::string_view name) const {
  const json::value *value = need(name);
  return value != nullptr ? Placement::compile(*value, at(name), *problems_) : Placement();
}

Pointer PlanPart::pointer_of(const json::value &value, const std::string &place) const {
  const auto *text = value.if_string();
  if (text != nullptr && is_pointer(*text)) return Pointer::compile(*text, place);
  problems_->add(place, "must be a JSON Pointer");
  return {};
}

Pointer PlanPart::pointer(std::string_view name) const {
  const json::value *value = need(name);
  return value != nullptr ? pointer_of(*value, at(name)) : Pointer();
}

std::vector<Pointer> PlanPart::pointers(std::string_view name) const {
  std::vector<Pointer> out;
  for (const json::value &each : list(name)) {
    out.push_back(pointer_of(each, pointer_join(at(name), out.size())));
  }
  return out;
}

std::span<const json::value> PlanPart::list(std::string_view name) const {
  const json::value *value = need(name);
  if (value == nullptr) return {};
  if (const auto *list = value->if_array()) return {list->data(), list->size()};
  refuse(name, "must be a list");
  return {};
}

RequestTemplate PlanPart::request(std::string_view name, const Service &service) const {
  const json::value *value = need(name);
  if (value == nullptr) return {};
  return RequestTemplate::compile(*value, service.network, true, at(name), false, *problems_);
}

bool PlanPart::yes(std::string_view name, bool otherwise) const {
  const json::value *value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_bool()) return value->get_bool();
  refuse(name, "must be true or false");
  return otherwise;
}

std::int64_t PlanPart::whole(std::string_view name, std::int64_t otherwise, std::int64_t least,
                             std::int64_t most) const {
  const json::value *value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_int64() && value->get_int64() >= least && value->get_int64() <= most) {
    return value->get_int64();
  }
  refuse(name,
         "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return otherwise;
}

Paging PlanPart::paging(std::string_view name) const {
  const json::value *value = find(name);
  return value != nullptr ? Paging::compile(*value, at(name), *problems_) : Paging();
}

std::vector<std::size_t> slots_of(const std::vector<Pointer> &pointers, RowLayout &layout) {
  std::vector<std::size_t> out;
  out.reserve(pointers.size());
  for (const Pointer &pointer : pointers) out.push_back(layout.want(pointer));
  return out;
}

std::vector<Condition> conditions_in(const PlanPart &from, std::string_view name,
                                     const std::function<std::size_t(const Pointer &)> &want) {
  std::vector<Condition> out;
  if (!from.has(name)) return out;
  std::size_t index = 0;
  for (const json::value &each : from.list(name)) {
    const PlanPart part(each, pointer_join(from.at(name), index++), from.problems());
    part.only({"pointer", "in", "not_in", "min", "any"});
    using Kind = Condition::Kind;
    std::vector<std::pair<std::string_view, Kind>> given;
    for (const auto &[member, kind] : {std::pair<std::string_view, Kind>{"in", Kind::in},
                                       {"not_in", Kind::not_in},
                                       {"min", Kind::min},
                                       {"any", Kind::any}}) {
      if (part.has(member)) given.emplace_back(member, kind);
    }
    if (given.size() != 1) {
      part.refuse("needs one of in, not_in, min and any");
      continue;
    }
    const auto [member, kind] = given.front();
    Condition &made = out.emplace_back();
    made.kind = kind;
    if (kind == Kind::any) {
      if (part.has("pointer")) part.refuse("pointer", "belongs to each condition of any");
      made.any = conditions_in(part, member, want);
      continue;
    }
    made.slot = want(part.pointer("pointer"));
    made.values = part.node(member);
  }
  return out;
}

std::vector<Condition> conditions_in(const PlanPart &from, std::string_view name,
                                     RowLayout &layout) {
  return conditions_in(from, name,
                       [&layout](const Pointer &pointer) { return layout.want(pointer); });
}

}  // namespace cpi::detection
