// One object of the manifest's `read` or `detect`, with its place for problems. Errors are
// collected and replaced by neutral values, so a plan may be used only if there are none.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/paging.hpp"
#include "cpi/language/problem.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/sdk/detection/plan.hpp"

namespace cpi::detection {

class PlanPart {
 public:
  PlanPart(const boost::json::value &value, std::string where, Problems &problems);

  const std::string &where() const noexcept { return where_; }
  std::string at(std::string_view name) const { return pointer_join(where_, name); }
  // Null where it is none.
  const boost::json::object *object() const noexcept { return object_; }
  Problems &problems() const noexcept { return *problems_; }

  void refuse(std::string why) const { problems_->add(where_, std::move(why)); }
  void refuse(std::string_view name, std::string why) const {
    problems_->add(at(name), std::move(why));
  }
  // Refuses members with other names.
  void only(std::initializer_list<std::string_view> names) const;

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const boost::json::value *find(std::string_view name) const {
    return object_ != nullptr ? object_->if_contains(name) : nullptr;
  }

  // Of members that must be there:
  PlanPart part(std::string_view name) const;  // without members where it is no object
  std::string text(std::string_view name) const;
  Placement node(std::string_view name) const;
  Pointer pointer(std::string_view name) const;
  std::vector<Pointer> pointers(std::string_view name) const;
  std::span<const boost::json::value> list(std::string_view name) const;
  RequestTemplate request(std::string_view name, const Service &service) const;

  // Of members that may be absent:
  bool yes(std::string_view name, bool otherwise) const;
  std::int64_t whole(std::string_view name, std::int64_t otherwise, std::int64_t least,
                     std::int64_t most) const;
  Paging paging(std::string_view name) const;

 private:
  PlanPart(std::string where, Problems &problems)
      : where_(std::move(where)), problems_(&problems) {}

  // Notes that the member is missing.
  const boost::json::value *need(std::string_view name) const;
  Pointer pointer_of(const boost::json::value &value, const std::string &place) const;

  std::string where_;
  const boost::json::object *object_ = nullptr;
  Problems *problems_;
};

std::vector<std::size_t> slots_of(const std::vector<Pointer> &pointers, RowLayout &layout);
// [{pointer, in | not_in | min: node} or {any: [the same]}, ...]; empty if the member is absent.
// `want`: the slot of a value of a row.
std::vector<Condition> conditions_in(const PlanPart &from, std::string_view name,
                                     const std::function<std::size_t(const Pointer &)> &want);
std::vector<Condition> conditions_in(const PlanPart &from, std::string_view name,
                                     RowLayout &layout);

}  // namespace cpi::detection
