// What detection costs per poll, without any host or network: a trigger's coroutine is driven
// through its channel with the answer already in memory.
//
//   identical  the page is byte for byte as at the last poll
//   changed    other bytes (a counter grew), no new row
//   one new    one row is new: its event is made and the cursor encoded
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <benchmark/benchmark.h>

#include <boost/json/parse.hpp>

#include "cpi/language/failure.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/detection/poll.hpp"
#include "cpi/sdk/task.hpp"

namespace cpi {

// The least host there is: one body answers every request.
class ScriptedHost {
 public:
  Result run(const detection::PollPlan &plan, const Begin &begin, std::string_view body) {
    Channel channel;
    cpi_answer answer{};
    answer.struct_size = sizeof answer;
    answer.kind = CPI_ANSWER_START;
    answer.now_unix_ms = 1'740'819'600'000;
    channel.answer_ = &answer;
    const boost::json::object input;
    Task<Result> task = detection::run_poll(channel, begin, input, plan);
    std::coroutine_handle<> next = task.handle();
    for (;;) {
      next.resume();
      if (task.done()) break;
      next = channel.waiting_;
      if (std::holds_alternative<Request>(channel.asked_)) {
        answer.kind = CPI_ANSWER_RESPONSE;
        answer.http_status = 200;
        answer.body = borrow_bytes(body);
      } else {
        stored = std::move(std::get<Batch>(channel.asked_).cursor);
        answer.kind = CPI_ANSWER_STORED;
      }
    }
    return task.take();
  }

  std::string stored;
};

}  // namespace cpi

namespace {

using cpi::detection::PollPlan;

const PollPlan &plan() {
  static const auto service =
      std::make_shared<const cpi::Service>(cpi::Service::compile(boost::json::parse(R"({
        "network": {"base_url": "https://api.sendpulse.com",
                    "allowed_hosts": ["api.sendpulse.com"]}})")
                                                                     .as_object()));
  static const PollPlan made = PollPlan::compile(boost::json::parse(R"({
    "id": "mailing_list.created",
    "dedupe": {"key": ["/id"], "version": 1},
    "read": {"request": {"method": "GET", "path": "/addressbooks"},
             "paging": {"size": {"name": "limit", "value": 1000}, "from": {"name": "offset"}}},
    "detect": {"strategy": "set"}})")
                                                     .as_object(),
                                                 service, "/triggers/0");
  return made;
}

// Rows of about 184 bytes, as GET /addressbooks gives them.
std::string body(std::size_t rows, std::uint64_t first_id, int counter) {
  std::string out = "[";
  for (std::size_t i = 0; i < rows; ++i) {
    if (i > 0) out += ',';
    out += R"({"id":)" + std::to_string(first_id + i) +
           R"(,"name":"Customers of spring","all_email_qty":1204,"active_email_qty":)" +
           std::to_string(1000 + (i == 0 ? counter : 0)) +
           R"(,"inactive_email_qty":204,"creationdate":"2025-03-01 09:00:00","status":0,)" +
           R"("status_explain":"Active"})";
  }
  return out + "]";
}

cpi::Begin begin_with(std::string cursor) {
  cpi::Begin begin;
  begin.kind = CPI_KIND_POLL;
  begin.mode = cursor.empty() ? CPI_POLL_BASELINE : CPI_POLL_NORMAL;
  begin.cursor = std::move(cursor);
  begin.entropy = "sixteen bytes or more";
  return begin;
}

std::string baseline(const std::string &page) {
  cpi::ScriptedHost host;
  return host.run(plan(), begin_with({}), page).cursor;
}

void poll(benchmark::State &state, const std::string &before, const std::string &now) {
  const cpi::Begin begin = begin_with(baseline(before));
  cpi::ScriptedHost host;
  for (auto _ : state) {
    cpi::Result result = host.run(plan(), begin, now);
    benchmark::DoNotOptimize(result);
  }
  state.counters["bytes"] = static_cast<double>(now.size());
  state.counters["cursor"] = static_cast<double>(begin.cursor.size());
}

void identical(benchmark::State &state) {
  const std::string page = body(static_cast<std::size_t>(state.range(0)), 100'000, 0);
  poll(state, page, page);
}
void changed(benchmark::State &state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  poll(state, body(rows, 100'000, 0), body(rows, 100'000, 1));
}
void one_new(benchmark::State &state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  poll(state, body(rows, 100'000, 0), body(rows, 100'001, 0));
}

BENCHMARK(identical)->Arg(3)->Arg(100);
BENCHMARK(changed)->Arg(3)->Arg(100);
BENCHMARK(one_new)->Arg(3)->Arg(100);

}  // namespace
