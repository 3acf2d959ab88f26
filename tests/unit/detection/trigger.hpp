// A trigger as a host keeps it: the plan, the stored cursor, and what arrived.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/detection/poll.hpp"
#include "scripted_host.hpp"

namespace cpi::detection {

std::shared_ptr<const Service> test_service();
// JSON as it stands in the test.
boost::json::value json_of(std::string_view text);
// A trigger with `read` and `detect` as given.
PollPlan plan_of(std::string_view read, std::string_view detect);
// One of email_triggers.json, reading pages of this size.
PollPlan email_plan(std::string_view id, std::size_t page_size = 100);

struct Polled {
  std::vector<Event> events;
  std::vector<std::string> urls;
  std::vector<std::string> notes;
  std::vector<std::string> refused;  // the refused parts, as the last result names them
  std::optional<Failure> failure;
  bool more = false;
  bool stored = false;  // the cursor was
  bool died = false;
  std::size_t batches = 0;

  std::vector<std::string> keys() const;  // without generations, in order
  std::vector<std::string> subjects() const;
  bool noted(std::string_view part) const;
};

class Trigger {
 public:
  Trigger(PollPlan plan, ScriptedHost::Serve serve, std::string_view input = "{}");

  // One begin.
  Polled once(cpi_poll_mode mode = CPI_POLL_NORMAL);
  // Begins until there is no more.
  Polled poll(cpi_poll_mode mode = CPI_POLL_NORMAL);
  Polled baseline() { return poll(CPI_POLL_BASELINE); }

  PollPlan plan;
  ScriptedHost::Serve serve;
  boost::json::object input;
  std::string cursor;
  std::int64_t now = 1'740'819'600'000;  // 2025-03-01T09:00:00Z
  std::uint32_t max_requests = 0;
  std::uint32_t max_events = 0;
  std::uint64_t backfill = 0;
  std::string entropy = "sixteen bytes or more";
  // Asked before each commit: false is a crash before it.
  std::function<bool()> survives_before = [] { return true; };
  // Asked after each commit of a batch: false is a crash after it.
  std::function<bool()> survives_after = [] { return true; };
};

// The query value of a request's URL, or "".
std::string query(const Request &request, std::string_view name);
// The URL without host and query.
std::string path(const Request &request);

// A list service: rows in order, answered by limit and offset.
struct Rows {
  std::vector<boost::json::value> rows;
  std::string wrap;  // a member name to wrap the list in
  bool ignores_offset = false;
  std::function<void(std::size_t request)> before;  // called before each answer
  std::size_t requests = 0;

  Answer operator()(const Request &request);
};

using Keys = std::vector<std::string>;

// A list of things behind a trigger, read in pages of 20.
struct Things {
  Rows rows;
  Trigger trigger;

  explicit Things(std::string_view detect, std::string_view input = "{}");
  Things(const Things &) = delete;
  Things &operator=(const Things &) = delete;

  void add(std::string_view row) { rows.rows.push_back(json_of(row)); }
  void add_first(std::string_view row) { rows.rows.insert(rows.rows.begin(), json_of(row)); }
  // {"id": n} for n from `first` to `last`, in this order, which may go down.
  void add_ids(int first, int last);
  void remove(int id);
};

}  // namespace cpi::detection
