#include "control/duplicate_check.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "base/json_member.hpp"
#include "control/failure.hpp"
#include "control/lookup.hpp"
#include "cpi/json/pointer.hpp"
#include "text/terminal_text.hpp"

namespace host {

namespace {

namespace json = boost::json;

constexpr int most_pages = 10;

std::string word_of(const json::object &item, std::string_view key) {
  const json::value *value = item.if_contains(key);
  if (value == nullptr) return {};
  if (const json::string *text = value->if_string()) return std::string(*text);
  return json::serialize(*value);
}

// The fields of the action's input that the lookup depends on.
json::object input_of_lookup(const json::object &lookup, const json::object &input) {
  json::object out;
  const json::value *depends = lookup.if_contains("depends_on");
  if (depends == nullptr || !depends->is_array()) return out;
  for (const json::value &name : depends->get_array())
    if (const json::string *key = name.if_string())
      if (const json::value *value = input.if_contains(*key)) out[*key] = *value;
  return out;
}

// The text at that place of the input; empty if there is none, and then there is nothing to search
// for.
std::string wanted_text(const json::object &match, const json::object &input) {
  const json::value document(input);
  const json::value *found = cpi::find_at(document, text_at(match, "input"));
  const json::string *text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

// Reads the lookup to its end, to the maximum number of pages, or until the service fails.
void search_lookup(Session &session, const ConnectionRecord &connection, const json::object &lookup,
                   const json::object &input, std::string_view member, const std::string &wanted,
                   DuplicateCheck &out) {
  try {
    std::string page;
    for (int pages = 0; pages < most_pages; ++pages) {
      const LookupPage answer = look_up(session, connection,
                                        {.lookup = out.lookup,
                                         .input = input_of_lookup(lookup, input),
                                         .search = {},
                                         .page = page,
                                         .fresh = true});
      for (const json::value &item : answer.items)
        if (item.is_object() && word_of(item.get_object(), member) == wanted)
          out.found.push_back(item);
      page = answer.next;
      if (page.empty()) {
        out.checked = true;
        return;
      }
    }
  } catch (const Failure &) {
    // The service does not answer the lookup either: reported by `checked`.
  }
}

}  // namespace

DuplicateCheck check_for_duplicate(Session &session, const ConnectionRecord &connection,
                                   const json::object &action, const json::object &input) {
  DuplicateCheck out;
  const json::object *check = object_at(action, "duplicate_check");
  if (check == nullptr) return out;
  const auto files = session.catalogue().files(connection.plugin);
  const json::object *lookup = files->manifest.find_lookup(text_at(*check, "lookup"));
  if (lookup == nullptr) return out;
  out.lookup = text_at(*check, "lookup");
  out.title = text_at(*lookup, "title");
  const json::object *match = object_at(*check, "match");
  const std::string wanted = match == nullptr ? std::string() : wanted_text(*match, input);
  if (wanted.empty()) return out;

  search_lookup(session, connection, *lookup, input, text_at(*match, "choice"), wanted, out);
  const json::object *effects = object_at(action, "effects");
  const bool queued = effects != nullptr && flag_at(*effects, "queued");
  if (!out.found.empty()) {
    if (flag_at(*match, "unique")) out.outcome = DuplicateCheck::Outcome::there;
  } else if (out.checked && !queued) {
    out.outcome = DuplicateCheck::Outcome::not_there;
  }
  return out;
}

std::string_view name(DuplicateCheck::Outcome outcome) noexcept {
  switch (outcome) {
    case DuplicateCheck::Outcome::there:
      return "there";
    case DuplicateCheck::Outcome::not_there:
      return "not_there";
    case DuplicateCheck::Outcome::unknown:
      break;
  }
  return "unknown";
}

json::object duplicate_json(const DuplicateCheck &check) {
  return {{"lookup", check.lookup},
          {"outcome", name(check.outcome)},
          {"looked", check.checked},
          {"found", check.found}};
}

std::string duplicate_text(const DuplicateCheck &check) {
  constexpr std::string_view check_first =
      "The request was not sent again. Check the account before you run the action again: a second "
      "run may take effect twice.";
  const std::string place = '"' + one_line(check.title) + '"';
  std::string found;
  for (const json::value &item : check.found) {
    const json::object &choice = item.get_object();
    found += found.empty() ? "" : ", ";
    found += one_line(word_of(choice, "value")) + " \"" + one_line(word_of(choice, "label")) + '"';
  }
  switch (check.outcome) {
    case DuplicateCheck::Outcome::there:
      return "Found under " + place + ": " + found +
             ". The action probably took effect; the request was not sent again.";
    case DuplicateCheck::Outcome::not_there:
      return "Not found under " + place +
             " yet: the service may still be processing the request. " + std::string(check_first);
    case DuplicateCheck::Outcome::unknown:
      break;
  }
  std::string out = "It is unknown whether the action took effect.";
  if (!found.empty()) out += " Found under " + place + ", possibly older: " + found + '.';
  return out + ' ' + std::string(check_first);
}

}  // namespace host
