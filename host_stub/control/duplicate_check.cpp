#include "control/duplicate_check.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json_member.hpp"
#include "control/catalogue.hpp"
#include "control/failure.hpp"
#include "control/lookup.hpp"
#include "control/record_json.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/rfc3339.hpp"
#include "text/terminal_text.hpp"

namespace host {

namespace {

namespace json = boost::json;

constexpr int most_pages = 10;
constexpr int most_details = 10;

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
                                        {.lookup = out.place,
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

// ---- The rows that an action lists

std::string lower_ascii(std::string text) {
  for (char &each : text)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return text;
}

std::string as_compared(const json::value &value, std::string_view as) {
  const json::string *held = value.if_string();
  std::string text = held != nullptr ? std::string(*held) : json::serialize(value);
  if (as == "email") return lower_ascii(std::move(text));
  if (as == "phone") std::erase_if(text, [](char each) { return each < '0' || each > '9'; });
  if (as == "file_name") text.erase(0, text.rfind('/') + 1);
  return text;
}

// The value at a pointer, or at the first of a list of pointers that finds something.
const json::value *input_at(const json::value &pointers, const json::value &input) {
  if (const json::string *one = pointers.if_string()) return cpi::find_at(input, *one);
  const json::array *list = pointers.if_array();
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
    if (const json::value *found = input_at((*list)[i], input)) return found;
  return nullptr;
}

struct RowCondition {
  std::string row;
  std::string as;
  std::vector<std::string> allowed;
};

// The value, or one of its elements.
void allow(const json::value &wanted, RowCondition &condition) {
  if (const json::array *list = wanted.if_array()) {
    for (const json::value &one : *list)
      condition.allowed.push_back(as_compared(one, condition.as));
  } else {
    condition.allowed.push_back(as_compared(wanted, condition.as));
  }
}

// Empty if the input lacks something that must be compared.
std::vector<RowCondition> conditions_of(const json::array &same, const json::value &input) {
  std::vector<RowCondition> out;
  for (const json::value &each : same) {
    const json::object &declared = each.as_object();
    const json::value *wanted = input_at(declared.at("input"), input);
    if (wanted == nullptr) wanted = declared.if_contains("default");
    if (wanted == nullptr) return {};
    RowCondition condition{
        std::string(text_at(declared, "row")), std::string(text_at(declared, "as")), {}};
    allow(*wanted, condition);
    out.push_back(std::move(condition));
  }
  return out;
}

bool meets(const json::value &row, const std::vector<RowCondition> &conditions) {
  return std::ranges::all_of(conditions, [&](const RowCondition &condition) {
    const json::value *value = cpi::find_at(row, condition.row);
    return value != nullptr && !value->is_null() &&
           std::ranges::find(condition.allowed, as_compared(*value, condition.as)) !=
               condition.allowed.end();
  });
}

// The rows with what `each` and `below` make of them.
void unfold(const json::value &row, std::string_view each, std::string_view below,
            std::vector<json::value> &out) {
  if (!below.empty()) {
    const json::value *more = cpi::find_at(row, below);
    if (more != nullptr && more->is_array())
      for (const json::value &one : more->get_array()) unfold(one, each, below, out);
  }
  if (each.empty()) {
    out.push_back(row);
    return;
  }
  const json::value *elements = cpi::find_at(row, each);
  if (elements == nullptr || !elements->is_array()) return;
  for (const json::value &element : elements->get_array()) {
    json::value copy = row;
    *cpi::Pointer::compile(each, "each").find(copy) = element;
    out.push_back(std::move(copy));
  }
}

json::object filter_of(const json::object &check, const json::value &input) {
  json::object out;
  const json::object *filter = object_at(check, "filter");
  if (filter == nullptr) return out;
  for (const auto &[key, node] : *filter) {
    const json::object *placement = node.if_object();
    if (placement == nullptr || !placement->contains("$from")) {
      out[key] = node;
    } else if (const json::value *found = cpi::find_at(input, text_at(*placement, "$from"))) {
      out[key] = *found;
    }
  }
  return out;
}

// The output of the listing action; empty if there are certainly no rows. Throws Failure.
std::optional<json::value> listed_rows(Session &session, const ConnectionRecord &connection,
                                       const json::object &list, const std::string &id,
                                       const json::object &asked) {
  check_input(*session.catalogue().files(connection.plugin), list, asked);
  const std::string text = json::serialize(asked);
  OperationStart start;
  start.kind = OperationKind::action;
  start.id = id;
  start.input = text;
  try {
    return stored_json(session.run(connection, start).output);
  } catch (const Failure &failure) {
    if (failure.error.error_class != ErrorClass::not_found) throw;
    return std::nullopt;
  }
}

// Tells rows of a list apart by what only their details have.
class DetailsOfRows {
 public:
  // `check`: the duplicate check; `input`: that of the action whose outcome is unknown.
  DetailsOfRows(Session &session, const ConnectionRecord &connection, const json::object &check,
                const json::value &input)
      : session_(session), connection_(connection), details_(object_at(check, "details")) {
    if (details_ == nullptr) return;
    id_ = text_at(*details_, "action");
    const json::value *wanted = cpi::find_at(input, text_at(*details_, "input"));
    if (wanted == nullptr) {
      details_ = nullptr;
      return;
    }
    condition_.row = text_at(*details_, "row");
    condition_.as = text_at(*details_, "as");
    allow(*wanted, condition_);
  }

  // Whether the details show that this is another item. Details that cannot be had show nothing.
  bool exclude(const json::value &row) {
    if (details_ == nullptr || asked_ == most_details) return false;
    ++asked_;
    std::optional<json::value> output;
    try {
      const auto files = session_.catalogue().files(connection_.plugin);
      output = listed_rows(session_, connection_, find_action(*files, id_), id_,
                           filter_of(*details_, row));
    } catch (const Failure &) {
      return false;
    }
    const json::value *held = output ? cpi::find_at(*output, text_at(*details_, "rows")) : nullptr;
    const json::array *elements = held == nullptr ? nullptr : held->if_array();
    return elements != nullptr && !elements->empty() &&
           std::ranges::none_of(
               *elements, [&](const json::value &element) { return meets(element, {condition_}); });
  }

 private:
  Session &session_;
  const ConnectionRecord &connection_;
  const json::object *details_;
  std::string id_;
  RowCondition condition_;
  int asked_ = 0;
};

void search_list(Session &session, const ConnectionRecord &connection, const json::object &check,
                 const json::object &list, const json::value &input, std::int64_t called_at,
                 DuplicateCheck &out) {
  const std::vector<RowCondition> conditions = conditions_of(check.at("same").as_array(), input);
  if (conditions.empty()) return;
  std::optional<json::value> output;
  try {
    output = listed_rows(session, connection, list, out.place, filter_of(check, input));
  } catch (const Failure &) {
    return;  // The service does not answer this either: reported by `checked`.
  }
  if (!output) {
    out.checked = true;
    return;
  }
  const bool named = check.contains("rows");
  const json::value *held = cpi::find_at(*output, named ? text_at(check, "rows") : "/items");
  if (held == nullptr) return;
  std::vector<json::value> rows;
  if (const json::array *array = held->if_array()) {
    for (const json::value &row : *array)
      unfold(row, text_at(check, "each"), text_at(check, "below"), rows);
  } else {
    rows.push_back(*held);
  }
  const json::value *complete =
      output->is_object() ? output->get_object().if_contains("complete") : nullptr;
  out.checked = complete == nullptr || *complete == json::value(true);
  const std::string_view newer = text_at(check, "newer");
  DetailsOfRows details(session, connection, check, input);
  for (const json::value &row : rows) {
    if (!meets(row, conditions)) continue;
    json::object choice;
    if (const json::value *id = cpi::find_at(row, "/id")) choice["value"] = *id;
    choice["label"] = *cpi::find_at(row, conditions.front().row);
    Age age = Age::unknown;
    if (!newer.empty()) {
      if (const json::value *time = cpi::find_at(row, newer); time && time->is_string()) {
        age = age_of(time->get_string(), called_at);
        choice["hint"] = *time;
      }
    }
    if (age == Age::older || details.exclude(row)) continue;
    if (age == Age::newer) out.outcome = DuplicateCheck::Outcome::there;
    out.found.push_back(std::move(choice));
  }
}

}  // namespace

Age age_of(std::string_view stamp, std::int64_t called_at) noexcept {
  constexpr std::int64_t second = 1000;
  constexpr std::int64_t minute = 60 * second;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t skew = 10 * minute;
  const auto time = cpi::parse_lenient(stamp);
  if (!time) return Age::unknown;
  const std::int64_t at = cpi::to_unix_ms(*time);
  constexpr std::size_t to_the_second = 19;  // YYYY-MM-DD hh:mm:ss
  const bool exact = time->offset_minutes.has_value();
  const bool seconds = stamp.size() >= to_the_second && stamp[16] == ':';
  const std::int64_t grain = seconds ? second : stamp.size() >= 16 ? minute : 24 * hour;
  if (at + grain + (exact ? 0 : 12 * hour) < called_at - skew) return Age::older;
  if (exact && seconds && at >= called_at / second * second) return Age::newer;
  return Age::unknown;
}

DuplicateCheck check_for_duplicate(Session &session, const ConnectionRecord &connection,
                                   const json::object &action, const json::object &input,
                                   std::int64_t called_at) {
  DuplicateCheck out;
  const json::object *check = object_at(action, "duplicate_check");
  if (check == nullptr) return out;
  const auto files = session.catalogue().files(connection.plugin);
  const json::object *effects = object_at(action, "effects");
  const bool queued = effects != nullptr && flag_at(*effects, "queued");
  if (check->contains("list")) {
    out.place = text_at(*check, "list");
    out.listed = true;
    const json::object &list = find_action(*files, out.place);
    out.title = text_at(list, "title");
    search_list(session, connection, *check, list, json::value(input), called_at, out);
    if (out.found.empty() && out.checked && !queued)
      out.outcome = DuplicateCheck::Outcome::not_there;
    return out;
  }
  const json::object *lookup = files->manifest.find_lookup(text_at(*check, "lookup"));
  if (lookup == nullptr) return out;
  out.place = text_at(*check, "lookup");
  out.title = text_at(*lookup, "title");
  const json::object *match = object_at(*check, "match");
  const std::string wanted = match == nullptr ? std::string() : wanted_text(*match, input);
  if (wanted.empty()) return out;

  search_lookup(session, connection, *lookup, input, text_at(*match, "choice"), wanted, out);
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
  return {{check.listed ? "action" : "lookup", check.place},
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
    const std::string id = one_line(word_of(choice, "value"));
    found += (id.empty() ? "" : id + ' ') + '"' + one_line(word_of(choice, "label")) + '"';
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
