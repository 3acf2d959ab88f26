// Converts what goes out (the data of events, items of samples, outputs of actions) to the `output`
// schema of its operation: services change the types of values, and receivers rely on the schema.
//
//  1. A value that another type expresses exactly is converted: "5" and 5, "0.10" and 0.10, "true",
//     0 and 1 for a boolean, [] and {}, an object with numeric keys for a list. "007" stays text.
//  2. What still does not fit is left out where the schema does not require it, and counted: a
//     receiver copes with a member that is missing, not with one of another type.
//  3. A required member that does not fit stays as it came, and is counted: to leave it out would
//     break the schema as much, and to refuse the event or the output would lose the rest. Only a
//     sample, which is an example, is left out whole.
//  4. What identifies is not judged here. A row without a usable key is refused by detection; an
//     answer without a required member of an action's output is bad_response, or unknown_outcome
//     for a change that may not be repeated (OutputPromise); a choice without a value is left out
//     of a lookup. All of them are noted, in the name of the service.
//  5. Members that the schema does not describe stay: services add them, and receivers may use
//  them.
//     Only where a limitation withholds what a service answers to a write (leave_out_undeclared),
//     they are left out, without a note: the limitation says so.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/schema.hpp"

namespace cpi {

// JSON Pointers into the data (`*` for any element of a list), of what could not be converted, as
// often as there are such elements.
struct Misfits {
  std::vector<std::string> left_out;
  std::vector<std::string> kept;  // required, so unchanged; or missing

  void keep(std::string_view place);  // once each
};

// Counts misfits by their place, for notes to the user.
class MisfitCounts {
 public:
  void add(const Misfits &misfits);
  // One sentence for each place, and one about the places beyond twenty. `one` and `many` are what
  // is counted: "one event", "events".
  std::vector<std::string> sentences(std::string_view one, std::string_view many) const;

 private:
  std::map<std::string, std::size_t, std::less<>> left_out_;
  std::map<std::string, std::size_t, std::less<>> kept_;
};

class OutputForm {
 public:
  OutputForm() = default;  // everything fits
  // `schema`: the operation's `output`; `where`: its JSON Pointer. Throws SchemaError. [any]
  static OutputForm compile(const boost::json::value &schema, const boost::json::object &defs,
                            std::string_view where);

  // From now on, members that `schema` does not describe are left out: of an object without any
  // described member all, at the top; further inside, what is not described at all stays whole.
  void leave_out_undeclared(const boost::json::value &schema, const boost::json::object &defs);

  // Makes the data fit as far as it can. Costs one validation if everything fits. [any]
  Misfits fit(boost::json::value &data) const;
  // The same, with a note about each misfit of an operation's output. [any]
  void fit(boost::json::value &output, std::vector<std::string> &notes) const;

 private:
  static OutputForm compile(const boost::json::value &schema, const boost::json::object &defs,
                            std::string_view where, int depth);

  struct Declared;
  static std::shared_ptr<const Declared> declared_by(const boost::json::value &schema,
                                                     const boost::json::object &defs, int depth);
  static void cut(boost::json::value &data, const Declared &declared);

  Schema schema_;
  std::shared_ptr<const Declared> declared_;  // null: undeclared members stay
  // Lists inside, whose elements are fitted one by one: a long list would otherwise be validated
  // once for each of its values. An empty name is the value itself.
  std::vector<std::pair<std::string, OutputForm>> lists_;
};

}  // namespace cpi
