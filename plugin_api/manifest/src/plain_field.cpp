#include "plain_field.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

// Titles that say what to fill in, and in which form, in every connector. The list is short on
// purpose: "Value", "Code" or "Source ID" mean something else in each service.
constexpr auto plain_titles = std::to_array<std::string_view>({
    "City",        "Comment",      "Company",       "Country",
    "Description", "Email",        "Email address", "Email addresses",
    "First name",  "Last name",    "Name",          "Note",
    "Password",    "Phone number", "Phone numbers", "Short description",
    "Subject",     "Text",         "Title",         "User name",
});

constexpr int deepest_list = 8;

bool has_titled_choices(const json::object &field) {
  for (const std::string_view keyword : {"oneOf", "anyOf"}) {
    const json::array *choices = array_in(field, keyword);
    if (choices == nullptr || choices->empty()) continue;
    if (std::ranges::all_of(*choices, [](const json::value &choice) {
          const json::object *rules = choice.if_object();
          return rules != nullptr && rules->contains("const") && !text_in(*rules, "title").empty();
        })) {
      return true;
    }
  }
  return false;
}

bool has_examples(const json::object &field) {
  const json::array *examples = array_in(field, "examples");
  return examples != nullptr && !examples->empty();
}

bool explains_itself_at(const json::object &field, const json::object &defs, int depth) {
  if (!text_in(field, "description").empty() || has_examples(field)) return true;
  if (field.contains("x-options") || field.contains("const")) return true;
  if (has_titled_choices(field)) return true;
  // The fields inside are looked at one by one.
  if (const json::object *inner = object_in(field, "properties"); inner && !inner->empty()) {
    return true;
  }
  const std::string_view type = text_in(field, "type");
  // "Active" does not say what yes does, nor what happens without an answer.
  if (type != "boolean" && type != "object" &&
      std::ranges::find(plain_titles, text_in(field, "title")) != plain_titles.end()) {
    return true;
  }
  const json::value *items = field.if_contains("items");
  const json::value *target = items == nullptr ? nullptr : dereference(items, defs);
  const json::object *element = target == nullptr ? nullptr : target->if_object();
  return element != nullptr && depth < deepest_list &&
         explains_itself_at(*element, defs, depth + 1);
}

}  // namespace

bool explains_itself(const json::object &field, const json::object &defs) {
  return explains_itself_at(field, defs, 0);
}

}  // namespace cpi::manifest
