// Writes a document as an odd service would.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <random>
#include <string>

#include "json_place.hpp"
#include "shapes.hpp"

namespace model {

// Stands at the end of a text whose last letter is cut in two when it is written.
constexpr char cut_here = '\x01';

// The text of `document`, whose list is at `rows_at`; `is_list`: there is one.
std::string written(json::value document, const Tokens &rows_at, bool is_list, const Shapes &shapes,
                    std::mt19937_64 &random);

// Numbers as texts, and texts of digits as numbers, at any depth.
void swap_numbers_and_texts(json::value &value);

}  // namespace model
