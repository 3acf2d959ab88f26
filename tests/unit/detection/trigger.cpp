#include "trigger.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace cpi::detection {

namespace json = boost::json;

std::shared_ptr<const Service> test_service() {
  static const auto service = std::make_shared<const Service>(Service::compile(
      json_of(R"({"title": "SendPulse", "network": {"base_url": "https://api.sendpulse.com",
                  "allowed_hosts": ["api.sendpulse.com"]}})")
          .as_object()));
  return service;
}

json::value json_of(std::string_view text) {
  return json::parse({text.data(), text.size()});
}

PollPlan plan_of(std::string_view read, std::string_view detect) {
  json::object trigger{{"id", "test"}, {"read", json_of(read)}, {"detect", json_of(detect)}};
  return PollPlan::compile(trigger, test_service(), "/triggers/0");
}

PollPlan email_plan(std::string_view id, std::size_t page_size) {
  std::ifstream file(DETECTION_FIXTURES "/email_triggers.json");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string size = "\"value\": 100";
  for (std::size_t at = text.find(size); at != std::string::npos; at = text.find(size, at + 1)) {
    text.replace(at, size.size(), "\"value\": " + std::to_string(page_size));
  }
  const json::value triggers = json_of(text);
  for (std::size_t i = 0; i < triggers.as_array().size(); ++i) {
    const json::object &trigger = triggers.as_array()[i].as_object();
    if (std::string_view(trigger.at("id").as_string()) == id) {
      return PollPlan::compile(trigger, test_service(), "/triggers/" + std::to_string(i));
    }
  }
  throw std::out_of_range("no such trigger");
}

std::vector<std::string> Polled::keys() const {
  std::vector<std::string> out;
  for (const Event &event : events) out.push_back(event.key.substr(0, event.key.rfind('.')));
  return out;
}

std::vector<std::string> Polled::subjects() const {
  std::vector<std::string> out;
  for (const Event &event : events) out.push_back(event.subject);
  return out;
}

bool Polled::noted(std::string_view part) const {
  return std::ranges::any_of(
      notes, [&](const std::string &note) { return note.find(part) != std::string::npos; });
}

Trigger::Trigger(PollPlan with_plan, ScriptedHost::Serve with_serve, std::string_view with_input)
    : plan(std::move(with_plan)),
      serve(std::move(with_serve)),
      input(json_of(with_input).as_object()) {}

Polled Trigger::once(cpi_poll_mode mode) {
  Begin begin;
  begin.kind = CPI_KIND_POLL;
  begin.mode = mode;
  begin.max_requests = max_requests;
  begin.max_events = max_events;
  begin.backfill_count = backfill;
  begin.cursor = cursor;
  begin.entropy = entropy;
  Polled polled;
  const auto store = [&](const Batch &batch) {
    if (!survives_before()) return false;
    polled.events.insert(polled.events.end(), batch.events.begin(), batch.events.end());
    cursor = batch.cursor;
    polled.stored = true;
    ++polled.batches;
    return survives_after();
  };
  ScriptedHost host;
  auto outcome = host.run([&](Channel &channel) { return run_poll(channel, begin, input, plan); },
                          now, serve, store);
  for (const Request &request : outcome.requests) polled.urls.push_back(request.url);
  polled.failure = outcome.failure;
  polled.died = outcome.died;
  if (!outcome.result) return polled;
  if (outcome.result->has_cursor) {
    if (!survives_before()) {
      polled.died = true;
      return polled;
    }
    cursor = outcome.result->cursor;
    polled.stored = true;
  }
  polled.more = outcome.result->more;
  if (!outcome.result->output.empty()) {
    const json::value output = json_of(outcome.result->output);
    for (const json::value &note : output.at("notes").as_array()) {
      polled.notes.emplace_back(note.as_string());
    }
    if (const json::value *refused = output.as_object().if_contains("refused")) {
      for (const json::value &part : refused->as_array()) {
        polled.refused.emplace_back(part.at("name").as_string());
      }
    }
  }
  return polled;
}

Polled Trigger::poll(cpi_poll_mode mode) {
  Polled all;
  do {
    Polled polled = once(mode);
    std::ranges::move(polled.events, std::back_inserter(all.events));
    std::ranges::move(polled.urls, std::back_inserter(all.urls));
    std::ranges::move(polled.notes, std::back_inserter(all.notes));
    all.refused = polled.refused;
    all.failure = polled.failure;
    all.more = polled.more;
    all.died = polled.died;
    all.stored = all.stored || polled.stored;
    all.batches += polled.batches;
  } while (all.more && !all.failure && !all.died);
  return all;
}

std::string query(const Request &request, std::string_view name) {
  const std::size_t mark = request.url.find('?');
  std::string_view rest = mark == std::string::npos
                              ? std::string_view()
                              : std::string_view(request.url).substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name) return std::string(pair.substr(equals + 1));
  }
  return {};
}

std::string path(const Request &request) {
  constexpr std::string_view base = "https://api.sendpulse.com";
  const std::string_view rest = std::string_view(request.url).substr(base.size());
  return std::string(rest.substr(0, rest.find('?')));
}

Answer Rows::operator()(const Request &request) {
  if (before) before(requests);
  ++requests;
  const std::string limit_text = query(request, "limit");
  const std::string offset_text = query(request, "offset");
  const std::size_t limit = limit_text.empty() ? rows.size() : std::stoul(limit_text);
  const std::size_t offset = offset_text.empty() || ignores_offset ? 0 : std::stoul(offset_text);
  json::array out;
  for (std::size_t i = offset; i < std::min(rows.size(), offset + limit); ++i) {
    out.push_back(rows[i]);
  }
  if (wrap.empty()) return {.status = 200, .body = json::serialize(out)};
  return {.status = 200, .body = json::serialize(json::object{{wrap, std::move(out)}})};
}

Things::Things(std::string_view detect, std::string_view input)
    : trigger(
          plan_of(R"({"request": {"method": "GET", "path": "/things"},
                          "paging": {"size": {"name": "limit", "value": 20},
                                     "from": {"name": "offset"}}})",
                  detect),
          [this](const Request &request) { return rows(request); }, input) {}

void Things::add_ids(int first, int last) {
  for (int id = first;; id += first <= last ? 1 : -1) {
    rows.rows.push_back(json::object{{"id", id}});
    if (id == last) break;
  }
}

void Things::remove(int id) {
  std::erase_if(rows.rows, [&](const json::value &row) { return row.at("id") == id; });
}

}  // namespace cpi::detection
