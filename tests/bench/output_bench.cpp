// What it costs to hold an event's data against its schema, relative to reading and writing it: an
// event that fits, one with members of other types, and one with a member that must be left out.
// Both halves take turns within one iteration, so that other activity on the machine affects them
// alike; `ratio` is that of their sums.
#include <chrono>
#include <cstddef>
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

constexpr int events_at_once = 100;

std::chrono::duration<double> time_of(std::string_view text, bool checked) {
  constexpr std::size_t deepest = 32;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < events_at_once; ++i) {
    json::error_code error;
    json::value data = cpi::parse_document(text, error, deepest);
    if (checked) benchmark::DoNotOptimize(event_form().fit(data));
    benchmark::DoNotOptimize(cpi::write_document(data));
  }
  return std::chrono::steady_clock::now() - begin;
}

void compare(benchmark::State &state, std::string_view text) {
  (void)event_form();
  std::chrono::duration<double> unchecked{0};
  std::chrono::duration<double> checked{0};
  for (auto _ : state) {
    unchecked += time_of(text, false);
    const auto once = time_of(text, true);
    checked += once;
    state.SetIterationTime(once.count());
  }
  state.counters["ratio"] = checked / unchecked;
}

void fits(benchmark::State &state) {
  compare(state, fitting);
}
void converted(benchmark::State &state) {
  compare(state, of_other_types);
}
void one_left_out(benchmark::State &state) {
  compare(state, left_out);
}

BENCHMARK(fits)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(converted)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(one_left_out)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
