// One object of the manifest's `read` or `detect`, with its place for errors.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/sdk/detection/plan.hpp"

namespace cpi::detection {

// Throws LanguageError.
[[noreturn]] void refuse_plan(std::string_view where, const std::string &why);

class PlanPart {
 public:
  PlanPart(const boost::json::value &value, std::string where);

  const std::string &where() const noexcept { return where_; }
  std::string at(std::string_view name) const { return pointer_join(where_, name); }
  const boost::json::object &object() const noexcept { return *object_; }

  // Refuses members with other names.
  void only(std::initializer_list<std::string_view> names) const;

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const boost::json::value *find(std::string_view name) const { return object_->if_contains(name); }
  const boost::json::value &need(std::string_view name) const;
  PlanPart part(std::string_view name) const { return {need(name), at(name)}; }
  std::string text(std::string_view name) const;
  bool yes(std::string_view name, bool otherwise) const;
  std::int64_t whole(std::string_view name, std::int64_t otherwise, std::int64_t least,
                     std::int64_t most) const;
  Placement node(std::string_view name) const { return Placement::compile(need(name), at(name)); }
  Pointer pointer(std::string_view name) const { return Pointer::compile(text(name), at(name)); }
  std::vector<Pointer> pointers(std::string_view name) const;
  const boost::json::array &list(std::string_view name) const;

 private:
  std::string where_;
  const boost::json::object *object_ = nullptr;
};

std::vector<std::size_t> slots_of(const std::vector<Pointer> &pointers, RowLayout &layout);
// [{pointer, in | not_in: node}...]; empty if the member is absent.
std::vector<Condition> conditions_in(const PlanPart &from, std::string_view name,
                                     RowLayout &layout);

}  // namespace cpi::detection
