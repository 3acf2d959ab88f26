#include "polls.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../model/trigger_spec.hpp"
#include "../../model/world.hpp"
#include "service.hpp"

namespace transcripts {
namespace {

using contract::Answer;
using contract::OperationCase;
using contract::Service;
using contract::Step;

constexpr std::int64_t begins_at_s = 1'740'819'600;  // 2025-03-01T09:00:00Z
constexpr std::int64_t interval_s = 300;
constexpr std::int64_t hour_s = 3600;

// Another service for each trigger: in one or the other order, with ids as text, small pages,
// twins.
std::uint64_t seed_of(std::string_view id) {
  std::uint64_t seed = 6;
  for (const char c : id) seed = seed * 31 + static_cast<unsigned char>(c);
  return seed % 1000;
}

class Polls {
 public:
  Polls(Page &page, const contract::Connector &connector, const boost::json::object &trigger,
        const std::string &input)
      : page_(page),
        connector_(connector),
        spec_(trigger, boost::json::parse(input)),
        world_(spec_, {}, seed_of(spec_.id), begins_at_s),
        what_{.kind = CPI_KIND_POLL, .id = spec_.id, .input = input} {}

  void record() {
    what_.mode = CPI_POLL_BACKFILL;
    page_.outcome({"backfill", run(from_world())});
    what_.mode = CPI_POLL_BASELINE;
    const auto baseline = run(from_world());
    page_.outcome({"baseline", baseline});
    record_bad("baseline ", baseline);
    keep(baseline);

    what_.mode = CPI_POLL_NORMAL;
    pass(interval_s);
    const auto idle = run(from_world());
    page_.outcome({"idle", idle});
    keep(idle);

    pass(interval_s);
    for (int i = 0; i < 2; ++i) world_.add_plain();
    world_.change_plain();
    const auto news = run(from_world());
    page_.outcome({"news", news});
    record_bad("news ", news);
    const std::string before = std::exchange(cursor_, {});
    what_.mode = CPI_POLL_BASELINE;
    page_.outcome({"baseline other", run(from_world())});
    what_.mode = CPI_POLL_NORMAL;
    cursor_ = before;
    keep(news);
    record_history();
    if (spec_.edge) record_edge();
  }

 private:
  Service from_world() {
    return [this](const Step &step) {
      const std::string_view url = step.url;
      const model::Answer served =
          world_.serve({.method = step.method,
                        .target = std::string(url.substr(url.find('/', 8))),
                        .body = step.body});
      return contract::response(served.status, served.body);
    };
  }

  std::vector<Step> run(const Service &service) {
    contract::Operation operation(connector_, what_, cursor_);
    Answer answer = contract::start();
    std::vector<Step> steps;
    do {
      answer.now_unix_ms = world_.clock * 1000;
      steps.push_back(operation.next(answer));
      if (steps.back().is_final()) return steps;
      answer = contract::answer_to(steps.back(), service);
    } while (steps.size() < contract::steps_max);
    return steps;
  }

  // All requests answered badly; and, behind a gate, all but the first.
  void record_bad(const std::string &prefix, const std::vector<Step> &good) {
    std::vector<Recording> failures;
    for (const BadAnswer &bad : bad_answers()) {
      failures.push_back({prefix + bad.name, run([&](const Step &) { return bad.answer; })});
    }
    page_.failures(prefix, failures);
    if (std::ranges::count(good, CPI_STEP_SEND, &Step::kind) < 2) return;
    failures.clear();
    for (const BadAnswer &bad : bad_answers()) {
      bool first = true;
      const Service service = [&, world = from_world()](const Step &step) {
        return std::exchange(first, false) ? world(step) : bad.answer;
      };
      failures.push_back({prefix + "then " + bad.name, run(service)});
    }
    page_.failures(prefix + "then ", failures);
  }

  // A random day of the service, the same one each time: rows come, change and go.
  void record_history() {
    for (int i = 1; i <= 5; ++i) {
      for (int changes = 0; changes < 4; ++changes) world_.mutate();
      if (i == 3) world_.show_hidden();
      pass(i == 3 ? 7 * hour_s : i == 5 ? 25 * hour_s : interval_s);
      const auto steps = run(from_world());
      page_.brief({"later " + std::to_string(i), steps});
      keep(steps);
    }
  }

  // A number that moves around its threshold, and rests on it. Random numbers never do.
  void record_edge() {
    const double threshold = spec_.edge->threshold;
    const double rearm = spec_.edge->rearm;
    const double away = spec_.edge->above ? -1 : 1;
    cursor_.clear();
    what_.mode = CPI_POLL_BASELINE;
    for (const double number : {threshold + away, threshold, threshold - away, threshold, rearm,
                                threshold - away, rearm + away, threshold - 2 * away}) {
      pass(interval_s);
      const Service service = [&](const Step &) { return document(number); };
      const auto steps = run(service);
      page_.brief({"number " + boost::json::serialize(boost::json::value(number)), steps});
      keep(steps);
      what_.mode = CPI_POLL_NORMAL;
    }
  }

  // What the trigger reads, with one row that has this number, or a day so many days away.
  Answer document(double number) const {
    boost::json::value row = boost::json::object{};
    for (const model::Tokens &pointer : spec_.key) model::put(row, pointer, 7);
    model::put(row, spec_.edge->value,
               spec_.edge->days_left ? boost::json::value(day_text(static_cast<int>(number)))
                                     : boost::json::value(number));
    boost::json::value read = boost::json::object{};
    const bool bare = spec_.key.empty();
    model::put(read, spec_.paging.rows, bare ? row : boost::json::value(boost::json::array{row}));
    boost::json::value whole = boost::json::object{};
    model::put(whole, spec_.pick, std::move(read));
    if (!spec_.accepted.is_null()) model::put(whole, spec_.accepted_at, spec_.accepted);
    return contract::response(200, boost::json::serialize(whole));
  }

  std::string day_text(int days) const {
    const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_seconds(std::chrono::seconds(world_.clock)));
    const std::chrono::year_month_day date(day + std::chrono::days(days));
    const auto two = [](unsigned part) { return (part < 10 ? "-0" : "-") + std::to_string(part); };
    return std::to_string(static_cast<int>(date.year())) +
           two(static_cast<unsigned>(date.month())) + two(static_cast<unsigned>(date.day()));
  }

  void pass(std::int64_t seconds) { world_.clock += seconds; }

  void keep(const std::vector<Step> &steps) {
    for (const Step &step : steps) {
      const bool has_cursor = step.kind == CPI_STEP_EVENTS ||
                              (step.kind == CPI_STEP_DONE && (step.flags & CPI_RESULT_CURSOR) != 0);
      if (has_cursor) cursor_ = step.cursor;
    }
  }

  Page &page_;
  const contract::Connector &connector_;
  model::TriggerSpec spec_;
  model::World world_;
  OperationCase what_;
  std::string cursor_;
};

}  // namespace

void record_polls(Page &page, const contract::Connector &connector,
                  const boost::json::object &trigger, const std::string &input) {
  Polls(page, connector, trigger, input).record();
}

}  // namespace transcripts
