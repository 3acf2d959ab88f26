#include "delivery/cloud_event.hpp"

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace host {

namespace {

void member(std::string &out, std::string_view name, std::string_view value) {
  out += out.empty() ? '{' : ',';
  out += '"';
  out += name;
  out += "\":";
  out += boost::json::serialize(boost::json::string(value));
}

bool is_json(std::string_view text) {
  boost::json::monotonic_resource memory;
  boost::json::parse_options options;
  options.max_depth = 512;
  boost::json::error_code error;
  const auto value = boost::json::parse(text, error, &memory, options);
  return !error;
}

}  // namespace

std::string rfc3339(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(unix_ms)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::string cloud_event(const EventRecord &event, EventKind kind) {
  std::string out;
  out.reserve(event.data.size() + 512);
  member(out, "specversion", "1.0");
  member(out, "id", event.id);
  member(out, "source", "/connections/" + event.connection_id + "/triggers/" + event.trigger_id);
  member(out, "type",
         "com." + event.plugin + "." + event.trigger + ".v" + std::to_string(event.dedupe_version));
  member(out, "time", rfc3339(event.time));
  if (!event.subject.empty()) member(out, "subject", event.subject);  // absent, never empty
  if (kind == EventKind::sample) out += ",\"testevent\":true";
  if (is_json(event.data)) {
    member(out, "datacontenttype", "application/json");
    out += ",\"data\":";
    const std::size_t start = out.size();
    out += event.data;
    // Line ends can only stand between tokens: inside a string JSON has them escaped.
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return c == '\n' || c == '\r'; }, ' ');
  } else {
    member(out, "datacontenttype", "text/plain");
    member(out, "data", event.data);
  }
  out += '}';
  return out;
}

}  // namespace host
