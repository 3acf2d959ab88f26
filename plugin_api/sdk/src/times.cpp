#include "cpi/sdk/times.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "cpi/json/number.hpp"
#include "cpi/json/rfc3339.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/action.hpp"
#include "cpi/zones/zone_rules.hpp"
#include "manifest_member.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

std::string_view text_at(const json::object &rules, std::string_view name) {
  const json::value *found = rules.if_contains(name);
  const json::string *text = found != nullptr ? found->if_string() : nullptr;
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

const json::object *dereferenced(const json::value &schema, const json::object &defs) {
  constexpr std::string_view prefix = "#/$defs/";
  constexpr int longest_chain = 16;
  const json::object *rules = schema.if_object();
  for (int hops = 0; rules != nullptr && hops < longest_chain; ++hops) {
    const std::string_view target = text_at(*rules, "$ref");
    if (!target.starts_with(prefix)) return rules;
    const json::value *next = defs.if_contains(target.substr(prefix.size()));
    rules = next == nullptr ? nullptr : next->if_object();
  }
  return nullptr;
}

// Calls visit(rules, path) for a schema and all that describe a part of its values.
template <typename Visit>
void walk_schema(const json::value &schema, const json::object &defs,
                 std::vector<std::string> &path, int depth, const Visit &visit) {
  constexpr int deepest = 24;
  const json::object *rules = dereferenced(schema, defs);
  if (rules == nullptr || depth > deepest) return;
  visit(*rules, path);
  const auto below = [&](const json::value &inner, std::string_view token) {
    path.emplace_back(token);
    walk_schema(inner, defs, path, depth + 1, visit);
    path.pop_back();
  };
  if (const json::value *found = rules->if_contains("properties"); found && found->is_object()) {
    for (const auto &[key, inner] : found->get_object()) below(inner, key);
  }
  for (const std::string_view any : {"items", "additionalProperties"}) {
    if (const json::value *inner = rules->if_contains(any)) below(*inner, "*");
  }
  for (const std::string_view same : {"then", "else"}) {
    if (const json::value *inner = rules->if_contains(same)) {
      walk_schema(*inner, defs, path, depth + 1, visit);
    }
  }
  for (const std::string_view list : {"allOf", "anyOf", "oneOf"}) {
    const json::value *found = rules->if_contains(list);
    if (found == nullptr || !found->is_array()) continue;
    for (const json::value &inner : found->get_array()) {
      walk_schema(inner, defs, path, depth + 1, visit);
    }
  }
}

// Calls visit(value, its pointer, its parent) for every value at `path`.
template <typename Visit>
void walk_values(json::value &value, const std::vector<std::string> &path, std::size_t depth,
                 const std::string &pointer, json::object *parent, const Visit &visit) {
  if (depth == path.size()) return visit(value, pointer, parent);
  const std::string &token = path[depth];
  if (json::object *object = value.if_object()) {
    if (token != "*") {
      json::value *inner = object->if_contains(token);
      if (inner != nullptr) {
        walk_values(*inner, path, depth + 1, pointer_join(pointer, token), object, visit);
      }
      return;
    }
    for (auto &member : *object) {
      walk_values(member.value(), path, depth + 1, pointer_join(pointer, member.key()), nullptr,
                  visit);
    }
  } else if (json::array *list = value.if_array(); list != nullptr && token == "*") {
    for (std::size_t i = 0; i < list->size(); ++i) {
      walk_values((*list)[i], path, depth + 1, pointer_join(pointer, i), nullptr, visit);
    }
  }
}

std::int64_t wall_of(DateTime time) {
  time.offset_minutes.reset();
  time.nanosecond = 0;
  return to_unix_ms(time) / 1000;
}

std::string clock_text(std::int64_t wall, char separator = ' ') {
  std::string text = format_datetime(from_unix_ms(wall * 1000));
  text[text.find(' ')] = separator;
  return text;
}

std::string offset_text(std::int32_t seconds) {
  const std::int32_t minutes = (seconds < 0 ? -seconds : seconds) / 60;
  const auto two = [](std::int32_t value) {
    return std::string(value < 10 ? "0" : "") + std::to_string(value);
  };
  return (seconds < 0 ? '-' : '+') + two(minutes / 60) + ':' + two(minutes % 60);
}

// The same instant, as a clock with this offset shows it.
std::string instant_text(std::int64_t instant, std::int32_t offset) {
  return clock_text(instant + offset, 'T') + offset_text(offset);
}

struct Entry {
  const OutgoingTimes::Field *field = nullptr;
  std::string pointer;
  json::value *value = nullptr;
  DateTime time;

  [[noreturn]] void refuse_it(const std::string &sentence) const {
    Violations only;
    only.listed.push_back({pointer, field->title + sentence, "x-zone"});
    throw input_failure(only);
  }
};

std::vector<Entry> entries_of(json::value &input, const std::vector<OutgoingTimes::Field> &fields) {
  std::vector<Entry> entries;
  for (const OutgoingTimes::Field &field : fields) {
    walk_values(input, field.path, 0, "", nullptr,
                [&](json::value &value, const std::string &pointer, const json::object *) {
                  const json::string *text = value.if_string();
                  const auto time = text != nullptr ? parse_lenient(*text) : std::nullopt;
                  if (time) entries.push_back({&field, pointer, &value, *time});
                });
  }
  return entries;
}

// What the service calls the account's zone, and what that is.
struct AccountZone {
  std::string text;
  std::optional<ZoneRules> rules;
  std::int64_t now = 0;  // seconds

  std::string why_unknown(const std::string &service) const {
    if (text.empty()) return service + " does not report the account's time zone";
    return service + " reports the account's time zone as " + json::serialize(json::value(text)) +
           ", which is unknown here (tzdata " + std::string(zone_rules_version()) + ")";
  }
};

void refuse_unless_once(const Entry &entry, std::int64_t wall, const AccountZone &account,
                        const std::string &service) {
  constexpr std::int64_t two_days = 2 * 86'400;
  const ZoneRules &zone = *account.rules;
  const std::string shown = ": " + clock_text(wall);
  if (zone.is_fixed_offset() && !zone.surely_shows_once(wall, account.now)) {
    entry.refuse_it(shown + " comes twice, or does not exist, in some time zones that are at " +
                    offset_text(zone.offset_at(account.now)) + " now, and " + service +
                    " reports only this offset as the account's time zone. Enter another time.");
  }
  const auto instants = zone.instants_of(wall);
  if (instants.size() == 1) return;
  if (instants.empty()) {
    std::string change = "the clocks are set forward";
    for (const ClockChange &each : zone.changes(wall - two_days, wall + two_days)) {
      if (wall < each.at + each.before || wall >= each.at + each.after) continue;
      change +=
          " from " + clock_text(each.at + each.before) + " to " + clock_text(each.at + each.after);
    }
    entry.refuse_it(shown + " does not exist in the account's time zone, " + zone.name() + ": " +
                    change + ". Enter another time.");
  }
  std::string either;
  for (const std::int64_t instant : instants) {
    if (!either.empty()) either += " or ";
    either += instant_text(instant, zone.offset_at(instant));
  }
  entry.refuse_it(shown + " comes twice in the account's time zone, " + zone.name() +
                  ", because the clocks are set back: it may be " + either +
                  ". Enter another time.");
}

void settle_one(const Entry &entry, const AccountZone &account, const std::string &service,
                bool changes) {
  const bool has_offset = entry.time.offset_minutes.has_value();
  std::int64_t wall = wall_of(entry.time);
  if (!account.rules) {
    if (has_offset) {
      entry.refuse_it(" has an offset, but " + account.why_unknown(service) +
                      ". Enter the time without an offset, as your " + service +
                      " account shows it.");
    }
    if (!changes || !is_doubtful_somewhere(wall)) return;
    entry.refuse_it(": " + clock_text(wall) +
                    " comes twice, or does not exist, in some time zones, and " +
                    account.why_unknown(service) + ". Enter another time.");
  }
  const ZoneRules &zone = *account.rules;
  if (has_offset) {
    const std::int64_t instant = to_unix_ms(entry.time) / 1000;
    const std::int32_t given = *entry.time.offset_minutes * 60;
    const std::int32_t own = zone.offset_at(instant);
    if (!zone.is_sure_at(instant, account.now)) {
      entry.refuse_it(" has an offset, but " + service + " reports the account's time zone as " +
                      json::serialize(json::value(account.text)) +
                      ", and some time zones with this offset have another one then. Enter the "
                      "time without an offset, as your " +
                      service + " account shows it.");
    }
    wall = instant + own;
    if (!entry.field->documented && given != own) {
      entry.refuse_it(" has the offset " + offset_text(given) + ", but the account's time zone, " +
                      zone.name() + ", is at " + offset_text(own) + " then. " + service +
                      " does not document the time zone of this field, so the time is not "
                      "converted. Enter it as your " +
                      service + " account shows it: " + clock_text(wall, 'T') + ".");
    }
  }
  if (changes) refuse_unless_once(entry, wall, account, service);
  if (has_offset) *entry.value = clock_text(wall, 'T');
}

}  // namespace

