// SAMPLE: a few real rows as the events they would make, without any memory.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cpi/json/document.hpp"
#include "cpi/language/failure.hpp"
#include "gate_pass.hpp"
#include "page_reader.hpp"
#include "rank.hpp"

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

class SampleSink final : public RowSink {
 public:
  SampleSink(const PollPlan &plan, const Terms &terms, std::string prefix)
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

class Sampling {
 public:
  Sampling(Channel &channel, const json::object &input, const PollPlan &plan, ReadPage read)
      : channel_(channel),
        plan_(plan),
        budget_(Begin{}),
        reader_(channel, plan, std::move(read), scope_, budget_),
        events_(plan, scope_) {
    scope_["input"] = input;
  }

  Task<Result> run() {
    if (plan_.gate && plan_.gate->each) {
      co_await read_behind_gate();
    } else {
      co_await read_list({});
    }
    Result result;
    json::object output{{"items", std::move(items_)}};
    Notes notes;
    events_.note_misfits(notes);
    // An event would be delivered as it is; a sample is an example of what fits.
    if (left_out_ > 0) {
      notes.add((left_out_ == 1 ? "One row" : std::to_string(left_out_) + " rows") +
                std::string(left_out_ == 1 ? " does" : " do") +
                " not fit the description of this trigger's events and " +
                (left_out_ == 1 ? "was" : "were") + " left out of the sample.");
    }
    if (!notes.texts().empty()) {
      output.emplace("notes", json::array(notes.texts().begin(), notes.texts().end()));
    }
    result.output = write_document(output);
    co_return result;
  }

 private:
  Task<void> read_behind_gate() {
    const GatePlan &gate = *plan_.gate;
    put_gate_window(gate, scope_, channel_.now());
    PageWalk walk(gate.paging, any_number);
    const Extra extra = walk.extra();
    const Page first = co_await reader_.read(gate.request, gate.paging, extra, nullptr, key_);
    const GatePage page = read_gate_page(plan_, scope_, key_, channel_.now(), first);
    const json::array rows = parse_rows(gate.layout, first.body());
    std::size_t lists = 0;
    std::size_t refused = 0;
    std::optional<Failure> refusal;
    for (const GateRow &row : page.rows) {
      if (items_.size() == most_items || lists == most_lists || refused == most_refused) break;
      scope_["gate"] = rows.at(row.index);
      try {
        co_await read_list(row.key);
        ++lists;
      } catch (const Failure &failure) {
        if (!is_of_one_list(failure)) throw;
        refusal = failure;
        ++refused;
      }
    }
    if (refusal && lists == 0) throw *refusal;
  }

  Task<void> read_list(std::string gate_key) {
    const Terms terms = place_terms(plan_, scope_, channel_.now());
    if (plan_.window) {
      put_window(scope_, window_days(*plan_.window, Shard{}, terms.today), terms.today);
    }
    PageWalk walk(plan_.paging, any_number);
    const Extra extra = walk.extra();
    const Page page = co_await reader_.read(plan_.request, plan_.paging, extra, nullptr, key_);
    SampleSink sink(plan_, terms, std::move(gate_key));
    page.read(plan_.layout, key_, plan_.service->errors, sink);
    if (plan_.order) {
      std::ranges::stable_sort(sink.rows, [](const Candidate &a, const Candidate &b) {
        return Rank::compare(Rank(a.rank), Rank(b.rank)) > 0;
      });
    }
    json::array rows = parse_rows(plan_.layout, page.body());
    for (const Candidate &candidate : sink.rows) {
      if (items_.size() == most_items) break;
      json::value row = std::move(rows.at(candidate.index));
      if (!events_.make_fit(row)) continue;
      events_.compare(candidate.values, candidate.values);
      const char *change = plan_.emits_new ? "new" : plan_.emits_changed ? "changed" : "removed";
      bool fits = false;
      json::value item = events_.data_of(std::move(row), change, candidate.key, &fits);
      if (fits) {
        items_.push_back(std::move(item));
      } else {
        ++left_out_;
      }
    }
  }

  Channel &channel_;
  const PollPlan &plan_;
  const DigestKey key_{};  // nothing is remembered
  json::object scope_;
  Budget budget_;
  PageReader reader_;
  EventMaker events_;
  json::array items_;
  std::size_t left_out_ = 0;  // rows that do not fit
};

}  // namespace

Task<Result> run_sample(Channel &channel, const json::object &input, const PollPlan &plan,
                        ReadPage read) {
  Sampling sampling(channel, input, plan, std::move(read));
  co_return co_await sampling.run();
}

}  // namespace cpi::detection
