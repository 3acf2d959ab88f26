// What it costs to say that an input is wrong, or right: the time should grow with the input, not
// with what is wrong about it.
#include <cstdint>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "cpi/json/schema.hpp"

namespace {

namespace json = boost::json;

constexpr std::int64_t most_elements = 200'000;

const cpi::Schema &list_of_ids() {
  static const auto schema = cpi::Schema::compile(
      json::parse(R"({"type": "object", "required": ["ids"], "additionalProperties": false,
                      "properties": {"ids": {"type": "array", "title": "Ids", "uniqueItems": true,
                                             "items": {"type": "integer", "minimum": 1}}}})"),
      {}, "/input");
  return schema;
}

template <typename Make>
void validate(benchmark::State &state, const Make &make) {
  json::array ids;
  for (std::int64_t i = 0; i < state.range(0); ++i) ids.push_back(make(i));
  const json::value input(json::object{{"ids", std::move(ids)}});
  for (auto _ : state) benchmark::DoNotOptimize(list_of_ids().validate(input).count());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void right_elements(benchmark::State &state) {
  validate(state, [](std::int64_t i) { return json::value(i + 1); });
}
void wrong_elements(benchmark::State &state) {
  validate(state, [](std::int64_t i) { return json::value("id " + std::to_string(i)); });
}

BENCHMARK(right_elements)->Arg(100)->Arg(most_elements)->Unit(benchmark::kMillisecond);
BENCHMARK(wrong_elements)->Arg(100)->Arg(most_elements)->Unit(benchmark::kMillisecond);

}  // namespace
