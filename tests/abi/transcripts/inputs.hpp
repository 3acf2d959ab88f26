// What an operation is asked with, derived from its input schema: the manifest's sample, then
// inputs that reach every field and every choice, then inputs that do not fit.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <vector>

namespace transcripts {

namespace json = boost::json;

struct Problem {
  std::string pointer;
  std::string keyword;
};
// What the plugin does with an input.
struct Reply {
  std::vector<Problem> problems;  // none when it takes it
  std::string shape;              // of its request then: the names of all that it has, no values
};
using Ask = std::function<Reply(const json::object &input)>;

// The schema of an input, with what its references name.
struct Form {
  json::object schema;
  json::object defs;
};

// Inputs that are taken, the sample first. Each of the others gives a field that none before it
// gave, or makes a choice that gives the request another shape.
std::vector<json::object> good_inputs(const Form &form, const json::object &sample, const Ask &ask);

// The empty input, one with a wrong type in each field, and one beyond the bounds of each field.
std::vector<json::object> unfit_inputs(const Form &form, const json::object &sample);

}  // namespace transcripts
