// Checks an action's output for the required members of its schema. The rest of the schema is not
// enforced: a service may omit and add other members.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"

namespace cpi {

// The members that each row of a list must have, by the output's schema. `name`: the list, a member
// of the output. Empty if what is described there may be something else than a list.
std::optional<std::vector<Pointer>> required_of_rows(const boost::json::value *schema,
                                                     const boost::json::object &defs,
                                                     std::string_view name);

class OutputPromise {
 public:
  OutputPromise() = default;  // requires nothing
  // `schema`: the operation's `output`, null if it has none; `defs`: the targets of its references.
  // [any]
  static OutputPromise compile(const boost::json::value *schema, const boost::json::object &defs);

  // True if the output must be an object. PHP writes an empty one as [].
  bool object() const noexcept { return object_; }

  // The first required member that is missing from `output` or has another type; empty if there is
  // none. Text or a number in place of a required boolean is converted, and an object with numeric
  // keys in place of a list. `strict`: for what is only read, an object and a list are different
  // types; a change has taken effect whichever of them describes it. [any]
  std::string missing(boost::json::value &output, bool strict) const;

  // The same for the answer to a change, which must show that it took effect: a required list is a
  // list (or an object with numeric keys), has at least `minItems` elements, and each element that
  // is described as an object is one, with its required members. A required identifier (by its
  // name) can be one: is_id() in errors.hpp. [any]
  std::string missing_in_change(boost::json::value &output) const;

  // Removes required identifiers that cannot be any, of an output that is a success without them.
  // [any]
  void drop_what_is_no_id(boost::json::value &output) const;

  // True if nothing is required.
  bool empty() const noexcept { return required_.empty(); }

  // The output that reports success: the required booleans, set to true. [any]
  boost::json::object done() const;

 private:
  enum class Form : std::uint8_t { any, scalar, flag, list, object, list_or_object };
  struct Member {
    std::string name;
    Form form = Form::any;
    bool nullable = false;
    bool list = false;
    std::size_t fewest = 0;             // elements of the list
    bool objects = false;               // its elements are objects,
    std::vector<std::string> elements;  // with these members
  };
  static Member member_of(std::string_view name, const boost::json::value *schema,
                          const boost::json::object &defs);
  static bool fits(const Member &member, boost::json::value &value, bool strict);
  static bool is_no_id(const Member &member, const boost::json::value &value);
  static std::string missing_in_list(const Member &member, const boost::json::value &value);

  bool object_ = false;
  std::vector<Member> required_;
};

}  // namespace cpi
