#include "delivery/cloud_event.hpp"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "text/time_text.hpp"

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
    // Line ends can only occur between tokens: JSON escapes them in strings.
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
