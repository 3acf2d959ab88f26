// Judges schemas and patterns for tests that are written in JavaScript, whose own validators and
// regular expressions are what is compared with.
//
// Reads one JSON object a line from standard input, writes one a line:
//   {"schema": S, "defs"?: D, "values": [...]}  ->  {"violations": [[{pointer, message,
//   keyword}...]...]}
//   {"pattern": P, "texts": [...]}              ->  {"matches": [bool...]}
// What cannot be compiled gives {"error": "..."}. A schema with `defs` is one inside of a manifest,
// one without stands alone.
#include <exception>
#include <iostream>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/pattern.hpp"
#include "cpi/json/schema.hpp"

namespace {

namespace json = boost::json;

json::object answer_to(const json::object &question) {
  if (const auto *pattern = question.if_contains("pattern")) {
    const auto compiled = cpi::Pattern::compile(pattern->as_string());
    json::array matches;
    for (const auto &text : question.at("texts").as_array()) {
      matches.emplace_back(compiled.search(text.as_string()));
    }
    return {{"matches", std::move(matches)}};
  }
  const auto *defs = question.if_contains("defs");
  const auto compiled = defs == nullptr
                            ? cpi::Schema::compile_document(question.at("schema"))
                            : cpi::Schema::compile(question.at("schema"), defs->as_object(), "");
  json::array all;
  for (const auto &value : question.at("values").as_array()) {
    all.push_back(cpi::details_of(compiled.validate(value)));
  }
  return {{"violations", std::move(all)}};
}

}  // namespace

int main() {
  json::parse_options options;
  options.max_depth = 200;
  std::string line;
  while (std::getline(std::cin, line)) {
    json::object answer;
    try {
      answer = answer_to(json::parse(line, {}, options).as_object());
    } catch (const std::exception &error) {
      answer["error"] = error.what();
    }
    std::cout << json::serialize(answer) << std::endl;
  }
  return 0;
}
