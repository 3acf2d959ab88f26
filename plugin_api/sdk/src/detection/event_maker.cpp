#include "event_maker.hpp"

#include <utility>

#include <boost/json/monotonic_resource.hpp>

#include "cpi/json/document.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

std::string_view name_of_change(Change change) {
  switch (change) {
    case Change::changed:
      return "changed";
    case Change::removed:
      return "removed";
    default:
      return "new";
  }
}

}  // namespace

bool EventMaker::make_fit(json::value &row) {
  if (!is_writable(row)) {
    ++too_large_;
    return false;
  }
  plan_.answer.repair(row);
  return true;
}

void EventMaker::make(const Shard &shard, std::vector<Wanted> wanted, const Page &page,
                      const RowLayout &layout, Outbox &outbox) {
  if (wanted.empty()) return;
  json::monotonic_resource arena;
  json::array rows = parse_rows(layout, page.body(), &arena);
  for (Wanted &each : wanted) {
    json::value row = std::move(rows.at(each.index));
    if (make_fit(row)) outbox.add(event_of(shard, std::move(each), std::move(row)));
  }
}

void EventMaker::make_removed(const Shard &shard, const Remembered &gone, std::string_view gate_key,
                              Outbox &outbox) {
  Wanted wanted;
  wanted.change = Change::removed;
  wanted.becomes.key = gone.key;
  wanted.before = gone.values;
  wanted.forget = true;
  auto kept = compare_values(plan_, gone.values, {}).first;
  // The key's text, from the values that are kept for this.
  Slots slots(plan_.layout.slots());
  json::value value;
  std::string_view values = gone.values;
  for (const std::size_t slot : plan_.key) {
    if (unpack(values, value)) slots[slot] = to_scalar(value);
  }
  wanted.key = gate_key;
  append_key(plan_.key, plan_.lower_key, slots, wanted.key);
  outbox.expect(gone.key);
  outbox.add(event_of(shard, std::move(wanted), std::move(kept)));
}

void EventMaker::compare(std::string_view before, std::string_view now) {
  auto [previous, delta] = compare_values(plan_, before, now);
  scope_["previous"] = std::move(previous);
  scope_["delta"] = std::move(delta);
}

Pending EventMaker::event_of(const Shard &shard, Wanted wanted, json::value row) {
  if (wanted.change == Change::fresh || plan_.remember.empty()) {
    scope_.erase("previous");
    scope_.erase("delta");
  } else {
    compare(wanted.before, wanted.becomes.values);
  }
  Pending event;
  event.shard = shard.id;
  event.forget = wanted.forget;
  event.falling = shard.order == Order::falling || (shard.scan.falling && !shard.scan.rising);
  event.rank = std::move(wanted.rank);
  event.data = write_document(data_of(std::move(row), name_of_change(wanted.change), wanted.key));
  event.subject = subject();
  event.key = std::move(wanted.key);
  event.becomes = std::move(wanted.becomes);
  return event;
}

json::value EventMaker::data_of(json::value row, std::string_view change, std::string_view key,
                                bool *fits) {
  scope_["row"] = std::move(row);
  scope_["change"] = change;
  scope_["key"] = key;
  json::value data;
  if (plan_.data) {
    data = plan_.data->place(Scope{scope_}).value_or(json::object{});
  } else {
    data = scope_["row"];
  }
  if (!data.is_object()) data = json::object{{"value", std::move(data)}};
  const Misfits misfits = plan_.output.fit(data);
  misfits_.add(misfits);
  if (fits != nullptr) *fits = misfits.kept.empty();
  plan_.stamps.add_instants(data);
  return data;
}

void EventMaker::note_misfits(Notes &notes) const {
  for (std::string &sentence : misfits_.sentences("one event", "events")) {
    notes.add(std::move(sentence));
  }
  if (too_large_ == 0) return;
  const bool one = too_large_ == 1;
  notes.add((one ? std::string("One row") : std::to_string(too_large_) + " rows") + " of " +
            std::string(plan_.service->errors.service()) +
            (one ? " has a number that is too large, and was left out."
                 : " have a number that is too large, and were left out."));
}

std::string EventMaker::subject() const {
  std::string subject;
  for (const Placement &part : plan_.subject) {
    if (const auto placed = part.place(Scope{scope_})) subject += to_scalar(*placed).text;
  }
  return subject;
}

}  // namespace cpi::detection
