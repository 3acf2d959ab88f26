#include "control/duplicate_check.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string_view>
#include <vector>

#include "control/failure.hpp"
#include "control/lookup.hpp"
#include "text/terminal_text.hpp"

namespace host {

namespace {

namespace json = boost::json;

constexpr int most_pages = 10;

// Texts and numbers anywhere in the input, as text.
void collect_words(const json::value &value, std::vector<std::string> &out) {
  if (const json::object *object = value.if_object()) {
    for (const auto &member : *object) collect_words(member.value(), out);
  } else if (const json::array *array = value.if_array()) {
    for (const json::value &element : *array) collect_words(element, out);
  } else if (const json::string *text = value.if_string()) {
    if (!text->empty()) out.emplace_back(*text);
  }
}

std::string word_of(const json::object &item, std::string_view key) {
  const json::value *value = item.if_contains(key);
  if (value == nullptr) return {};
  if (const json::string *text = value->if_string()) return std::string(*text);
  return json::serialize(*value);
}

bool named_by(const json::value &item, const std::vector<std::string> &words) {
  const json::object *object = item.if_object();
  if (object == nullptr) return false;
  return std::ranges::any_of(words, [object](const std::string &word) {
    return word == word_of(*object, "label") || word == word_of(*object, "value");
  });
}

// Of the action's input, what the lookup depends on.
json::object input_of_lookup(const json::object &lookup, const json::object &input) {
  json::object out;
  const json::value *depends = lookup.if_contains("depends_on");
  if (depends == nullptr || !depends->is_array()) return out;
  for (const json::value &name : depends->get_array())
    if (const json::string *key = name.if_string())
      if (const json::value *value = input.if_contains(*key)) out[*key] = *value;
  return out;
}

}  // namespace

std::optional<DuplicateCheck> check_for_duplicate(Session &session,
                                                  const ConnectionRecord &connection,
                                                  const json::object &action,
                                                  const json::object &input) {
  const json::value *declared = action.if_contains("duplicate_check");
  const json::object *check = declared == nullptr ? nullptr : declared->if_object();
  if (check == nullptr) return std::nullopt;
  DuplicateCheck out;
  out.lookup = word_of(*check, "lookup");
  const auto files = session.catalogue().files(connection.plugin);
  const json::object *lookup = files->manifest.find_lookup(out.lookup);
  if (lookup == nullptr) return std::nullopt;

  std::vector<std::string> words;
  collect_words(input, words);
  try {
    std::string page;
    for (int pages = 0; pages < most_pages; ++pages) {
      const LookupPage answer =
          look_up(session, connection, out.lookup, input_of_lookup(*lookup, input), {}, page);
      for (const json::value &item : answer.items)
        if (named_by(item, words)) out.found.push_back(item);
      page = answer.next;
      if (page.empty()) break;
    }
    out.looked = true;
  } catch (const Failure &) {
    // The service that did not answer the action does not answer this either: told as `looked`.
    out.looked = false;
  }
  return out;
}

json::object duplicate_json(const DuplicateCheck &check) {
  return {{"lookup", check.lookup}, {"looked", check.looked}, {"found", check.found}};
}

std::string duplicate_text(const DuplicateCheck &check) {
  if (!check.looked) return "Whether it took effect could not be looked up (" + check.lookup + ").";
  if (check.found.empty()) return "Nothing of that name was found among " + check.lookup + '.';
  std::string out = "Found among " + check.lookup + ": ";
  for (std::size_t i = 0; i < check.found.size(); ++i) {
    const json::object &item = check.found[i].as_object();
    if (i > 0) out += ", ";
    out += one_line(word_of(item, "value")) + " \"" + one_line(word_of(item, "label")) + '"';
  }
  return out + '.';
}

}  // namespace host
