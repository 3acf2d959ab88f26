// Converts what goes out (the data of events, items of samples, outputs of actions) to the `output`
// schema of its operation: services change the types of values, and receivers rely on the schema.
//
//  1. A value that another type expresses exactly is converted: "5" and 5, "0.10" and 0.10, "true",
//     0 and 1 for a boolean, [] and {}, an object with numeric keys for a list. "007" stays text.
//  2. What still does not fit is left out where the schema does not require it, and counted: a
//     receiver copes with a member that is missing, not with one of another type.
//  3. What is only read leaves without nothing that is required: an element of a required list that
//     lacks such a member is left out and counted, and an output that lacks one is refused
//     (leave_out_unfit_elements). So is a sample, and a choice without a value. Schemas therefore
//     require what identifies, and little else.
//  4. The answer to a change leaves as it came where a required member does not fit, and that is
//     noted: the change was made, and to refuse its answer would hide that. Whether the answer
//     shows that it was made is judged by OutputPromise.
//  5. Events are not judged here: a row without a usable key is refused by detection, and the
//     manifest's check holds to it that events require nothing else that a service may leave out.
//  6. Members that the schema does not describe stay: services add them, and receivers may use
//     them. Only where a limitation withholds what a service answers to a write
//     (leave_out_undeclared), they are left out, without a note: the limitation says so.
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
  std::vector<std::string> kept;     // required, so unchanged; or missing
  std::vector<std::string> refused;  // required in an element that was left out of its list

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
  std::map<std::string, std::size_t, std::less<>> refused_;
};

class OutputForm {
 public:
  OutputForm() = default;  // everything fits
  // `schema`: the operation's `output`; `where`: its JSON Pointer. Throws SchemaError. [any]
  static OutputForm compile(const boost::json::value &schema, const boost::json::object &defs,
                            std::string_view where);

  // From now on, members that `schema` does not describe are left out: of an object without any
  // described member all, at the top; further inside, what is not described at all stays whole. At
  // the top, a plain `success` or `result` stays: it says that the change was made.
  void leave_out_undeclared(const boost::json::value &schema, const boost::json::object &defs);

  // From now on, an element of a list that the schema requires is left out of it if it lacks what
  // the schema requires of elements.
  void leave_out_unfit_elements() noexcept { without_unfit_elements_ = true; }

  // Makes the data fit as far as it can. Costs one validation if everything fits. [any]
  Misfits fit(boost::json::value &data) const;
  // The same, with a note about each misfit of an operation's output. [any]
  Misfits fit(boost::json::value &output, std::vector<std::string> &notes) const;

 private:
  static OutputForm compile(const boost::json::value &schema, const boost::json::object &defs,
                            std::string_view where, int depth);

  struct Declared;
  static std::shared_ptr<const Declared> declared_by(const boost::json::value &schema,
                                                     const boost::json::object &defs, int depth);
  static void cut(boost::json::value &data, const Declared &declared);
  static void cut_all(boost::json::value &data, const Declared &declared);

  Schema schema_;
  std::shared_ptr<const Declared> declared_;  // null: undeclared members stay
  bool without_unfit_elements_ = false;
  // Lists inside, whose elements are fitted one by one: a long list would otherwise be validated
  // once for each of its values. An empty name is the value itself.
  struct ListAt {
    std::string name;
    bool required = false;
  };
  std::vector<std::pair<ListAt, OutputForm>> lists_;
};

}  // namespace cpi
