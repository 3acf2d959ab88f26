// What an action promises of its output: the required members of its schema. The rest of a schema
// is not held against a service, which may leave out and add what it likes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace cpi {

class OutputPromise {
 public:
  OutputPromise() = default;  // promises nothing
  // `schema`: the operation's `output`, null when it has none; `defs`: what its references name.
  // [any]
  static OutputPromise compile(const boost::json::value *schema, const boost::json::object &defs);

  // An object is promised. PHP writes an empty one as [].
  bool object() const noexcept { return object_; }

  // The first required member that is missing from `output` or has another type; empty when there
  // is none. Text or a number in place of a required true or false is converted. [any]
  std::string missing(boost::json::value &output) const;

  // The output that reports success: the required flags, set to true. [any]
  boost::json::object done() const;

 private:
  enum class Form : std::uint8_t { any, scalar, flag, list_or_object };
  struct Member {
    std::string name;
    Form form = Form::any;
    bool nullable = false;
  };
  static Member member_of(std::string_view name, const boost::json::value *schema,
                          const boost::json::object &defs);
  static bool fits(const Member &member, boost::json::value &value);

  bool object_ = false;
  std::vector<Member> required_;
};

}  // namespace cpi