std::optional<AccountZoneSource> AccountZoneSource::compile(const json::object &manifest,
                                                            const Network &network) {
  const std::string where = "/auth/test";
  const json::value *found = Pointer::compile(where, where).find(manifest);
  const json::object *test = found != nullptr ? found->if_object() : nullptr;
  if (test == nullptr || !test->contains("time_zone")) return std::nullopt;
  AccountZoneSource out;
  out.at = Pointer::compile(text_member(*test, "time_zone", where), where + "/time_zone");
  const json::value *request = test->if_contains("request");
  if (request == nullptr) refuse(where, "has no request");
  out.request = RequestTemplate::compile(*request, network, true, where + "/request");
  return out;
}

OutgoingTimes OutgoingTimes::compile(const json::value &schema, const json::object &defs) {
  OutgoingTimes out;
  std::vector<std::string> path;
  walk_schema(
      schema, defs, path, 0, [&](const json::object &rules, const std::vector<std::string> &at) {
        if (text_at(rules, "format") != "date-time-local" || at.empty()) return;
        const bool known = std::ranges::find(out.fields_, at, &Field::path) != out.fields_.end();
        if (known) return;
        const std::string_view title = text_at(rules, "title");
        out.fields_.push_back({at, std::string(title.empty() ? at.back() : title),
                               text_at(rules, "x-zone") == "account"});
      });
  return out;
}

