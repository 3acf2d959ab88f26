#include "control/record_json.hpp"

#include <array>
#include <boost/system/error_code.hpp>
#include <cstdio>

#include "cpi/json/document.hpp"
#include "polling/refused_parts.hpp"
#include "text/time_text.hpp"

namespace host {

namespace json = boost::json;

namespace {

void add_text(json::object &out, std::string_view key, std::string_view value) {
  if (!value.empty()) out[key] = value;
}

void add_time(json::object &out, std::string_view key, std::int64_t unix_ms) {
  if (unix_ms != 0) out[key] = time_text(unix_ms);
}

// Integers that no reader of the API would keep become texts with all their digits.
void keep_digits(json::value &value) {
  if (auto *list = value.if_array()) {
    for (json::value &each : *list) keep_digits(each);
  } else if (auto *object = value.if_object()) {
    for (auto &member : *object) keep_digits(member.value());
  } else if (cpi::is_written_number(value)) {
    const std::string written(cpi::number_as_written(value));
    const bool whole = written.find_first_of(".eE") == std::string::npos;
    value = whole ? json::value(written) : cpi::nearest_number(value);
  }
}

}  // namespace

json::value stored_json(std::string_view text) {
  constexpr std::size_t deepest = 32;
  boost::system::error_code error;
  json::value value = cpi::parse_document(text, error, deepest);
  if (error) return nullptr;
  keep_digits(value);
  return value;
}

std::string start_text(StartMode mode, std::uint64_t count) {
  switch (mode) {
    case StartMode::now:
      return "now";
    case StartMode::last_n:
      return "last:" + std::to_string(count);
    case StartMode::all:
      return "all";
  }
  return {};
}

json::object connection_json(const ConnectionRecord &connection) {
  json::object out{{"id", connection.id},
                   {"plugin", connection.plugin},
                   {"method", connection.method},
                   {"label", connection.label},
                   {"state", to_string(connection.state)}};
  add_text(out, "state_reason", connection.state_reason);
  if (json::value settings = stored_json(connection.settings);
      settings.is_object() && !settings.get_object().empty())
    out["settings"] = std::move(settings);
  add_time(out, "token_expires_at", connection.token_expires_at);
  add_time(out, "created_at", connection.created_at);
  return out;
}

json::object trigger_json(const TriggerRecord &trigger) {
  json::object out{{"id", trigger.id},
                   {"connection", trigger.connection_id},
                   {"trigger", trigger.trigger},
                   {"input", stored_json(trigger.input)}};
  if (trigger.interval_ms % 1000 == 0) {
    out["interval_s"] = trigger.interval_ms / 1000;
  } else {
    out["interval_s"] = static_cast<double>(trigger.interval_ms) / 1000;
  }
  out["start"] = start_text(trigger.start, trigger.start_count);
  out["state"] = to_string(trigger.state);
  if (trigger.failures != 0) out["failures"] = trigger.failures;
  add_time(out, "failing_since", trigger.failing_since);
  add_time(out, "retry_at", trigger.retry_at);
  if (!trigger.last_error.empty()) out["last_error"] = stored_json(trigger.last_error);
  if (const auto parts = refused_parts_of(trigger.refused); !parts.empty()) {
    json::array refused;
    for (const RefusedPart &part : parts) {
      json::object one{{"name", part.name}};
      add_text(one, "reason", part.reason);
      add_time(one, "since", part.since);
      refused.push_back(std::move(one));
    }
    out["refused"] = std::move(refused);
  }
  if (trigger.requests) out["requests"] = requests_json(RequestUse(*trigger.requests));
  add_time(out, "created_at", trigger.created_at);
  return out;
}

json::object requests_json(const RequestUse &use) {
  json::object out{{"last", use.last()}};
  if (use.polls() > 0) out["average"] = use.shown_average();
  out["polls"] = use.polls();
  return out;
}

std::string requests_text(const RequestUse &use) {
  const std::string last = std::to_string(use.last()) + " in the last poll";
  if (use.polls() == 0) return last;
  return average_text(use) + " a poll on average, " + last;
}

std::string average_text(const RequestUse &use) {
  std::array<char, 32> average{};
  std::snprintf(average.data(), average.size(), "%.1f", use.shown_average());
  std::string text(average.data());
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

json::object event_json(const EventRecord &event) {
  json::object out{{"id", event.id},
                   {"seq", event.seq},
                   {"trigger_id", event.trigger_id},
                   {"connection", event.connection_id},
                   {"plugin", event.plugin},
                   {"trigger", event.trigger},
                   {"key", event.key}};
  add_text(out, "subject", event.subject);
  add_time(out, "time", event.time);
  out["state"] = to_string(event.state);
  add_time(out, "delivered_at", event.delivered_at);
  add_text(out, "poll_id", event.poll_id);
  out["data"] = stored_json(event.data);
  return out;
}

json::object delivery_json(const DeliveryRecord &delivery) {
  json::object out{{"sink", delivery.sink},
                   {"state", to_string(delivery.state)},
                   {"attempts", delivery.attempts}};
  if (delivery.state == DeliveryState::pending) add_time(out, "next_try", delivery.next_try);
  add_text(out, "last_error", delivery.last_error);
  return out;
}

}  // namespace host
