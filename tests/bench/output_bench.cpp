// What it costs to hold an output against its schema, relative to reading and writing it: an event
// that fits, one with members of other types, and one with a member that must be left out.
#include <cstdint>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include <boost/json/parse.hpp>

#include "cpi/json/document.hpp"
#include "cpi/sdk/output_form.hpp"

namespace {

namespace json = boost::json;

const cpi::OutputForm &event_form() {
  static const auto form = cpi::OutputForm::compile(
      json::parse(R"({"type": "object", "required": ["email", "list"], "properties": {
          "email": {"type": "string", "format": "email"}, "status": {"type": "integer"},
          "phone": {"type": "string"}, "added": {"type": "string"}, "price": {"type": "number"},
          "variables": {"type": "object"}, "tags": {"type": "array", "items": {"type": "string"}},
          "list": {"type": "object", "required": ["id"], "properties": {
              "id": {"type": "integer"}, "name": {"type": "string"}}}}})"),
      {}, "/output");
  return form;
}

constexpr std::string_view fitting =
    R"({"email":"jane@example.org","status":1,"phone":"380501234567","added":"2025-03-01 10:00:00",)"
    R"("price":12.5,"variables":{"city":"Kyiv"},"tags":["a","b"],"list":{"id":88210,"name":"News"}})";
constexpr std::string_view of_other_types =
    R"({"email":"jane@example.org","status":"1","phone":380501234567,"added":"2025-03-01 10:00:00",)"
    R"("price":12.5,"variables":[],"tags":["a","b"],"list":{"id":"88210","name":"News"}})";
constexpr std::string_view left_out =
    R"({"email":"jane@example.org","status":1,"phone":{"n":1},"added":"2025-03-01 10:00:00",)"
    R"("price":12.5,"variables":{"city":"Kyiv"},"tags":["a","b"],"list":{"id":88210,"name":"News"}})";

void write(benchmark::State &state, std::string_view text, bool fits) {
  constexpr std::size_t deepest = 32;
  for (auto _ : state) {
    json::error_code error;
    json::value data = cpi::parse_document(text, error, deepest);
    if (fits) benchmark::DoNotOptimize(event_form().fit(data));
    benchmark::DoNotOptimize(cpi::write_document(data));
  }
  state.SetItemsProcessed(state.iterations());
}

void unchecked(benchmark::State &state) {
  write(state, fitting, false);
}
void fits(benchmark::State &state) {
  write(state, fitting, true);
}
void converted(benchmark::State &state) {
  write(state, of_other_types, true);
}
void one_left_out(benchmark::State &state) {
  write(state, left_out, true);
}

BENCHMARK(unchecked);
BENCHMARK(fits);
BENCHMARK(converted);
BENCHMARK(one_left_out);

}  // namespace
