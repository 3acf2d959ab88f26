#include "server/metrics.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace host::server {

namespace {

class Page {
 public:
  // Begins a metric; its values follow.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "connector_" + std::string(name);
    text_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + ' ' +
             std::string(type) + '\n';
  }
  // `labels` without its braces, such as result="ok"; may be empty.
  template <typename Number>
  void value(const std::string &labels, Number number) {
    text_ +=
        name_ + (labels.empty() ? "" : '{' + labels + '}') + ' ' + std::to_string(number) + '\n';
  }
  template <typename Number>
  void single(std::string_view name, std::string_view type, std::string_view help, Number number) {
    metric(name, type, help);
    value({}, number);
  }
  // The values of a summary without quantiles.
  void summary(std::uint64_t count, double sum) {
    text_ += name_ + "_count " + std::to_string(count) + '\n' + name_ + "_sum " +
             std::to_string(sum) + '\n';
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + std::string(value) + '"';
}

// "webhook:https://..." -> "webhook": an address may contain a secret.
std::string sink_kind(std::string_view sink) {
  return std::string(sink.substr(0, sink.find(':')));
}

void add_sinks(Page &page, const Engine &engine, Store &store) {
  struct Sum {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::uint64_t dead = 0;
    std::int64_t depth = 0;
    std::int64_t disabled = 0;
  };
  std::map<std::string, Sum> sums;
  for (const SinkStatus &status : engine.sinks()) {
    Sum &sum = sums[sink_kind(status.sink)];
    sum.delivered += status.delivered;
    sum.failed += status.failed;
    sum.dead += status.dead;
    sum.depth += status.depth;
    sum.disabled += status.disabled ? 1 : 0;
  }
  page.metric("deliveries_total", "counter", "Delivery attempts, by result.");
  for (const auto &[sink, sum] : sums) {
    page.value(label("sink", sink) + ',' + label("result", "delivered"), sum.delivered);
    page.value(label("sink", sink) + ',' + label("result", "failed"), sum.failed);
    page.value(label("sink", sink) + ',' + label("result", "dead"), sum.dead);
  }
  page.metric("outbox_depth", "gauge", "Events waiting for delivery to a sink.");
  for (const auto &[sink, sum] : sums) page.value(label("sink", sink), sum.depth);
  page.metric("sinks_disabled", "gauge",
              "Sinks that receive no events until they are enabled again.");
  for (const auto &[sink, sum] : sums) page.value(label("sink", sink), sum.disabled);
  std::map<std::string, std::int64_t> unnamed;
  for (const SinkRecord &sink : store.sinks())
    if (!sink.active && sink.pending > 0) unnamed[sink_kind(sink.name)] += sink.pending;
  page.metric("unnamed_outbox_depth", "gauge",
              "Events that are kept for sinks that this run does not use.");
  for (const auto &[sink, pending] : unnamed) page.value(label("sink", sink), pending);
}

}  // namespace

std::string metrics_text(Engine &engine, const ChangeFeed &feed, Store &store) {
  Page page;
  const PollCounters &polls = engine.counters();
  page.metric("poll_total", "counter", "Completed polls, by result.");
  page.value(label("result", "ok"), polls.succeeded.load());
  page.value(label("result", "failed"), polls.failed.load());
  page.value(label("result", "skipped"), polls.skipped.load());
  page.value(label("result", "stale"), polls.stale.load());
  const ChangeFeed::Counts counts = feed.counts();
  page.metric("poll_duration_seconds", "summary", "Duration of a poll.");
  page.summary(counts.polls, static_cast<double>(counts.poll_ms) / 1000);
  page.single("poll_requests_total", "counter", "Requests sent by polls.", polls.requests.load());
  page.single("events_total", "counter", "Recorded events.", polls.events.load());
  page.single("events_held_total", "counter", "Events put on hold because of their number.",
              polls.held.load());
  add_sinks(page, engine, store);
  std::map<std::string, std::size_t> hanging;
  for (const Hang &hang : engine.hanging()) ++hanging[hang.call.plugin];
  page.metric("plugin_calls_hanging", "gauge",
              "Calls into plugins that have not returned for ten seconds or more.");
  for (const auto &[plugin, calls] : hanging) page.value(label("plugin", plugin), calls);
  page.metric("plugin_schema_breaks_total", "counter",
              "Outputs and events that do not fit the schemas of their plugin's manifest.");
  for (const auto &plugin : engine.plugins())
    for (const SchemaBreaks &breaks : plugin->schema_check().breaks())
      page.value(label("plugin", plugin->id()) + ',' + label("operation", breaks.operation),
                 breaks.count);
  page.metric("events", "gauge", "Pending, held and undelivered events in the database, by state.");
  for (const EventState state : {EventState::pending, EventState::held, EventState::dead})
    page.value(label("state", to_string(state)), store.count_events(state));
  page.metric("triggers", "gauge", "Triggers, by state.");
  for (const auto &[state, triggers] : store.count_triggers())
    page.value(label("state", to_string(state)), triggers);
  page.single("triggers_partly_failing", "gauge",
              "Triggers of which the service refuses some lists, days or items.",
              store.refused_parts().size());
  std::map<std::string_view, std::int64_t> connections;
  for (const ConnectionRecord &connection : store.connections())
    ++connections[to_string(connection.state)];
  page.metric("connections", "gauge", "Connections, by state.");
  for (const auto &[state, count] : connections) page.value(label("state", state), count);
  page.metric("token_refresh_total", "counter", "Token renewals, by result.");
  page.value(label("result", "renewed"), counts.renewed);
  page.value(label("result", "delayed"), counts.delayed);
  page.value(label("result", "refused"), counts.refused);
  return std::move(page).text();
}

}  // namespace host::server
