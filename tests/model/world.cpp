#include "world.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "odd_answer.hpp"

namespace model {
namespace {

constexpr std::uint64_t beyond_doubles = 9'007'199'254'740'992;  // 2^53
constexpr std::int64_t day_s = 86'400;

std::string lower(std::string text) {
  for (char &c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::int64_t number_in(const Captures &asked, const std::string &name, std::int64_t otherwise) {
  const auto found = asked.find(name);
  if (found == asked.end()) return otherwise;
  const std::string text = text_of(found->second);
  std::from_chars(text.data(), text.data() + text.size(), otherwise);
  return otherwise;
}

// As keys of events are written: blanks, slashes and percent signs as %XX.
std::string key_part(std::string_view text, bool fold) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string part;
  for (const char c : fold ? lower(std::string(text)) : std::string(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7f && c != '/' && c != '%') {
      part += c;
    } else {
      part += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return part;
}

bool is_date(std::string_view text) {
  return text.size() >= 10 && text[4] == '-' && text[7] == '-';
}

std::string formatted(std::int64_t seconds, const char *format) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

bool same(const Tokens &a, const std::optional<Tokens> &b) {
  return b.has_value() && a == *b;
}

// `first` and how many, of `count`.
std::pair<std::size_t, std::size_t> slice(std::int64_t first, std::int64_t limit,
                                          std::size_t count) {
  const auto from = std::min(count, static_cast<std::size_t>(std::max<std::int64_t>(0, first)));
  return {from, std::min(count, from + static_cast<std::size_t>(std::max<std::int64_t>(0, limit)))};
}

}  // namespace

World::World(const TriggerSpec &spec, const Shapes &shapes, std::uint64_t seed, std::int64_t now_s)
    : clock(now_s), spec_(spec), shapes_(shapes), random_(seed) {
  newest_first_ = pick(4) != 0;
  ids_as_text_ = pick(4) == 0;
  counters_as_text_ = pick(3) == 0;
  addresses_ = pick(2) == 0 ? 60 : 600;
  if (spec.paging.style == PagingStyle::offset && pick(3) == 0) cap_ = 7 + pick(60);
  const bool counts_pages =
      spec.paging.style == PagingStyle::offset || spec.paging.style == PagingStyle::page;
  if (shapes_.has(Shape::one_short) && counts_pages) cap_ = spec.paging.size - 1;
  if (shapes_.has(Shape::page_cap) && counts_pages) cap_ = 7 + pick(60);
  const bool pages_gate = spec.gate && spec.gate->several &&
                          (spec.gate->paging.style == PagingStyle::offset ||
                           spec.gate->paging.style == PagingStyle::page);
  if (shapes_.has(Shape::page_cap) && pages_gate && pick(2) == 0) gate_cap_ = 7;
  if (shapes_.has(Shape::hidden_total)) surplus_ = 1 + pick(9);
  has_twins_ = !spec.edge && pick(4) == 0;
  find_domains();
  const bool single = !spec.gate || !spec.gate->several;
  const std::uint64_t count = single ? 1 : spec.gate->where.empty() ? 1 + pick(5) : 2;
  const bool crowded = gate_cap_ > 0 && spec.gate->where.empty();
  for (std::uint64_t i = 0; i < (crowded ? 9 : count); ++i) add_list();
  // Now and then more than a page.
  const std::size_t many = spec.paging.size <= 100 ? spec.paging.size : 20;
  for (List &list : lists_) {
    std::uint64_t rows = pick(3) == 0 ? pick(many + many / 2) : pick(8);
    if (spec.edge) rows = spec.key.empty() ? 1 : 1 + pick(3);
    clock -= static_cast<std::int64_t>(rows);
    for (; rows > 0; --rows) {
      ++clock;
      add_row(list, false);
    }
    if (shapes_.has(Shape::no_key)) add_keyless(list);
  }
  show_hidden();
  forget_history();
}

World::World(const TriggerSpec &spec, const Extent &extent, std::int64_t now_s)
    : clock(now_s), spec_(spec), random_(1), addresses_(1'000'000), at_rest_(true) {
  find_domains();
  clock -= static_cast<std::int64_t>(extent.lists * extent.rows);
  for (std::size_t i = 0; i < extent.lists; ++i) {
    add_list();
    for (std::size_t row = 0; row < extent.rows; ++row) add_row(lists_.back(), true);
  }
  forget_history();
}

// What changes in a row: what is compared, and what conditions ask for.
void World::find_domains() {
  const auto is_fixed = [&](const Tokens &pointer) {
    return std::ranges::find(spec_.key, pointer) != spec_.key.end() ||
           (same(pointer, spec_.window) || same(pointer, spec_.horizon));
  };
  const auto domain_of = [&](const Tokens &pointer) -> Domain * {
    if (is_fixed(pointer)) return nullptr;
    const auto known = std::ranges::find(domains_, pointer, &Domain::pointer);
    return known != domains_.end()
               ? &*known
               : &domains_.emplace_back(Domain{.pointer = pointer, .values = {}, .refused = false});
  };
  for (const Tokens &pointer : spec_.remember) {
    if (!pointer.empty()) (void)domain_of(pointer);
  }
  if (spec_.whole_row && domains_.empty()) (void)domain_of({"whatever"});
  const auto learn = [&](const std::vector<Condition> &conditions) {
    for (const Condition &condition : conditions) {
      if (Domain *domain = domain_of(condition.pointer)) {
        domain->values.insert(domain->values.end(), condition.values.begin(),
                              condition.values.end());
        domain->refused = domain->refused || condition.negated;
      }
    }
  };
  learn(spec_.where);
  learn(spec_.when);
  if (spec_.watch) learn(spec_.watch->final);
}

World::Kind World::kind_of(const Tokens &pointer, Kind otherwise) const {
  const json::value *example = find(spec_.example, pointer);
  if (example == nullptr) example = find(spec_.sample, pointer);
  if (example == nullptr) return otherwise;
  if (example->is_object()) return Kind::object;
  if (example->is_bool()) return Kind::boolean;
  if (example->is_int64() || example->is_uint64()) return Kind::integer;
  if (example->is_double()) return Kind::number;
  if (!example->is_string()) return otherwise;
  const std::string text = text_of(*example);
  if (is_date(text)) return Kind::stamp;
  if (text.find('@') != std::string::npos) return Kind::email;
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? Kind::digits : Kind::text;
}

// Written as the sample has it.
json::value World::stamp(const Tokens &pointer, std::int64_t seconds) const {
  const json::value *example = find(spec_.example, pointer);
  if (example == nullptr) example = find(spec_.sample, pointer);
  if (example != nullptr && example->is_number()) return seconds;
  const std::string text = example == nullptr ? std::string() : text_of(*example);
  if (text.size() == 10) return json::value(formatted(seconds, "%Y-%m-%d"));
  if (text.find('T') == std::string::npos)
    return json::value(formatted(seconds, "%Y-%m-%d %H:%M:%S"));
  return json::value(
      formatted(seconds, text.ends_with('Z') ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S+00:00"));
}

json::value World::fresh_id(Kind kind, bool anew) {
  const std::uint64_t id = beyond_doubles + serial_;
  switch (kind) {
    case Kind::email:
      if (anew) return json::value("new" + std::to_string(serial_) + "@example.org");
      return json::value((pick(2) == 0 ? "user" : "USER") + std::to_string(pick(addresses_)) +
                         "@example.org");
    case Kind::text:
      return json::value("r" + std::to_string(id));
    case Kind::digits:
      return json::value(std::to_string(id));
    default:
      return ids_as_text_ ? json::value(std::to_string(id)) : json::value(id);
  }
}

// Whether a condition that names what does not pass names this value.
bool World::is_refused(const Tokens &pointer, const json::value &value) const {
  json::value row = json::object{};
  put(row, pointer, value);
  return std::ranges::any_of(std::array{&spec_.where, &spec_.when}, [&](const auto *conditions) {
    return std::ranges::any_of(*conditions, [&](const Condition &each) {
      return each.negated && each.pointer == pointer && !each.holds(row);
    });
  });
}

// A value of a field that changes, another than `current` if it can be.
json::value World::other_value(const Tokens &pointer, const json::value *current) {
  const auto domain = std::ranges::find(domains_, pointer, &Domain::pointer);
  if (domain != domains_.end() && !domain->values.empty()) {
    std::vector<json::value> choices = domain->values;
    const Kind kind = kind_of(pointer, choices.front().is_number() ? Kind::integer : Kind::text);
    const bool is_number = kind == Kind::integer || kind == Kind::number;
    choices.push_back(is_number ? json::value(777) : json::value("something else"));
    if (current != nullptr) std::erase(choices, *current);
    // What a condition refuses is the exception, in a list that is mostly of another kind.
    if (domain->refused && pick(8) != 0) {
      std::vector<json::value> passing = choices;
      std::erase_if(passing, [&](const json::value &each) { return is_refused(pointer, each); });
      if (!passing.empty()) choices = std::move(passing);
    }
    return choices[pick(choices.size())];
  }
  switch (kind_of(pointer, Kind::integer)) {
    case Kind::object:
      return json::object{{"x", static_cast<std::int64_t>(pick(100'000))}};
    case Kind::boolean:
      return current == nullptr || !current->is_bool() || !current->get_bool();
    case Kind::number:
      return static_cast<double>(pick(100'000)) / 4 + 0.125;
    case Kind::integer:
      return static_cast<std::int64_t>(pick(100'000));
    case Kind::stamp:
      return stamp(pointer, clock - static_cast<std::int64_t>(pick(500'000)));
    default:
      return json::value("v" + std::to_string(pick(100'000)));
  }
}

// ---- Lists and rows --------------------------------------------------------------------------

void World::add_list() {
  ++serial_;
  List list;
  list.row = json::object{};
  if (spec_.gate) {
    for (const std::string &pointer : spec_.gate->read) {
      const json::value *example = find(spec_.gate->example, pointer);
      const bool is_plain = example == nullptr || example->is_string();
      put(list.row, tokens_of(pointer),
          is_plain ? json::value("list " + std::to_string(serial_)) : *example);
    }
    for (const Tokens &pointer : spec_.gate->key) {
      const json::value *example = find(spec_.gate->example, pointer);
      const bool is_text = example != nullptr && example->is_string();
      const std::uint64_t id = beyond_doubles + serial_;
      put(list.row, pointer, is_text ? json::value("g" + std::to_string(id)) : json::value(id));
    }
    if (spec_.gate->dated) put(list.row, *spec_.gate->dated, stamp(*spec_.gate->dated, clock));
    // The first list is the one that was chosen in the form. At rest, the others have in common
    // with it what is not its own.
    for (const Condition &condition : spec_.gate->where) {
      const bool is_key =
          std::ranges::find(spec_.gate->key, condition.pointer) != spec_.gate->key.end();
      if ((lists_.empty() || (at_rest_ && !is_key)) && !condition.negated)
        put(list.row, condition.pointer, condition.values.front());
    }
  }
  lists_.push_back(std::move(list));
}

// The condition that asks for certain values of a key.
const Condition *World::asked_of(const Tokens &pointer) const {
  for (const auto *conditions : {&spec_.where, &spec_.when}) {
    const auto found = std::ranges::find_if(*conditions, [&](const Condition &condition) {
      return condition.pointer == pointer && !condition.negated;
    });
    if (found != conditions->end()) return &*found;
  }
  return nullptr;
}

void World::put_key(Row &row, bool anew) {
  bool unique = false;
  for (const Tokens &pointer : spec_.key) {
    const Kind kind = kind_of(pointer, Kind::integer);
    if (kind == Kind::stamp || same(pointer, spec_.window)) {
      put(row.fields, pointer, stamp(pointer, row.created));
    } else if (const Condition *condition = asked_of(pointer);
               condition != nullptr && (anew || pick(2) == 0)) {
      put(row.fields, pointer, condition->values.front());
      unique = true;
    } else if (!unique) {
      put(row.fields, pointer, fresh_id(kind, anew));
      unique = true;
    } else {
      // Something else where a condition refuses it, if the row is to be told of.
      const auto refused = [&](const Condition &each) {
        return each.pointer == pointer && !each.holds(row.fields);
      };
      do {
        const auto part = static_cast<std::int64_t>(pick(3));
        const bool is_text = kind == Kind::text || kind == Kind::email;
        put(row.fields, pointer,
            is_text ? json::value("part " + std::to_string(part)) : json::value(part));
      } while (anew && (std::ranges::any_of(spec_.where, refused) ||
                        std::ranges::any_of(spec_.when, refused)));
    }
  }
}

void World::put_times(Row &row) {
  const auto odd_time = [&]() -> json::value {
    switch (pick(4)) {
      case 0:
        return nullptr;
      case 1:
        return json::value("");
      case 2:
        return 0;
      default:
        return json::value("0000-00-00 00:00:00");
    }
  };
  const auto put_time = [&](const std::optional<Tokens> &pointer) {
    if (pointer && find(row.fields, *pointer) == nullptr)
      put(row.fields, *pointer, row.undated ? odd_time() : stamp(*pointer, row.created));
  };
  const bool by_key = spec_.order && std::ranges::find(spec_.key, *spec_.order) != spec_.key.end();
  const bool by_time = spec_.order && kind_of(*spec_.order, Kind::stamp) == Kind::stamp;
  row.rank = spec_.order && by_time ? row.created : static_cast<std::int64_t>(serial_);
  put_time(spec_.window);
  put_time(spec_.horizon);
  if (spec_.order && !by_key && find(row.fields, *spec_.order) == nullptr) {
    put(row.fields, *spec_.order,
        row.undated ? odd_time()
        : by_time   ? stamp(*spec_.order, row.created)
                    : json::value(serial_));
  }
}

// Whether a trigger looks at a member, or at what holds it: then it may not be distorted.
bool World::is_looked_at(const Tokens &pointer) const {
  const auto is_part = [&](const Tokens &other) {
    const std::size_t common = std::min(pointer.size(), other.size());
    return std::equal(pointer.begin(), pointer.begin() + static_cast<std::ptrdiff_t>(common),
                      other.begin());
  };
  const auto any_part = [&](const std::vector<Tokens> &others) {
    return std::ranges::any_of(others, is_part);
  };
  const auto any_condition = [&](const std::vector<Condition> &conditions) {
    return std::ranges::any_of(conditions,
                               [&](const Condition &each) { return is_part(each.pointer); });
  };
  return any_part(spec_.key) || any_part(spec_.remember) || any_condition(spec_.where) ||
         any_condition(spec_.when) || (spec_.order && is_part(*spec_.order)) ||
         (spec_.window && is_part(*spec_.window)) || (spec_.horizon && is_part(*spec_.horizon)) ||
         (spec_.edge && is_part(spec_.edge->value)) ||
         (spec_.watch && any_condition(spec_.watch->final));
}

// What the trigger does not look at, but tells.
void World::distort(Row &row) {
  if (!row.fields.is_object()) return;
  if (shapes_.has(Shape::cut_letter) && !is_looked_at({"cut"}) && pick(3) == 0)
    put(row.fields, {"cut"}, json::value(std::string("Ann ") + cut_here));
  if (!shapes_.has(Shape::odd_member)) return;
  for (auto &member : row.fields.get_object()) {
    const std::string name(member.key());
    if (is_looked_at({name}) || spec_.required.contains(name) || pick(3) != 0) continue;
    switch (pick(4)) {
      case 0:
        member.value() = nullptr;
        break;
      case 1:
        member.value() = json::array{};
        break;
      case 2:
        member.value() = json::object{{"0", "odd"}};
        break;
      default:
        member.value() = json::value("odd");
        break;
    }
  }
}

// Rows that nobody can tell from one another.
void World::add_keyless(List &list) {
  if (spec_.edge || spec_.key.empty() || spec_.paging.style == PagingStyle::after) return;
  for (std::uint64_t count = 1 + pick(3); count > 0; --count) {
    const std::size_t before = list.rows.size();
    add_row(list, false);
    if (list.rows.size() == before) continue;
    Row &row = list.rows.back();
    row.keyless = true;
    row.hidden = false;
    const Tokens &part = spec_.key[pick(spec_.key.size())];
    put(row.fields, part, pick(2) == 0 ? json::value() : json::value(""));
  }
}

void World::satisfy(Row &row) {
  for (const auto *conditions : {&spec_.where, &spec_.when}) {
    for (const Condition &condition : *conditions) {
      const bool is_key = std::ranges::find(spec_.key, condition.pointer) != spec_.key.end();
      for (int tries = 0; tries < 50 && !is_key && !condition.holds(row.fields); ++tries) {
        put(row.fields, condition.pointer, other_value(condition.pointer, nullptr));
      }
    }
  }
}

void World::add_row(List &list, bool plain, std::int64_t age_s) {
  ++serial_;
  if (plain || pick(3) != 0) ++clock;  // seconds are coarse: many share one
  Row row;
  row.fields = spec_.filler;
  row.created = clock - age_s;
  row.born = serial_;
  row.undated = !plain && shapes_.has(Shape::odd_date) && !spec_.edge && pick(6) == 0;
  if (!plain && !spec_.edge && pick(10) == 0) {  // listed late, with the stamp of hours before
    row.hidden = true;
    row.created -= static_cast<std::int64_t>(
        pick(static_cast<std::uint64_t>(spec_.window_back_days * day_s / 2)));
  }
  put_key(row, plain);
  const std::string key = key_of(list, row);
  // At rest, no two rows have a key in common, however many there are.
  const bool known = !at_rest_ && std::ranges::any_of(list.rows, [&](const Row &other) {
    return key_of(list, other) == key;
  });
  if (known) return;
  for (const Domain &domain : domains_)
    put(row.fields, domain.pointer, other_value(domain.pointer, nullptr));
  put_times(row);
  if (plain && !(at_rest_ && spec_.watch)) satisfy(row);
  if (at_rest_ && spec_.watch) {  // unfinished: worth watching
    for (const Condition &condition : spec_.watch->final)
      put(row.fields, condition.pointer, json::value(777));
  }
  if (spec_.edge) turn_number(row);
  distort(row);
  // Of two rows, one may be behind the pages that are read: then the other one counts.
  const bool may_differ =
      spec_.where.empty() && !spec_.watch && spec_.pages == 0 && !has_version_in_key();
  if (shapes_.has(Shape::twin_rows) && !plain && !spec_.edge && may_differ && pick(5) == 0) {
    row.twin = row.fields;
    for (const Tokens &pointer : spec_.key) {
      const json::value *part = find(row.twin, pointer);
      if (!spec_.lower_key || part == nullptr || !part->is_string()) continue;
      std::string text = lower(text_of(*part));
      if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
      put(row.twin, pointer, json::value(text));
    }
    for (const Domain &domain : domains_) {
      const bool is_order = same(domain.pointer, spec_.order);
      if (spec_.when.empty() && !is_order && pick(2) == 0)
        put(row.twin, domain.pointer, other_value(domain.pointer, nullptr));
    }
  }
  list.rows.push_back(std::move(row));
  note(key, std::nullopt, seen(list, list.rows.back()));
}

void World::turn_number(Row &row) {
  const Edge &edge = *spec_.edge;
  if (edge.days_left) {
    const auto days =
        static_cast<std::int64_t>(edge.threshold) + static_cast<std::int64_t>(pick(7)) - 3;
    put(row.fields, edge.value, json::value(formatted(clock + days * day_s, "%Y-%m-%d")));
    return;
  }
  const double span = std::max(10.0, edge.threshold);
  const double number = edge.threshold + (static_cast<double>(pick(2001)) / 1000 - 1) * span;
  put(row.fields, edge.value,
      ids_as_text_ ? json::value(std::to_string(number)) : json::value(number));
}

// Whether a row that changes gets another key: its date of change is a part of it, and of nothing
// else.
bool World::has_version_in_key() const {
  const auto is_stamp = [&](const Tokens &pointer) {
    return kind_of(pointer, Kind::integer) == Kind::stamp;
  };
  const auto times = std::ranges::count_if(spec_.key, is_stamp);
  return times == 1 && spec_.key.size() > 1 && spec_.order &&
         std::ranges::find(spec_.key, *spec_.order) != spec_.key.end() && is_stamp(*spec_.order);
}

void World::change_row(List &list, Row &row) {
  if (spec_.edge) {
    turn_number(row);
    return;
  }
  if (row.keyless) return;
  if (has_version_in_key() && pick(2) == 0) {
    note(key_of(list, row), seen(list, row), std::nullopt);
    row.created = row.rank = ++clock;
    row.born = ++serial_;
    for (const Tokens &pointer : spec_.key) {
      if (kind_of(pointer, Kind::integer) == Kind::stamp)
        put(row.fields, pointer, stamp(pointer, clock));
    }
    note(key_of(list, row), std::nullopt, seen(list, row));
    return;
  }
  if (domains_.empty()) return;
  noting(list, row, [&] {
    const Tokens &pointer = domains_[pick(domains_.size())].pointer;
    if (same(pointer, spec_.order)) {
      row.rank = clock;
      put(row.fields, pointer, stamp(pointer, clock));
    } else {
      const json::value *current = find(row.fields, pointer);
      const json::value kept = current == nullptr ? json::value() : *current;
      put(row.fields, pointer, other_value(pointer, &kept));
    }
    row.touched = true;
    const bool compared = std::ranges::find(spec_.remember, pointer) != spec_.remember.end();
    const bool asked =
        std::ranges::find(spec_.when, pointer, &Condition::pointer) != spec_.when.end();
    if (asked && !compared) ++row.swayed;
    const auto after = seen(list, row);
    row.finished = row.finished || (after && after->final);
  });
}

void World::remove_row(List &list, std::size_t at) {
  const Row &row = list.rows[at];
  note(key_of(list, row), seen(list, row), std::nullopt);
  list.rows.erase(list.rows.begin() + static_cast<std::ptrdiff_t>(at));
}

void World::mutate() {
  List &list = lists_[pick(lists_.size())];
  const std::uint64_t what = pick(20);
  if (spec_.edge) {
    change_row(list, list.rows[pick(list.rows.size())]);
  } else if (what == 0 && spec_.gate && spec_.gate->several && spec_.gate->where.empty()) {
    add_list();
  } else if (what == 1 && lists_.size() > 1 && spec_.gate->where.empty() && !spec_.emits_removed) {
    lists_.erase(lists_.begin() + static_cast<std::ptrdiff_t>(pick(lists_.size())));
  } else if (what < 9 || list.rows.empty()) {
    add_row(list, false);
  } else if (what < 12) {
    remove_row(list, pick(list.rows.size()));
    if (pick(3) == 0) add_row(list, false);  // counters may stay as they were
  } else {
    change_row(list, list.rows[pick(list.rows.size())]);
  }
}

namespace {

struct Refusal {
  int status;
  const char *body;
};

// What services answer for one list of many: none of these says anything about the account.
constexpr std::array refusals = {
    Refusal{400, R"({"message": "Bot is disabled"})"},
    Refusal{403, R"({"message": "Forbidden"})"},
    Refusal{422, R"({"message": "Not processable"})"},
    Refusal{500, ""},
    Refusal{200, "<html>Try again later</html>"},
    Refusal{200, R"({"error": 1})"},
    Refusal{200, R"("a text")"},
};

}  // namespace

void World::refuse_a_list() {
  if (!spec_.gate || !spec_.gate->several) return;
  refused_ = lists_[pick(lists_.size())].row;
  refusal_ = pick(refusals.size());
}

// A list more, where the trigger's input lets it read several.
bool World::add_parent() {
  if (lists_.size() > 1 && passes_gate(lists_.back())) return true;
  const auto is_key = [&](const Condition &condition) {
    return std::ranges::find(spec_.gate->key, condition.pointer) != spec_.gate->key.end();
  };
  for (const Condition &condition : spec_.gate->where) {
    if (is_key(condition) && !condition.negated && condition.values.size() < 2) return false;
  }
  add_list();
  for (const Condition &condition : spec_.gate->where) {
    if (!condition.negated)
      put(lists_.back().row, condition.pointer,
          is_key(condition) ? condition.values.at(1) : condition.values.front());
  }
  return passes_gate(lists_.back());
}

std::vector<Row *> World::single_rows() {
  List &list = lists_.front();
  std::vector<Row *> found;
  const auto rows = listed(list);
  for (std::size_t i = spec_.pages * spec_.paging.size; i < rows.size(); ++i) {
    Row &row = list.rows[static_cast<std::size_t>(rows[i] - list.rows.data())];
    const auto known = seen(list, row);
    const bool asked_for = known && !known->final && !known->finished && !known->twofold;
    if (asked_for && std::ranges::find(found, &row) == found.end()) found.push_back(&row);
  }
  return found;
}

bool World::has_parts() {
  if (spec_.each_day) return true;
  if (spec_.watch) {
    // What is newest leaves the pages when as many rows more come as they have.
    if (!newest_first_ || cap_ > 0 || spec_.watch->batch) return false;
    const auto rows = listed(lists_.front());
    were_listed_.clear();
    for (std::size_t i = 0; i < std::min(rows.size(), spec_.pages * spec_.paging.size); ++i)
      were_listed_.push_back(rows[i]->born);
    for (std::size_t i = 0; i < spec_.pages * spec_.paging.size; ++i) add_row(lists_.front(), true);
    return true;
  }
  return spec_.gate && spec_.gate->several && spec_.gate->each && add_parent();
}

std::optional<std::string> World::refuse_with_news() {
  constexpr std::size_t asked_in_time = 15;  // a watch asks for so many at each poll
  refusal_ = pick(refusals.size());
  List &list = spec_.each_day || spec_.watch ? lists_.front() : lists_.back();
  const std::size_t before = list.rows.size();
  if (spec_.each_day) {
    const std::int64_t age = clock % day_s + day_s / 24;  // late yesterday
    refused_day_ = formatted(clock - age, "%Y-%m-%d");
    add_row(list, true, age);
  } else if (spec_.watch) {
    const auto rows = single_rows();
    const auto known = std::ranges::find_if(rows, [&](const Row *row) {
      return std::ranges::find(were_listed_, row->born) != were_listed_.end();
    });
    if (known == rows.end()) return {};
    refused_row_ = text_of(*find((*known)->fields, spec_.key.front()));
    const auto news = change_to_tell(list, **known, true);
    return rows.size() <= asked_in_time ? news : std::nullopt;
  } else {
    refused_ = list.row;
    std::optional<std::string> changed;
    if (!spec_.emits_new && spec_.emits_changed && !list.rows.empty())
      changed = change_to_tell(list, list.rows.back(), false);
    // With one more row, no counter hides that something has happened.
    add_row(list, true);
    if (!spec_.emits_new) return changed;
  }
  if (list.rows.size() == before || !spec_.emits_new) return {};
  return key_of(list, list.rows.back());
}

void World::behave() {
  refused_.reset();
  refused_day_.clear();
  refused_row_.clear();
  all_hidden_ = false;
}

void World::end_poll(bool in_peace) {
  for (List &list : lists_) {
    if (list.emptied) {
      ++list.empty_polls;
    } else if (list.read && in_peace) {
      list.empty_polls = 0;
      list.known.clear();
      for (const Row &row : list.rows) {
        if (seen(list, row)) list.known.push_back(row.born);
      }
    }
    list.emptied = list.read = false;
  }
}

bool World::may_be_late() const {
  return cap_ > 0 && !newest_first_ && (!spec_.gate || spec_.gate->counters.empty());
}

void World::show_hidden() {
  for (List &list : lists_) {
    for (Row &row : list.rows) {
      if (row.hidden) noting(list, row, [&] { row.hidden = false; });
    }
  }
}

std::optional<std::string> World::add_plain() {
  List &list = lists_.front();
  const std::size_t before = list.rows.size();
  add_row(list, true);
  if (list.rows.size() == before) return std::nullopt;
  return key_of(list, list.rows.back());
}

std::optional<std::string> World::change_plain() {
  return change_newest(lists_.front(), 1);
}

void World::make_news(std::size_t list, std::size_t rows) {
  List &changed = lists_.at(list);
  if (spec_.edge) {
    change_row(changed, changed.rows.front());
  } else if (spec_.emits_new) {
    for (std::size_t i = 0; i < rows; ++i) add_row(changed, true);
  } else if (spec_.emits_removed) {
    remove_row(changed, 0);
  } else {
    // New rows push others off the page that is watched.
    for (std::size_t i = 0; spec_.watch && i < rows; ++i) add_row(changed, true);
    const json::value before = spec_.gate ? gate_row(changed) : json::value();
    for (int tries = 0; tries < 100; ++tries) {
      if (!change_newest(changed, changed.rows.size()))
        throw std::runtime_error(spec_.id + ": no row can change");
      if (!spec_.gate || spec_.gate->counters.empty() || gate_row(changed) != before) break;
    }
  }
  changed.shown.reset();
  answers_.clear();
}

std::optional<std::string> World::change_newest(List &list, std::size_t of) {
  auto rows = listed(list);
  // The two rows of a twin may hide what changes.
  std::erase_if(rows, [](const Row *row) { return row->keyless || !row->twin.is_null(); });
  if (domains_.empty()) return std::nullopt;
  if (!newest_first_) std::ranges::reverse(rows);
  // Some do not pass the trigger's own conditions, whatever changes.
  for (const Row *each : rows | std::views::take(of)) {
    Row &row = list.rows[static_cast<std::size_t>(each - list.rows.data())];
    if (auto key = change_to_tell(list, row, false)) return key;
  }
  return std::nullopt;
}

std::optional<std::string> World::change_to_tell(List &list, Row &row, bool anywhere) {
  if (row.keyless || !row.twin.is_null() || domains_.empty()) return std::nullopt;
  const auto before = seen(list, row);
  for (int tries = 0; tries < 20; ++tries) {
    change_row(list, row);
    const auto after = seen(list, row);
    if (before && after && after->tells && (anywhere || after->sure) &&
        after->values != before->values)
      return key_of(list, row);
  }
  return std::nullopt;
}

// ---- What is so, and what happened -----------------------------------------------------------

std::string World::key_of(const List &list, const Row &row) const {
  std::string key;
  const auto append = [&](const json::value &document, const std::vector<Tokens> &pointers,
                          bool fold) {
    for (const Tokens &pointer : pointers) {
      const json::value *value = find(document, pointer);
      if (!key.empty()) key += '/';
      if (value != nullptr) key += key_part(text_of(*value), fold);
    }
  };
  if (spec_.gate && spec_.gate->each) append(list.row, spec_.gate->key, false);
  append(row.fields, spec_.key, spec_.lower_key);
  return key;
}

bool World::passes_gate(const List &list) const {
  return !spec_.gate || std::ranges::all_of(spec_.gate->where, [&](const Condition &condition) {
    return condition.holds(list.row);
  });
}

std::optional<Seen> World::seen(const List &list, const Row &row) const {
  const auto hold = [&](const std::vector<Condition> &conditions) {
    return std::ranges::all_of(conditions,
                               [&](const Condition &each) { return each.holds(row.fields); });
  };
  if (row.hidden || row.keyless || !passes_gate(list) || !hold(spec_.where)) return std::nullopt;
  Seen seen;
  seen.twofold = !row.twin.is_null();
  seen.finished = row.finished;
  for (const Tokens &pointer : spec_.remember) {
    const json::value *value = find(row.fields, pointer);
    seen.values += (value == nullptr ? std::string("-") : text_of(*value)) + " ";
  }
  seen.tells = hold(spec_.when);
  seen.touched = row.touched;
  seen.final = spec_.watch && !spec_.watch->final.empty() && hold(spec_.watch->final);
  seen.sure = true;
  if (spec_.horizon) seen.sure = row.created > clock - (spec_.horizon_days - 1) * day_s;
  if (spec_.window) seen.sure = row.created > clock - spec_.window_back_days * day_s + day_s / 8;
  seen.born = row.born;
  seen.swayed = row.swayed;
  seen.fields = row.fields;
  return seen;
}

void World::note(const std::string &key, const std::optional<Seen> &before,
                 const std::optional<Seen> &after) {
  int count = 0;
  if (!before && after) count = (spec_.emits_new ? 1 : 0) + (spec_.emits_changed ? 1 : 0);
  if (before && !after) count = spec_.emits_removed ? 1 : 0;
  if (before && after && before->values != after->values) count = spec_.emits_changed ? 1 : 0;
  // A row is news, too, when it passes for the first time what is asked for.
  if (before && after && spec_.emits_new && !before->tells && after->tells) ++count;
  if (count > 0) happened[key] += count;
}

template <typename Change>
void World::noting(List &list, Row &row, Change change) {
  const auto before = seen(list, row);
  change();
  note(key_of(list, row), before, seen(list, row));
}

std::map<std::string, Seen> World::present() const {
  std::map<std::string, Seen> all;
  for (const List &list : lists_) {
    const auto rows = listed(list);
    // Out of order, a list is read whole.
    const bool partly = spec_.pages > 0 && newest_first_;
    const std::size_t page = cap_ > 0 ? std::min(cap_, spec_.paging.size) : spec_.paging.size;
    const std::size_t read = partly ? spec_.pages * page : rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto found = seen(list, *rows[i]);
      if (!found) continue;
      found->sure = found->sure && i < read;
      all.emplace(key_of(list, *rows[i]), *std::move(found));
    }
  }
  return all;
}

// ---- Answers ---------------------------------------------------------------------------------

std::vector<const Row *> World::listed(const List &list) const {
  std::vector<const Row *> rows;
  for (const Row &row : list.rows) {
    if (row.hidden) continue;
    rows.push_back(&row);
    if (!row.twin.is_null() || (has_twins_ && row.born % 7 == 0)) rows.push_back(&row);
  }
  std::ranges::stable_sort(rows, {}, &Row::rank);
  if (newest_first_) std::ranges::reverse(rows);
  return rows;
}

std::vector<const Row *> World::in_window(std::vector<const Row *> rows,
                                          const Captures &asked) const {
  if (!spec_.window) return rows;
  const auto day = [&](const std::string &name, std::string otherwise) {
    const auto found = asked.find(name);
    return found == asked.end() ? otherwise : text_of(found->second).substr(0, 10);
  };
  const std::string only = day("/window/day", "");
  const std::string from = day("/window/from", only);
  const std::string to = day("/window/to", only.empty() ? "9999" : only);
  std::erase_if(rows, [&](const Row *row) {
    const std::string own = formatted(row->created, "%Y-%m-%d");
    return !row->undated && (own < from || own > to);
  });
  return rows;
}

List *World::list_of(const Captures &asked) {
  const auto fits = [&](const List &list) {
    return std::ranges::all_of(asked, [&](const auto &captured) {
      constexpr std::string_view prefix = "/gate";
      if (!captured.first.starts_with("/gate/")) return true;
      const json::value *own =
          find(list.row, std::string_view(captured.first).substr(prefix.size()));
      return own != nullptr && text_of(*own) == text_of(captured.second);
    });
  };
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    const std::size_t at = (last_found_ + i) % lists_.size();
    if (!fits(lists_[at])) continue;
    last_found_ = at;
    return &lists_[at];
  }
  return nullptr;
}

bool World::hide_rows(const List &list, std::vector<const Row *> &rows) const {
  constexpr int several = 6;
  constexpr std::size_t many = 12;
  if (spec_.edge) return false;
  if (shapes_.has(Shape::few_rows) && list.known.size() >= many) {
    if (list.empty_polls >= several) return false;
    // A quarter of what is known may be seen, and nothing new.
    const std::size_t quarter = list.known.size() / 4;
    const auto first = list.known.begin();
    std::erase_if(rows, [&](const Row *row) {
      const auto last = first + static_cast<std::ptrdiff_t>(quarter);
      return std::find(first, last, row->born) == last;
    });
    return true;
  }
  if (list.empty_polls >= 2) return false;
  rows.clear();
  return true;
}

Answer World::answer(json::value document, const Tokens &rows_at, bool is_list) {
  return {.status = 200, .body = written(std::move(document), rows_at, is_list, shapes_, random_)};
}

Answer World::rows_page(List &list, const Captures &asked) {
  auto rows = in_window(listed(list), asked);
  const std::size_t total = rows.size() + surplus_;
  const bool hides = all_hidden_ && hide_rows(list, rows);
  (hides ? list.emptied : list.read) = true;
  auto limit =
      number_in(asked, "size",
                static_cast<std::int64_t>(
                    spec_.paging.style == PagingStyle::none ? rows.size() : spec_.paging.size));
  std::int64_t first = 0;
  if (spec_.paging.style == PagingStyle::offset) first = number_in(asked, "from", 0);
  if (cap_ > 0) limit = std::min(limit, static_cast<std::int64_t>(cap_));
  if (spec_.paging.style == PagingStyle::page) {
    first = (number_in(asked, "from", spec_.paging.first_page) - spec_.paging.first_page) * limit;
  }
  if (const auto after = asked.find("after"); after != asked.end()) {
    const auto rank = served_ranks_.find(text_of(after->second));
    if (rank != served_ranks_.end()) {
      const auto next = std::ranges::find_if(rows, [&](const Row *row) {
        return newest_first_ ? row->rank < rank->second : row->rank > rank->second;
      });
      first = next - rows.begin();
    }
  }
  const auto [from, to] = slice(first, limit, rows.size());
  json::array page;
  numbers.clear();
  for (std::size_t i = from; i < to; ++i) {
    // Of two rows that are one in `listed`, one is its twin.
    const bool is_twin = i > 0 && rows[i] == rows[i - 1] && !rows[i]->twin.is_null();
    page.push_back(is_twin ? rows[i]->twin : rows[i]->fields);
    if (spec_.paging.style == PagingStyle::after) {
      if (const json::value *value = find(rows[i]->fields, spec_.paging.after))
        served_ranks_[text_of(*value)] = rows[i]->rank;
    }
    if (!spec_.edge) continue;
    const json::value *value = find(rows[i]->fields, spec_.edge->value);
    if (value != nullptr && !spec_.edge->days_left)
      numbers[key_of(list, *rows[i])] = std::stod(text_of(*value));
    if (value != nullptr && spec_.edge->days_left) {
      std::tm parts{};
      strptime(text_of(*value).c_str(), "%Y-%m-%d", &parts);
      numbers[key_of(list, *rows[i])] = static_cast<double>(timegm(&parts) / day_s - clock / day_s);
    }
  }
  const bool bare = spec_.edge && spec_.key.empty() && page.size() == 1;
  json::value read = json::object{};
  put(read, spec_.paging.rows, bare ? json::value(page[0]) : json::value(std::move(page)));
  if (spec_.paging.total) put(read, *spec_.paging.total, total);
  json::value whole = json::object{};
  put(whole, spec_.pick, std::move(read));
  if (!spec_.accepted.is_null()) put(whole, spec_.accepted_at, spec_.accepted);
  Tokens rows_at = spec_.pick;
  rows_at.insert(rows_at.end(), spec_.paging.rows.begin(), spec_.paging.rows.end());
  return answer(std::move(whole), rows_at, !bare);
}

json::value World::gate_row(const List &list) const {
  json::value row = list.row;
  std::size_t index = 0;
  std::vector<Tokens> counters = spec_.gate->counters;
  const auto counts_all = [&](const Tokens &pointer) {
    return std::ranges::find(spec_.gate->count, pointer) != spec_.gate->count.end();
  };
  std::ranges::copy_if(spec_.gate->count, std::back_inserter(counters), [&](const Tokens &pointer) {
    return std::ranges::find(spec_.gate->counters, pointer) == spec_.gate->counters.end();
  });
  for (const Tokens &pointer : counters) {
    std::size_t count = 0;
    for (const Row *each : listed(list)) {
      std::string text;
      for (const Domain &domain : domains_) {
        if (const json::value *value = find(each->fields, domain.pointer)) text += text_of(*value);
      }
      const std::size_t others = counters.size() - 1;
      const bool whole = index == 0 || counts_all(pointer);
      if (whole || std::hash<std::string>{}(text) % others == index - 1) ++count;
    }
    ++index;
    count += surplus_;
    put(row, pointer, counters_as_text_ ? json::value(std::to_string(count)) : json::value(count));
  }
  return row;
}

Answer World::gate_page(const Captures &asked) {
  const Gate &gate = *spec_.gate;
  json::value whole = json::object{};
  const bool lists_all = at_rest_ && gate.paging.style != PagingStyle::none;
  if (!gate.several && !lists_all) {
    const json::value row = gate_row(lists_.front());
    const bool paged = gate.paging.style != PagingStyle::none;
    put(whole, gate.paging.rows, paged ? json::value(json::array{row}) : row);
    return answer(std::move(whole), gate.paging.rows, paged);
  }
  const bool whole_list = gate.paging.style == PagingStyle::none;
  auto limit = number_in(asked, "size",
                         static_cast<std::int64_t>(whole_list ? lists_.size() : gate.paging.size));
  if (gate_cap_ > 0) limit = std::min(limit, static_cast<std::int64_t>(gate_cap_));
  std::int64_t first = number_in(asked, "from", 0);
  if (gate.paging.style == PagingStyle::page) {
    first = (number_in(asked, "from", gate.paging.first_page) - gate.paging.first_page) * limit;
  }
  const auto [from, to] = slice(first, limit, lists_.size());
  json::array page;
  for (std::size_t i = from; i < to; ++i) {
    List &list = lists_[i];
    if (!at_rest_ || !list.shown) list.shown = gate_row(list);
    page.push_back(*list.shown);
  }
  put(whole, gate.paging.rows, std::move(page));
  if (gate.paging.total) put(whole, *gate.paging.total, lists_.size() + surplus_);
  return answer(std::move(whole), gate.paging.rows, true);
}

Answer World::one_list(const Captures &asked) {
  const List *list = list_of(asked);
  if (list == nullptr) return {.status = 404, .body = R"({"message": "Not found"})"};
  json::value whole = json::object{};
  put(whole, spec_.gate->paging.rows, json::array{gate_row(*list)});
  return answer(std::move(whole), spec_.gate->paging.rows, true);
}

Answer World::watched_rows(const Captures &asked) {
  std::vector<std::string> wanted;
  if (const auto one = asked.find("/watch/key"); one != asked.end())
    wanted.push_back(text_of(one->second));
  if (const auto several = asked.find("/watch/keys"); several != asked.end()) {
    std::string text = several->second.is_array() ? std::string() : text_of(several->second) + ",";
    if (const json::array *list = several->second.if_array()) {
      for (const json::value &each : *list) text += text_of(each) + ",";
    }
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t comma = text.find(',', at);
      wanted.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
  }
  if (!refused_row_.empty() && std::ranges::find(wanted, refused_row_) != wanted.end())
    return {.status = refusals[refusal_].status, .body = refusals[refusal_].body};
  json::array found;
  for (const Row *row : listed(lists_.front())) {
    const json::value *part = find(row->fields, spec_.key.front());
    const bool named = part != nullptr && !row->keyless;
    if (named && std::ranges::find(wanted, text_of(*part)) != wanted.end())
      found.push_back(row->fields);
  }
  if (!spec_.watch->batch && found.empty())
    return {.status = 404, .body = R"({"message": "Not found"})"};
  json::value whole = json::object{};
  put(whole, spec_.watch->rows,
      spec_.watch->batch ? json::value(std::move(found)) : json::value(found[0]));
  return answer(std::move(whole), spec_.watch->rows, spec_.watch->batch);
}

Answer World::serve(const Request &request) {
  if (!at_rest_) return answer_to(request);
  const auto [known, is_new] = answers_.try_emplace(request.target + request.body);
  if (is_new) known->second = answer_to(request);
  return known->second;
}

Answer World::answer_to(const Request &request) {
  enum class Asked : std::uint8_t { rows, watched, list, gate };
  std::optional<Asked> best;
  Captures captures;
  int likeness = 0;
  const auto offer = [&](Asked what, const Template &made) {
    auto found = made.match(request);
    if (!found) return;
    const int own = made.likeness(request);
    if (best && own <= likeness) return;
    best = what;
    likeness = own;
    captures = *std::move(found);
  };
  if (spec_.watch) offer(Asked::watched, spec_.watch->request);
  if (spec_.gate && spec_.gate->after) offer(Asked::list, *spec_.gate->after);
  if (spec_.gate) offer(Asked::gate, spec_.gate->request);
  offer(Asked::rows, spec_.read);
  if (!best)
    throw std::runtime_error("asked for " + request.method + " " + request.target +
                             ", which is none of its templates");
  if (*best == Asked::watched) return watched_rows(captures);
  if (*best == Asked::list) return one_list(captures);
  if (*best == Asked::gate) return gate_page(captures);
  List *list = list_of(captures);
  if (list == nullptr) return {.status = 404, .body = R"({"message": "Not found"})"};
  const auto day = captures.find("/window/day");
  const bool is_refused_day =
      day != captures.end() && text_of(day->second).substr(0, 10) == refused_day_;
  if (is_refused_day || (refused_ && *refused_ == list->row))
    return {.status = refusals[refusal_].status, .body = refusals[refusal_].body};
  return rows_page(*list, captures);
}

}  // namespace model
