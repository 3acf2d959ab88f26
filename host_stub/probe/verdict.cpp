#include "probe/verdict.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "cpi/json/rfc3339.hpp"
#include "probe/shape.hpp"
#include "probe/text_format.hpp"

namespace host {

namespace json = boost::json;

namespace {

using Kind = ProbeVerdict::Kind;
using Rows = std::vector<const json::value *>;

ProbeVerdict undecided(std::string why) {
  return {Kind::could_not_be_checked, std::move(why)};
}
ProbeVerdict decided(bool holds, std::string seen) {
  return {holds ? Kind::holds : Kind::does_not_hold, std::move(seen)};
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}
std::string counted_rows(std::size_t count) {
  return counted(count, "row", "rows");
}
std::string of_rows(std::size_t count, std::size_t all) {
  return std::to_string(count) + " of " + counted_rows(all);
}
std::string of_rows_have(std::size_t count, std::size_t all) {
  return of_rows(count, all) + (count == 1 ? " has " : " have ");
}
std::string status_text(const ProbeAnswer &answer) {
  return "HTTP " + std::to_string(answer.status);
}
std::string named_place(std::string_view pointer) {
  return pointer.empty() ? "the row itself" : std::string(pointer);
}

bool is_error(const ProbeAnswer &answer, const cpi::ErrorRule &rule) {
  if (!rule.pointer || !answer.body) return false;
  if (!rule.statuses.empty() &&
      std::ranges::find(rule.statuses, answer.status) == rule.statuses.end())
    return false;
  const json::value *found = rule.pointer->find(*answer.body);
  if (found == nullptr) return false;
  return rule.equals.empty() || std::ranges::any_of(rule.equals, [found](const json::value &each) {
           return each == *found ||
                  (found->is_string() && found->get_string() == json::serialize(each));
         });
}

// A refusal says something about the account or the moment, not about what was asked for.
bool refuses(const ProbeAnswer &answer) {
  return answer.status == 401 || answer.status == 403 || answer.status == 408 ||
         answer.status == 429 || answer.status >= 500;
}

// Why an answer says nothing about rows; empty where it does.
std::string why_no_rows(const ProbeAnswer &answer, std::span<const cpi::ErrorRule> errors) {
  if (answer.state != ProbeAnswer::State::answered) return answer.why;
  if (answer.status < 200 || answer.status > 299)
    return "the service answered with " + status_text(answer);
  if (!answer.body) return "the answer is not JSON";
  if (std::ranges::any_of(errors,
                          [&](const cpi::ErrorRule &rule) { return is_error(answer, rule); }))
    return "the service answered with " + status_text(answer) + " and an error in the body";
  return {};
}

// ---- Checks of the rows' values

ProbeVerdict judge_order(const cpi::ProbeCheck &check, const Rows &rows) {
  std::vector<Comparable> values;
  std::set<Comparable::Kind> kinds;
  for (const json::value *row : rows) {
    const json::value *found = check.at.find(*row);
    const auto value = found == nullptr ? std::nullopt : comparable(*found);
    if (!value) continue;
    kinds.insert(value->kind);
    values.push_back(*value);
  }
  const std::string have = of_rows_have(values.size(), rows.size()) + named_place(check.at_text);
  if (values.size() < 2) return undecided(have + "; an order needs two");
  if (kinds.size() > 1) return undecided(have + ", in forms that cannot be compared");
  std::size_t grows = 0;
  std::size_t shrinks = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::partial_ordering order = values[i - 1] <=> values[i];
    if (order < 0) ++grows;
    if (order > 0) ++shrinks;
  }
  if (grows + shrinks == 0) return undecided(have + ", all the same");
  const bool descending = check.kind == cpi::ProbeCheck::Kind::descending;
  const std::size_t wrong = descending ? grows : shrinks;
  if (wrong == 0) return decided(true, have + ", " + check.name);
  if ((descending ? shrinks : grows) == 0)
    return decided(false, have + ", " + (descending ? "ascending" : "descending"));
  return decided(false, have + ", in no order: " + std::to_string(grows) + " times it grows, " +
                            std::to_string(shrinks) + " times it shrinks");
}

std::string folded(const json::value &value) {
  std::string out = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
  std::ranges::transform(out, out.begin(), [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  });
  return out;
}

ProbeVerdict judge_unique(const cpi::ProbeCheck &check, const Rows &rows) {
  std::set<std::string> seen;
  std::size_t have = 0;
  for (const json::value *row : rows) {
    const json::value *found = check.at.find(*row);
    if (found == nullptr || found->is_null()) continue;
    ++have;
    seen.insert(folded(*found));
  }
  const std::string text = of_rows_have(have, rows.size()) + named_place(check.at_text);
  if (have < 2) return undecided(text);
  return decided(seen.size() == have,
                 text + ", with " + counted(seen.size(), "different value", "different values"));
}

// "2 text, 1 integer", in the order of the names.
using Tally = std::map<std::string, std::size_t, std::less<>>;
std::string tally_text(const Tally &tally) {
  std::string out;
  for (const auto &[name, count] : tally)
    out += (out.empty() ? "" : ", ") + std::to_string(count) + ' ' + name;
  return out;
}

ProbeVerdict judge_kinds(const cpi::ProbeCheck &check, const Rows &rows) {
  const bool formats = check.kind == cpi::ProbeCheck::Kind::format;
  Tally tally;
  std::size_t have = 0;
  bool fits = true;
  for (const json::value *row : rows) {
    const json::value *found = check.at.find(*row);
    // What format a null or an empty text would have is not known.
    if (found == nullptr || (formats && found->is_null())) continue;
    std::string name(type_name(*found));
    if (formats && found->is_string()) name = text_format(found->get_string()).name;
    ++have;
    ++tally[name];
    fits = fits && std::ranges::find(check.words, name) != check.words.end();
  }
  if (have == 0)
    return undecided("none of " + counted_rows(rows.size()) + " has " + named_place(check.at_text));
  return decided(fits, of_rows_have(have, rows.size()) + named_place(check.at_text) + ": " +
                           tally_text(tally));
}

ProbeVerdict judge_present(const cpi::ProbeCheck &check, const Rows &rows) {
  std::string lacking;
  const bool wanted = check.kind == cpi::ProbeCheck::Kind::present;
  for (std::size_t i = 0; i < check.pointers.size(); ++i) {
    std::size_t missing = 0;
    std::size_t null = 0;
    for (const json::value *row : rows) {
      const json::value *found = check.pointers[i].find(*row);
      if (found == nullptr)
        ++missing;
      else if (found->is_null())
        ++null;
    }
    if (!wanted && missing == rows.size()) continue;
    if (wanted && missing + null == 0) continue;
    lacking += (lacking.empty() ? "" : "; ") + named_place(check.pointer_texts.at(i)) +
               " is missing in " + std::to_string(missing) + " and null in " +
               of_rows(null, rows.size());
  }
  if (!lacking.empty()) return decided(false, lacking);
  if (!wanted) return decided(true, "missing in all of " + counted_rows(rows.size()));
  return decided(true, counted_rows(rows.size()) + (rows.size() == 1 ? " has" : " have") +
                           (check.pointers.size() == 1 ? " it" : " all of them"));
}

ProbeVerdict judge_future(const cpi::ProbeCheck &check, const Rows &rows,
                          const ProbeAnswer &answer) {
  constexpr double tolerance_ms = 60'000;  // two clocks
  constexpr double hour_ms = 3'600'000;
  const std::string *date = answer.header("date");
  const auto now = date == nullptr ? std::nullopt : cpi::parse_http_date(*date);
  if (!now) return undecided("the answer has no Date header that can be read");
  std::size_t have = 0;
  std::size_t later = 0;
  double latest = 0;
  for (const json::value *row : rows) {
    const json::value *found = check.at.find(*row);
    const auto time = found == nullptr ? std::nullopt : comparable(*found);
    if (!time || (time->kind != Comparable::Kind::instant && time->kind != Comparable::Kind::clock))
      continue;
    ++have;
    const double ahead = time->number - static_cast<double>(*now) * 1000;
    if (ahead <= tolerance_ms) continue;
    ++later;
    latest = std::max(latest, ahead);
  }
  const std::string text =
      of_rows_have(have, rows.size()) + "a time at " + named_place(check.at_text);
  if (have == 0) return undecided(text);
  if (later == 0) return decided(true, text + ", none after the answer's date");
  const auto hours = static_cast<std::size_t>(std::ceil(latest / hour_ms));
  return decided(false, text + ", " + std::to_string(later) +
                            " of them after the answer's date, by up to " +
                            counted(hours, "hour", "hours"));
}

ProbeVerdict judge_sum(const cpi::ProbeCheck &check, const Rows &rows) {
  const auto number = [](const cpi::Pointer &at, const json::value &row) -> std::optional<double> {
    const json::value *found = at.find(row);
    const auto value = found == nullptr ? std::nullopt : comparable(*found);
    if (!value || value->kind != Comparable::Kind::number) return std::nullopt;
    return value->number;
  };
  std::size_t have = 0;
  std::size_t wrong = 0;
  for (const json::value *row : rows) {
    const auto sum = number(check.at, *row);
    bool complete = sum.has_value();
    double rest = sum.value_or(0);
    for (const cpi::Pointer &at : check.pointers) {
      const auto part = number(at, *row);
      complete = complete && part.has_value();
      rest -= part.value_or(0);
    }
    if (!complete) continue;
    ++have;
    if (std::fabs(rest) > 1e-6) ++wrong;
  }
  const std::string text = of_rows_have(have, rows.size()) + "all the numbers";
  if (have == 0) return undecided("none of " + counted_rows(rows.size()) + " has all the numbers");
  return decided(wrong == 0, text + ", and in " + std::to_string(wrong) + " the sum is different");
}

// Texts without regard to case; other values as they are.
bool is_value(const json::value &found, const json::value &wanted) {
  if (found.is_string() && wanted.is_string()) return folded(found) == folded(wanted);
  return found == wanted;
}

std::string plain_value(const json::value &value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

// The values are the manifest's own, so that they may be told; those of the answer are not.
ProbeVerdict judge_value(const cpi::ProbeCheck &check, const Rows &rows) {
  Tally others;
  std::size_t have = 0;
  std::size_t fit = 0;
  for (const json::value *row : rows) {
    const json::value *found = check.at.find(*row);
    if (found == nullptr) continue;
    ++have;
    if (std::ranges::find(check.values, *found) != check.values.end())
      ++fit;
    else
      ++others[std::string(type_name(*found))];
  }
  const std::string place = named_place(check.at_text);
  if (have < rows.size()) return decided(false, of_rows_have(have, rows.size()) + place);
  if (others.empty()) return decided(true, of_rows_have(fit, rows.size()) + "it at " + place);
  return decided(false, of_rows_have(fit, rows.size()) + "it at " + place +
                            "; other values: " + tally_text(others));
}

ProbeVerdict judge_has(const cpi::ProbeCheck &check, const Rows &rows) {
  const bool wanted = check.kind == cpi::ProbeCheck::Kind::has;
  std::string there;
  std::string missing;
  for (const json::value &value : check.values) {
    const bool found = std::ranges::any_of(rows, [&](const json::value *row) {
      const json::value *at = check.at.find(*row);
      return at != nullptr && is_value(*at, value);
    });
    std::string &names = found ? there : missing;
    names += (names.empty() ? "" : ", ") + plain_value(value);
  }
  const std::string of = counted_rows(rows.size());
  if (wanted && !missing.empty()) return decided(false, missing + " is in none of " + of);
  if (!wanted && !there.empty()) return decided(false, there + " is in one of " + of);
  return decided(true, (wanted ? there + " is in one of " : missing + " is in none of ") + of);
}

// A page with as many rows as its query has in a number may have another one after it.
bool may_have_more(const cpi::ProbeRequest &request, std::size_t rows) {
  const std::string full = std::to_string(rows);
  return rows > 0 && std::ranges::any_of(request.query, [&full](const auto &member) {
           return member.value().is_string() && member.value().get_string() == full;
         });
}

// ---- Checks of the answer as a whole

// The same members, types and truth values; numbers and texts may differ.
bool alike(const json::value &one, const json::value &other) {
  if (type_name(one) != type_name(other)) return false;
  if (one.is_bool()) return one == other;
  if (const json::array *list = one.if_array())
    return std::ranges::equal(*list, other.get_array(), alike);
  const json::object *object = one.if_object();
  if (object == nullptr) return true;
  const json::object &second = other.get_object();
  return object->size() == second.size() &&
         std::ranges::all_of(*object, [&second](const json::key_value_pair &member) {
           const json::value *found = second.if_contains(member.key());
           return found != nullptr && alike(member.value(), *found);
         });
}

ProbeVerdict judge_same(const ProbeAnswer &answer, const ProbeAnswer &other) {
  if (other.state != ProbeAnswer::State::answered)
    return undecided("the answer to compare it with is missing: " + other.why);
  for (const ProbeAnswer *each : {&answer, &other})
    if (refuses(*each)) return undecided("the service answered with " + status_text(*each));
  if (answer.status != other.status)
    return decided(false, status_text(answer) + " and " + status_text(other));
  const bool same =
      answer.body && other.body ? alike(*answer.body, *other.body) : !answer.body && !other.body;
  return decided(same, "both " + status_text(answer) +
                           (same ? ", with the same members" : ", with different bodies"));
}

ProbeVerdict judge_error(const cpi::ProbeCheck &check, const ProbeAnswer &answer) {
  if (refuses(answer)) return undecided("the service answered with " + status_text(answer));
  if (answer.status < 400) return decided(false, status_text(answer) + ", which is no error");
  if (!answer.body) return decided(false, status_text(answer) + ", and the body is not JSON");
  std::string lacking;
  for (std::size_t i = 0; i < check.pointers.size(); ++i) {
    const json::value *found = check.pointers[i].find(*answer.body);
    if (found == nullptr || found->is_null())
      lacking += (lacking.empty() ? "" : ", ") + named_place(check.pointer_texts.at(i));
  }
  return decided(lacking.empty(), status_text(answer) + (lacking.empty() ? ", with all of them"
                                                                         : ", without " + lacking));
}

std::string seconds_text(std::chrono::milliseconds span) {
  const auto tenths = (span.count() + 50) / 100;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

ProbeVerdict judge_at_once(const ProbeAnswer &answer) {
  const std::string after = seconds_text(answer.waited) + " after the write was answered";
  if (!answer.reached)
    return decided(false,
                   "not so in " + counted(answer.reads, "read", "reads") + ", the last " + after);
  if (answer.reads == 1) return decided(true, "so at the first read, " + after);
  return decided(false, "so at read " + std::to_string(answer.reads) + ", " + after);
}

ProbeVerdict judge_page(const cpi::ProbeCheck &check, std::size_t rows, const cpi::Probe &probe,
                        const ProbeAnswers &answers, std::span<const cpi::ErrorRule> errors) {
  const std::string came = counted_rows(rows) + " came";
  if (rows > check.number) return decided(false, came);
  const auto next = std::ranges::find(probe.requests, check.next, &cpi::ProbeRequest::id);
  if (next == probe.requests.end())
    return undecided(came + ", and nothing asks whether there are more");
  const ProbeAnswer &answer = answers.find(check.next)->second;
  if (const std::string why = why_no_rows(answer, errors); !why.empty())
    return undecided(came + "; whether there are more is unknown: " + why);
  const auto more = rows_of(*next, answer);
  if (!more || more->empty())
    return undecided(came + ", and there are no more: the page was not full");
  return decided(rows == check.number, came + ", and there are more after them");
}

ProbeVerdict judge_end(const cpi::ProbeCheck &check, const cpi::ProbeRequest &request,
                       const ProbeAnswer &answer, std::span<const cpi::ErrorRule> errors) {
  if (answer.state != ProbeAnswer::State::answered) return undecided(answer.why);
  if (std::ranges::find(check.statuses, answer.status) != check.statuses.end())
    return decided(true, status_text(answer));
  if (refuses(answer)) return undecided("the service answered with " + status_text(answer));
  if (answer.status > 299) return decided(false, status_text(answer));
  if (const std::string why = why_no_rows(answer, errors); !why.empty()) return decided(false, why);
  const auto rows = rows_of(request, answer);
  if (!rows) return decided(false, "the answer has no list");
  return decided(rows->empty(), rows->empty() ? "an empty list" : counted_rows(rows->size()));
}

ProbeVerdict judge_status(const cpi::ProbeCheck &check, const ProbeAnswer &answer) {
  const bool expected = std::ranges::find(check.statuses, answer.status) != check.statuses.end();
  if (!expected && refuses(answer))
    return undecided("the service answered with " + status_text(answer));
  return decided(expected, status_text(answer));
}

ProbeVerdict judge_http(const cpi::ProbeCheck &check, const ProbeAnswer &answer) {
  if (answer.http_version == 0) return undecided("the version of the answer is unknown");
  const std::string version = answer.http_version == 10 ? "1.0"
                              : answer.http_version == 11
                                  ? "1.1"
                                  : std::to_string(answer.http_version / 10);
  return decided(check.words.front() == version, "HTTP/" + version);
}

ProbeVerdict judge_headers(const cpi::ProbeCheck &check, const ProbeAnswer &answer) {
  std::string found;
  for (const std::string &name : check.words)
    if (answer.header(name) != nullptr) found += (found.empty() ? "" : ", ") + name;
  return decided(found.empty(), found.empty() ? "none of them came" : "came with " + found);
}

}  // namespace

std::string_view verdict_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::holds:
      return "holds";
    case Kind::does_not_hold:
      return "does not hold";
    case Kind::could_not_be_checked:
      return "could not be checked";
  }
  return "";
}