Task<> OutgoingTimes::settle(Call &call, const Service &service, bool changes) const {
  json::value input(std::move(call.input));
  const auto entries = entries_of(input, fields_);
  const bool needed = std::ranges::any_of(entries, [&](const Entry &entry) {
    return entry.time.offset_minutes || (changes && is_doubtful_somewhere(wall_of(entry.time)));
  });
  if (needed) {
    AccountZone account;
    account.now = call.channel.now() / 1000;
    if (service.account_zone) {
      const json::object nothing;
      const Scope scope{nothing};
      Request request = service.account_zone->request.build(scope);
      request.shareable = false;
      auto sending = call.channel.send(std::move(request));
      const Response response = co_await sending;
      const json::value answer = service.errors.read_json(response, true, call.channel.now());
      const json::value *found = service.account_zone->at.find(answer);
      if (found != nullptr && !found->is_null() && !found->is_structured()) {
        account.text = scalar_text(*found).value_or("");
      }
      account.rules = ZoneRules::find(account.text);
    }
    for (const Entry &entry : entries) settle_one(entry, account, service.title, changes);
  }
  call.input = std::move(input.get_object());
}

StampedTimes StampedTimes::compile(const json::value *schema, const json::object &defs) {
  StampedTimes out;
  if (schema == nullptr) return out;
  std::vector<std::string> path;
  walk_schema(*schema, defs, path, 0,
              [&](const json::object &rules, const std::vector<std::string> &at) {
                if (text_at(rules, "x-zone") != "offset" || at.empty() || at.back() == "*") return;
                if (std::ranges::find(out.paths_, at) == out.paths_.end()) out.paths_.push_back(at);
              });
  return out;
}

void StampedTimes::add_instants(json::value &output) const {
  for (const auto &path : paths_) {
    walk_values(output, path, 0, "", nullptr,
                [&](json::value &value, const std::string &, json::object *parent) {
                  const json::string *text = value.if_string();
                  const auto time = text != nullptr ? parse_lenient(*text) : std::nullopt;
                  if (!time || !time->offset_minutes || parent == nullptr) return;
                  // May move the members: `value` is not used after it.
                  parent->emplace(path.back() + "_instant", format_rfc3339(to_unix_ms(*time)));
                });
  }
}

}  // namespace cpi
