#include "cpi/manifest/trigger_limit.hpp"

#include <string_view>

#include "cpi/json/number.hpp"
#include "cpi/language/strategies.hpp"
#include "json_access.hpp"

namespace cpi::manifest {

namespace json = boost::json;

std::string memory_text(const json::object &trigger) {
  const json::object *detect = object_in(trigger, "detect");
  if (detect == nullptr) return {};
  const std::string_view strategy = text_in(*detect, "strategy");
  // These keep the rows of one document, or of the first pages.
  if (strategy == "edge" || strategy == "watch" || detect->contains("pages")) return {};
  const std::int64_t limit = integer_in(*detect, "limit").value_or(strategies::remembered_rows);
  const json::object *gate = object_in(*detect, "gate");
  const bool in_part = detect->contains("window") || detect->contains("horizon");
  const bool in_time = gate != nullptr && gate->contains("count") && !detect->contains("where");
  return "Remembers up to " + grouped_digits(limit) + " items" +
         (in_part   ? " of the days that it reads; more are refused."
          : in_time ? "; longer lists are refused before they are read."
                    : "; longer lists are refused.");
}

}  // namespace cpi::manifest