ProbeVerdict judge(const cpi::Probe &probe, const cpi::ProbeAssumption &assumption,
                   const ProbeAnswers &answers, std::span<const cpi::ErrorRule> errors) {
  using Check = cpi::ProbeCheck::Kind;
  const cpi::ProbeCheck &check = assumption.check;
  const auto request = std::ranges::find(probe.requests, assumption.of, &cpi::ProbeRequest::id);
  const ProbeAnswer &answer = answers.find(assumption.of)->second;
  if (answer.state != ProbeAnswer::State::answered) return undecided(answer.why);
  switch (check.kind) {
    case Check::status:
      return judge_status(check, answer);
    case Check::http_version:
      return judge_http(check, answer);
    case Check::absent_headers:
      return judge_headers(check, answer);
    case Check::past_the_end:
      return judge_end(check, *request, answer, errors);
    case Check::error_members:
      return judge_error(check, answer);
    case Check::same_as:
      return judge_same(answer, answers.find(check.next)->second);
    default:
      break;
  }
  // Who may not ask for so many never gets them.
  if (check.kind == Check::page_maximum && (answer.status == 400 || answer.status == 422))
    return decided(true, "asking for more is refused with " + status_text(answer));
  if (const std::string why = why_no_rows(answer, errors); !why.empty()) return undecided(why);
  const auto rows = rows_of(*request, answer);
  if (!rows) return undecided("the answer has no list where the connector expects it");
  if (check.kind == Check::page_maximum)
    return judge_page(check, rows->size(), probe, answers, errors);
  switch (check.kind) {
    case Check::at_once:
      return judge_at_once(answer);
    case Check::row_count:
      return decided(rows->size() == check.number, counted_rows(rows->size()));
    case Check::has:
    case Check::has_none: {
      ProbeVerdict verdict = judge_has(check, *rows);
      const bool missing = (check.kind == Check::has_none) == (verdict.kind == Kind::holds);
      if (missing && may_have_more(*request, rows->size()))
        return undecided(verdict.seen + ", and there may be more after them");
      return verdict;
    }
    default:
      break;
  }
  if (rows->empty()) return undecided("the account has no such data: the list is empty");
  switch (check.kind) {
    case Check::value:
      return judge_value(check, *rows);
    case Check::descending:
    case Check::ascending:
      return judge_order(check, *rows);
    case Check::unique:
      return judge_unique(check, *rows);
    case Check::format:
    case Check::type:
      return judge_kinds(check, *rows);
    case Check::present:
    case Check::absent:
      return judge_present(check, *rows);
    case Check::not_in_future:
      return judge_future(check, *rows, answer);
    case Check::sum:
      return judge_sum(check, *rows);
    default:
      return undecided("this program does not know the check");
  }
}

std::string how_checked(const cpi::ProbeRequest &request, const ProbeAnswer &answer) {
  std::string out = request.request.method() + ' ' + request.request.path_shape();
  char before = '?';
  for (const auto &member : request.query) {
    out += before + std::string(member.key()) + '=' + std::string(member.value().get_string());
    before = '&';
  }
  if (answer.state == ProbeAnswer::State::answered) out += ": " + status_text(answer);
  return out;
}

}  // namespace host
