// HASH: a remembered row has changed if its version or values differ.
#include "cpi/json/number.hpp"
#include "strategy.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

void put_at(json::object &into, const Pointer &pointer, json::value value) {
  json::object *at = &into;
  const auto &tokens = pointer.tokens();
  if (tokens.empty()) return;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    json::value &next = (*at)[tokens[i]];
    if (!next.is_object()) next.emplace_object();
    at = &next.get_object();
  }
  (*at)[tokens.back()] = std::move(value);
}

bool difference(const json::value &now, const json::value &before, json::value &out) {
  if (now.is_int64() && before.is_int64()) {
    out = now.get_int64() - before.get_int64();  // packed integers have 61 bits: no overflow
    return true;
  }
  if (!now.is_number() || !before.is_number()) return false;
  out = now.to_number<double>() - before.to_number<double>();
  return true;
}

// A number, or a text that says one as services write amounts: "12.50" is 12.5, "007" is no number.
bool amount_of(const json::value &value, double &out) {
  const json::string *text = value.if_string();
  if (text != nullptr && text->size() > 1 && (*text)[0] == '0' && (*text)[1] != '.') return false;
  return (text != nullptr || value.is_number()) && to_number(to_scalar(value), out);
}

// Whether packed values differ only in that an amount came as a text before, or comes as one now.
bool mean_the_same(const PollPlan &plan, std::string_view before, std::string_view now) {
  for (std::size_t i = 0; i < plan.remember.size(); ++i) {
    const std::string_view all_before = before;
    const std::string_view all_now = now;
    json::value old_value;
    json::value new_value;
    if (!unpack(before, old_value) || !unpack(now, new_value)) return false;
    // Long texts are kept as digests, which only their bytes tell apart.
    if (all_before.substr(0, all_before.size() - before.size()) ==
        all_now.substr(0, all_now.size() - now.size()))
      continue;
    double left = 0;
    double right = 0;
    const bool other_type = old_value.is_string() != new_value.is_string();
    if (!other_type || !amount_of(old_value, left) || !amount_of(new_value, right) || left != right)
      return false;
  }
  return before.empty() && now.empty();
}

// Packed values in which amounts are numbers, however they came. Everything else keeps its bytes,
// so rows without such texts stand in the order in which older cursors remember them.
std::string with_amounts_as_numbers(const PollPlan &plan, std::string_view values) {
  std::string out;
  for (std::size_t i = 0; i < plan.remember.size(); ++i) {
    const std::string_view before = values;
    json::value value;
    if (!unpack(values, value)) break;
    double amount = 0;
    if (value.is_string() && amount_of(value, amount)) {
      pack(to_scalar(json::value(amount)), DigestKey{}, out);
    } else {
      out += before.substr(0, before.size() - values.size());
    }
  }
  out += values;
  return out;
}

// A text that says a fraction exactly as the number itself is written becomes the number. "1.50"
// stays a text: as a number it could not be told from "1.5".
Scalar settled(const Scalar &value) {
  if (value.kind != ScalarKind::text) return value;
  double number = 0;
  if (!to_number(value, number)) return value;
  Scalar out = to_scalar(json::value(number));
  const bool survives = out.text == value.text || scalar_text(json::value(number)) == value.text;
  return survives ? out : value;
}

// `settle`: fractions are the same as numbers and as texts. Cursors of releases that did not know
// this hold the other digest.
std::uint32_t digest_of_version(const PollPlan &plan, const DigestKey &key, const Slots &slots,
                                bool settle) {
  std::string bytes;
  for (const std::size_t slot : plan.version) {
    pack(settle ? settled(slots[slot]) : slots[slot], key, bytes, std::string::npos);
  }
  return static_cast<std::uint32_t>(siphash(key, bytes));
}

}  // namespace

bool stands_before(const PollPlan &plan, const Remembered &a, const Remembered &b) {
  if (a.values != b.values) {
    const int values =
        with_amounts_as_numbers(plan, a.values).compare(with_amounts_as_numbers(plan, b.values));
    if (values != 0) return values > 0;
  }
  return a.version > b.version;
}

std::string pack_values(const PollPlan &plan, const DigestKey &key, const Slots &slots) {
  std::string out;
  for (std::size_t i = 0; i < plan.remember.size(); ++i) {
    const bool whole = plan.keeps_key && i < plan.key.size();
    pack(slots[plan.remember[i].second], key, out, whole ? std::string::npos : longest_packed_text);
  }
  return out;
}

std::uint32_t version_of(const PollPlan &plan, const DigestKey &key, const Slots &slots) {
  return digest_of_version(plan, key, slots, true);
}

std::pair<json::object, json::object> compare_values(const PollPlan &plan, std::string_view before,
                                                     std::string_view now) {
  json::object previous;
  json::object delta;
  for (const auto &[pointer, slot] : plan.remember) {
    json::value old_value;
    json::value new_value;
    if (!unpack(before, old_value)) break;
    json::value change;
    if (unpack(now, new_value) && difference(new_value, old_value, change)) {
      put_at(delta, pointer, std::move(change));
    }
    put_at(previous, pointer, std::move(old_value));
  }
  return {std::move(previous), std::move(delta)};
}

Judgement judge_hash(const RowComparison &comparison) {
  const PollPlan &plan = comparison.plan;
  Judgement judgement;
  judgement.becomes.key = comparison.row;
  if (plan.shape.values) {
    judgement.becomes.values = pack_values(plan, comparison.key, comparison.slots);
  }
  if (!plan.version.empty())
    judgement.becomes.version = version_of(plan, comparison.key, comparison.slots);
  const bool dated = plan.watch && plan.watch->give_up_days > 0;
  if (dated) {
    judgement.becomes.version = comparison.old != nullptr
                                    ? comparison.old->version
                                    : static_cast<std::uint32_t>(comparison.terms.today);
  }
  bool other_watch = false;
  std::size_t compared = std::string::npos;
  if (plan.watch) {
    // The key of a row that is not final follows its values, to request the row later.
    compared = judgement.becomes.values.size();
    if (!holds(comparison.terms.final, comparison.slots) || plan.watch->final.empty()) {
      judgement.becomes.values += comparison.slots[plan.key.front()].text;
    }
    other_watch = comparison.old != nullptr && comparison.old->values != judgement.becomes.values;
  }
  if (comparison.old == nullptr) {
    judgement.change = Change::fresh;
    return judgement;
  }
  const std::string_view now = std::string_view(judgement.becomes.values).substr(0, compared);
  const std::string_view before =
      plan.watch ? std::string_view(comparison.old->values)
                       .substr(0, comparison.old->values.size() -
                                      watched_key(plan, *comparison.old).size())
                 : std::string_view(comparison.old->values);
  const bool same_digest =
      plan.version.empty() || comparison.old->version == judgement.becomes.version;
  const bool other_version =
      !same_digest &&
      comparison.old->version != digest_of_version(plan, comparison.key, comparison.slots, false);
  if ((now != before && !mean_the_same(plan, before, now)) || other_version) {
    judgement.change = Change::changed;
  } else {
    // In the types of now, or rule 13 would compare rows of different types.
    judgement.refresh = other_watch || now != before || !same_digest;
  }
  return judgement;
}

extern const Strategy hash_strategy = {
    .judge = judge_hash,
    .usual = {.changed = true},
    .possible = {.fresh = true, .changed = true, .removed = true},
};

}  // namespace cpi::detection
