// SAMPLE: a few real rows as the events they would make, without any memory.
#include <algorithm>

#include <boost/json/serialize.hpp>

#include "poll_run.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

constexpr std::size_t most_items = 5;
constexpr std::size_t most_lists = 3;
constexpr std::size_t most_refused = 5;  // lists, among those

struct Candidate {
  std::size_t index = 0;
  std::string key;
  std::string rank;
  std::string values;
};

class SampleSight final : public RowSink {
 public:
  SampleSight(const PollPlan &plan, const Terms &terms, std::string prefix)
      : plan_(plan), terms_(terms), prefix_(std::move(prefix)) {}

  void on_row(std::size_t index, const Slots &slots) override {
    std::string key = prefix_;
    if (!plan_.key.empty() && !append_key(plan_.key, plan_.lower_key, slots, key)) return;
    if (!holds(terms_.where, slots) || !holds(terms_.when, slots)) return;
    rows.push_back({.index = index,
                    .key = std::move(key),
                    .rank = plan_.order ? slots[*plan_.order].text : std::string(),
                    .values = pack_values(plan_, DigestKey{}, slots)});
  }

  std::vector<Candidate> rows;

 private:
  const PollPlan &plan_;
  const Terms &terms_;
  std::string prefix_;
};

}  // namespace

Task<void> PollRun::sample_list(std::string gate_key, json::array &items) {
  terms_ = place_terms(plan_, scope_, channel_.now());
  if (plan_.window) {
    const Days days = window_days(*plan_.window, Shard{}, terms_.today);
    put_window(scope_, days, terms_.today);
  }
  PageWalk walk(plan_.paging, any_number);
  const Extra extra = walk.extra();
  Fetched page = co_await fetch(plan_.request, plan_.paging, extra, nullptr);
  SampleSight sight(plan_, terms_, std::move(gate_key));
  const RowsRead read = read_rows(plan_.layout, cursor_.key, page.body(), sight);
  if (!read.ok()) page.refuse(plan_.service->errors, read.problem);
  if (plan_.order) {
    std::ranges::stable_sort(sight.rows, [](const Candidate &a, const Candidate &b) {
      return compare(rank_of(a.rank), rank_of(b.rank)) > 0;
    });
  }
  json::array rows = parse_rows(plan_.paging, page.body());
  for (const Candidate &candidate : sight.rows) {
    if (items.size() == most_items) break;
    json::value row = std::move(rows[candidate.index]);
    if (!is_writable(row)) page.refuse(plan_.service->errors, "has a number that is too large");
    plan_.answer.mend(row);
    scope_["row"] = std::move(row);
    scope_["key"] = candidate.key;
    scope_["change"] = plan_.emits_new ? "new" : plan_.emits_changed ? "changed" : "removed";
    auto [previous, delta] = compare_values(plan_, candidate.values, candidate.values);
    scope_["previous"] = std::move(previous);
    scope_["delta"] = std::move(delta);
    items.push_back(event_data());
  }
}

Task<Result> PollRun::sample() {
  json::array items;
  if (!plan_.gate || !plan_.gate->each) {
    co_await sample_list({}, items);
  } else {
    put_gate_window();
    PageWalk walk(plan_.gate->paging, any_number);
    const Extra extra = walk.extra();
    Fetched fetched = co_await fetch(plan_.gate->request, plan_.gate->paging, extra, nullptr);
    const GatePage page = read_gate_page(fetched);
    const json::array rows = parse_rows(plan_.gate->paging, fetched.body());
    std::size_t lists = 0;
    std::size_t refused = 0;
    std::optional<Failure> refusal;
    for (const GateRow &row : page.rows) {
      if (items.size() == most_items || lists == most_lists || refused == most_refused) break;
      scope_["gate"] = rows[row.index];
      try {
        co_await sample_list(row.key, items);
        ++lists;
      } catch (const Failure &failure) {
        if (!is_of_one_list(failure)) throw;
        refusal = failure;
        ++refused;
      }
    }
    if (refusal && lists == 0) throw *refusal;
  }
  Result result;
  result.output = json::serialize(json::object{{"items", std::move(items)}});
  co_return result;
}

Task<Result> run_sample(Channel &channel, const json::object &input, const PollPlan &plan,
                        ReadPage read) {
  const Begin begin;
  PollRun run(channel, begin, input, plan, std::move(read));
  co_return co_await run.sample();
}

}  // namespace cpi::detection
