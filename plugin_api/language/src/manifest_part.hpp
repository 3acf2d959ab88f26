// Access to the members of a manifest object during compilation, by name and type. A member of
// another type is recorded as a problem and counts as absent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

class ManifestPart {
 public:
  // Records a problem if the value is not an object; it has no members then.
  ManifestPart(const boost::json::value &value, std::string where, Problems &problems);

  // True if it is an object.
  bool given() const noexcept { return object_ != nullptr; }
  const std::string &where() const noexcept { return where_; }
  std::string at(std::string_view name) const { return pointer_join(where_, name); }
  std::size_t size() const noexcept { return object_ != nullptr ? object_->size() : 0; }
  const boost::json::object &object() const noexcept { return *object_; }  // if given()

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const boost::json::value *find(std::string_view name) const;
  // Records members with other names; `why` as in "is not a part of a request".
  void only(std::initializer_list<std::string_view> names, const char *why) const;

  void refuse(std::string why, ProblemKind kind = ProblemKind::malformed) const;
  void refuse(std::string_view name, std::string why,
              ProblemKind kind = ProblemKind::malformed) const;

  // Empty if the member is absent or was refused.
  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::string> some_text(std::string_view name) const;  // not empty
  // One of the words.
  std::optional<std::string> word(std::string_view name,
                                  std::initializer_list<std::string_view> words) const;
  std::optional<bool> flag(std::string_view name) const;
  std::optional<std::int64_t> whole(std::string_view name, std::int64_t least) const;
  std::optional<Pointer> pointer(std::string_view name) const;
  std::vector<Pointer> pointers(std::string_view name) const;
  std::optional<ManifestPart> part(std::string_view name) const;

 private:
  std::optional<Pointer> pointer_of(const boost::json::value &value,
                                    const std::string &place) const;

  const boost::json::object *object_ = nullptr;
  std::string where_;
  Problems *problems_;
};

}  // namespace cpi
