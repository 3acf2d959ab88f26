#include "shapes.hpp"

#include <algorithm>
#include <random>

namespace model {
namespace {

constexpr std::array<std::string_view, shape_count> shape_names = {
    "page_cap", "one_short",    "number_as_text", "numbered_list", "empty_otherwise",
    "few_rows", "cut_letter",   "double_member",  "twin_rows",     "no_key",
    "odd_date", "hidden_total", "odd_member",     "odd_error",     "byte_order_mark"};

}  // namespace

Shapes Shapes::of_seed(std::uint64_t seed) {
  Shapes shapes;
  const std::uint64_t turn = seed % (shape_count + 1);
  if (turn == 0) return shapes;
  std::mt19937_64 random(~seed);
  // Every second life has its own shape only, so that a failure tells which.
  const bool combined = (seed / (shape_count + 1) + turn) % 2 == 0;
  for (bool &each : shapes.on_) each = combined && random() % 4 == 0;
  shapes.on_[turn - 1] = true;
  return shapes;
}

std::optional<Shapes> Shapes::named(std::string_view names) {
  Shapes shapes;
  if (names == "none") return shapes;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    const auto found = std::ranges::find(shape_names, name);
    if (found == shape_names.end()) return std::nullopt;
    shapes.on_[static_cast<std::size_t>(found - shape_names.begin())] = true;
  }
  return shapes;
}

bool Shapes::any() const noexcept {
  return std::ranges::find(on_, true) != on_.end();
}

std::string Shapes::names() const {
  std::string names;
  for (std::size_t i = 0; i < shape_count; ++i) {
    if (!on_[i]) continue;
    if (!names.empty()) names += ',';
    names += shape_names[i];
  }
  return names.empty() ? "none" : names;
}

}  // namespace model
