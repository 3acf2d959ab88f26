#include "page.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace transcripts {
namespace {

namespace json = boost::json;

constexpr std::string_view base_url = "https://api.sendpulse.com";
constexpr std::size_t most_requests = 12;  // that are new in one conversation
constexpr std::size_t most_events = 2;
constexpr std::size_t usual_at_least = 3;

std::string hex(std::uint64_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[(number >> shift) & 15U];
  return text;
}

std::string fault_name(cpi_fault fault) {
  static constexpr std::array names = {"nobody", "user", "vendor", "connector", "host"};
  const auto index = static_cast<std::size_t>(fault);
  return index < names.size() ? names.at(index) : std::to_string(fault);
}

// The usual headers are not shown; that one of them is missing is.
std::string headers_of(const Step &step) {
  std::string shown;
  bool accepts_json = false;
  bool sends_json = false;
  for (const auto &[name, value] : step.headers) {
    if (name == "Accept" && value == "application/json") {
      accepts_json = true;
    } else if (name == "Content-Type" && value == "application/json") {
      sends_json = true;
    } else {
      shown += "  " + name + ": " + value;
    }
  }
  if (!accepts_json) shown += "  without Accept";
  if (sends_json == step.body.empty()) {
    shown += sends_json ? "  Content-Type without body" : "  body is not JSON";
  }
  return shown;
}

std::string flags_of(const Step &step) {
  std::string shown;
  const bool repeatable = (step.flags & CPI_REQUEST_REPEATABLE) != 0;
  if (repeatable != (step.method == "GET")) shown += repeatable ? "  repeatable" : "  once";
  if ((step.flags & CPI_REQUEST_SHAREABLE) != 0) shown += "  shareable";
  if ((step.flags & CPI_REQUEST_SECRET) != 0) shown += "  secret";
  if ((step.flags & CPI_REQUEST_CREDENTIALS) == 0) shown += "  without credentials";
  if ((step.flags & CPI_REQUEST_RENEW_CREDENTIALS) != 0) shown += "  renews credentials";
  const auto known = CPI_REQUEST_REPEATABLE | CPI_REQUEST_SHAREABLE | CPI_REQUEST_SECRET |
                     CPI_REQUEST_CREDENTIALS | CPI_REQUEST_RENEW_CREDENTIALS;
  if ((step.flags & ~known) != 0) shown += "  flags " + std::to_string(step.flags);
  return shown;
}

// A request or a pause; nothing for other steps.
std::string shown_request(const Step &step) {
  if (step.kind == CPI_STEP_WAIT) return "wait " + std::to_string(step.wait_ms);
  if (step.kind != CPI_STEP_SEND) return {};
  const bool usual = step.url.starts_with(base_url);
  std::string shown = step.method + " " + step.url.substr(usual ? base_url.size() : 0) +
                      flags_of(step) + headers_of(step);
  if (step.timeout_ms != 0) shown += "  timeout " + std::to_string(step.timeout_ms);
  if (step.max_response_bytes != 0) {
    shown += "  at most " + std::to_string(step.max_response_bytes);
  }
  if (!step.body.empty()) shown += "\n" + step.body;
  return shown;
}

// What comes of answers that are refused, unintelligible and none: of a request that may be
// repeated, and of one that may not.
constexpr std::array<std::array<std::string_view, 3>, 2> usual_failures = {
    {{"invalid_input user 400 code 8", "bad_response vendor 200", "unavailable vendor"},
     {"invalid_input user 400 code 8", "unknown_outcome vendor 200", "unknown_outcome vendor"}}};

}  // namespace

// FNV-1a of 64 bits, folded: enough to see that something changed.
std::string digest(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  return hex(hash ^ (hash << 32U)).substr(0, 8);
}

std::string Page::shortened(std::string_view text, std::size_t longest) const {
  const bool is_long = !whole_ && text.size() > longest;
  std::size_t size = is_long ? longest * 3 / 4 : text.size();
  while (is_long && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  std::string shown;
  for (const char c : text.substr(0, size)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (c == '\r') {
      shown += "\\r";
    } else if (byte < 0x20 || byte == 0x7F) {
      shown += "\\x" + hex(byte).substr(14);
    } else {
      shown += c;
    }
  }
  if (is_long) shown += "... " + std::to_string(text.size()) + "b " + digest(text);
  return shown;
}

void Page::heading(std::string_view kind, std::string_view id) {
  id_ = std::string(id);
  lines_.emplace_back();
  lines_.push_back("== " + std::string(kind) + (id.empty() ? "" : " ") + id_);
  if (id_.empty()) id_ = kind;
  numbers_.clear();
  bodies_.clear();
}

// "1 2 3x4": the requests by their numbers; new ones are shown first.
std::string Page::numbers(const std::vector<Step> &steps) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;  // number and count
  std::string unshown;
  std::size_t unshown_count = 0;
  std::size_t shown_count = 0;
  for (const Step &step : steps) {
    const std::string shown = shown_request(step);
    if (shown.empty()) continue;
    if (!numbers_.contains(shown)) {
      if (++shown_count > most_requests) {
        unshown += shown + "\n";
        ++unshown_count;
        continue;
      }
      const std::size_t number = numbers_.size() + 1;
      numbers_[shown] = number;
      const std::size_t end = std::min(shown.find('\n'), shown.size());
      const std::string body = shown.substr(std::min(end + 1, shown.size()));
      std::string text = "  " + std::to_string(number) + " " + shown.substr(0, end);
      if (!body.empty()) {
        const std::size_t earlier = bodies_.emplace(body, number).first->second;
        text += earlier != number ? "  body of " + std::to_string(earlier)
                                  : "\n      " + shortened(body, longest_body);
      }
      line(text);
    }
    const std::size_t number = numbers_[shown];
    if (!runs.empty() && runs.back().first == number) {
      ++runs.back().second;
    } else {
      runs.emplace_back(number, 1);
    }
  }
  std::string all;
  for (const auto &[number, count] : runs) {
    all += (all.empty() ? "" : " ") + std::to_string(number);
    if (count > 1) all += "x" + std::to_string(count);
  }
  if (unshown_count > 0) {
    all += " and " + std::to_string(unshown_count) + " more " + digest(unshown);
  }
  return all;
}

void Page::requests(const std::vector<Step> &steps) {
  const std::size_t known = numbers_.size();
  const std::string all = numbers(steps);
  if (numbers_.size() == known) line("  (" + all + ")");
}

void Page::say(const std::string &name, Sentences sentences) {
  std::erase_if(sentences, [](const std::string &each) { return each.empty(); });
  if (sentences.empty()) return;
  auto &places = places_[sentences];
  if (places.empty()) said_.push_back(sentences);
  const Place place{.id = id_, .name = name};
  if (places.empty() || places.back() != place) places.push_back(place);
}

void Page::say_about_input(const std::string &sentence) {
  if (std::ranges::find(problems_, sentence) == problems_.end()) problems_.push_back(sentence);
}

// Where an input does not fit, by the keyword of its schema that says so.
std::string Page::problems(const std::string &details) {
  std::string shown;
  std::string last;
  const json::value all = json::parse(details);
  for (const json::value &each : all.as_array()) {
    const json::object &problem = each.as_object();
    std::string keyword;
    for (const auto &member : problem) {
      if (member.key() == "message") {
        say_about_input(std::string(member.value().as_string()));
      } else if (member.key() == "keyword") {
        keyword += "  " + std::string(member.value().as_string());
      } else if (member.key() != "pointer") {
        keyword += "  " + std::string(member.key()) + "=" + json::serialize(member.value());
      }
    }
    if (keyword != last) shown += keyword;
    const json::string &pointer = problem.at("pointer").as_string();
    shown += " " + (pointer.empty() ? std::string("(whole)") : std::string(pointer));
    last = keyword;
  }
  return shown;
}

std::string Page::failed(const std::string &name, const Step &step) {
  std::string shown = contract::class_name(step.error_class) + " " + fault_name(step.fault);
  if (step.http_status != 0) shown += " " + std::to_string(step.http_status);
  if (step.vendor_code != 0) shown += " code " + std::to_string(step.vendor_code);
  if (step.retry_after_ms != 0) shown += " retry " + std::to_string(step.retry_after_ms);
  if (!step.details.starts_with('[')) {
    say(name, {step.message, step.advice});
    if (!step.details.empty()) shown += "  " + shortened(step.details, longest_details);
    return shown;
  }
  shown += problems(step.details);
  say_about_input(step.message);
  say_about_input(step.advice);
  return shown;
}

std::string Page::done(const std::string &name, const Step &step) {
  std::string shown = "done";
  if ((step.flags & CPI_RESULT_MORE) != 0) shown += " more";
  if ((step.flags & CPI_RESULT_CURSOR) != 0) shown += " cursor " + digest(step.cursor);
  if (step.output.empty()) return shown;
  json::error_code error;
  json::value output = json::parse(step.output, error);
  json::object *object = error ? nullptr : output.if_object();
  if (object == nullptr || !object->contains("notes")) {
    return shown + " " +
           shortened(step.output, name == "other" ? longest_variation : longest_output);
  }
  std::vector<std::string> notes;
  for (const json::value &note : object->at("notes").as_array()) {
    notes.emplace_back(note.as_string());
  }
  say(name, std::move(notes));
  object->erase("notes");
  return shown + " " + json::serialize(*object);
}

std::string Page::ended(const Recording &recording) {
  const Step &last = recording.steps.back();
  if (last.kind == CPI_STEP_DONE) return done(recording.name, last);
  if (last.kind == CPI_STEP_FAILED) return failed(recording.name, last);
  return "ends with step " + std::to_string(last.kind);
}

void Page::outcome(const Recording &recording) {
  const std::string asked = numbers(recording.steps);
  line("  " + recording.name + (asked.empty() ? "" : " (" + asked + ")") + ": " + ended(recording));
  std::size_t count = 0;
  std::string beyond;
  for (const Step &step : recording.steps) {
    if (step.kind != CPI_STEP_EVENTS) continue;
    for (const contract::Event &event : step.events) {
      if (++count <= most_events) {
        line("    " + event.key + "  " + event.subject + "  " +
             shortened(event.data, longest_variation));
      } else {
        beyond += event.key + "\n" + event.subject + "\n" + event.data + "\n";
      }
    }
    const std::string cursor =
        "    stored " + std::to_string(step.events.size()) + " cursor " + digest(step.cursor);
    if (beyond.empty()) {
      line(cursor);
    } else {
      beyond += cursor + "\n";
    }
  }
  if (!beyond.empty()) line("    up to " + std::to_string(count) + " events " + digest(beyond));
}

void Page::brief(const Recording &recording) {
  std::string asked;
  std::size_t requests = 0;
  std::string keys;
  std::string reported_all;
  std::size_t events = 0;
  for (const Step &step : recording.steps) {
    asked += shown_request(step);
    if (step.kind == CPI_STEP_SEND) ++requests;
    if (step.kind != CPI_STEP_EVENTS) continue;
    for (const contract::Event &event : step.events) {
      if (++events <= most_events) keys += " " + event.key;
      reported_all += event.key + "\n" + event.subject + "\n" + event.data + "\n";
    }
    reported_all += step.cursor;
  }
  line("  " + recording.name + " (" + std::to_string(requests) + " requests " + digest(asked) +
       "): " + ended(recording));
  if (events > 0) line("    " + std::to_string(events) + " events " + digest(reported_all) + keys);
}

void Page::unfit(const Recording &recording) {
  std::string shown = ended(recording);
  constexpr std::string_view usual = "invalid_input user  ";
  if (shown.starts_with(usual)) shown.erase(0, usual.size());
  line("  " + recording.name + ": " + shown);
}

void Page::failures(const std::string &prefix, const std::vector<Recording> &all) {
  const Step &first = all.front().steps.front();
  const bool once = first.kind == CPI_STEP_SEND && (first.flags & CPI_REQUEST_REPEATABLE) == 0;
  std::vector<std::string> asked;
  std::vector<std::string> shown;
  for (const Recording &recording : all) {
    asked.push_back(numbers(recording.steps));
    shown.push_back(ended(recording));
  }
  bool usual = all.size() == usual_failures[0].size();
  for (std::size_t i = 0; usual && i < all.size(); ++i) {
    usual = shown[i] == usual_failures.at(once ? 1 : 0).at(i) && asked[i] == asked[0];
  }
  if (usual) {
    line("  " + prefix + "failures (" + asked[0] + "): as usual");
    return;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    line("  " + all[i].name + (asked[i].empty() ? "" : " (" + asked[i] + ")") + ": " + shown[i]);
  }
}

// By answer: what most places say, when they are some.
std::map<std::string, const Page::Sentences *> Page::usual() const {
  std::map<std::string, const Sentences *> most;
  std::map<std::string, std::size_t> count;
  for (const Sentences &sentences : said_) {
    std::map<std::string, std::size_t> own;
    for (const Place &place : places_.at(sentences)) ++own[place.name];
    for (const auto &[name, places] : own) {
      if (places < usual_at_least || places <= count[name]) continue;
      count[name] = places;
      most[name] = &sentences;
    }
  }
  return most;
}

std::string Page::text() const {
  std::string whole =
      "Transcripts of the area " + area_ + "; README.md says how to read and record them.\n";
  for (const auto &each : lines_) whole += each + "\n";
  const auto usually = usual();
  whole += "\n== texts\n";
  for (const auto &sentences : said_) {
    for (const auto &each : sentences) whole += "\"" + shortened(each, longest_text) + "\"\n";
    std::string everywhere;
    for (const auto &[name, most] : usually) {
      if (*most == sentences) everywhere += (everywhere.empty() ? "" : ", ") + name;
    }
    if (!everywhere.empty()) whole += "    everywhere else: " + everywhere + "\n";
    std::string last;
    for (const Place &place : places_.at(sentences)) {
      const auto most = usually.find(place.name);
      if (most != usually.end() && *most->second == sentences) continue;
      whole += place.id == last ? ", " : (last.empty() ? "    " : "\n    ") + place.id + ": ";
      whole += place.name;
      last = place.id;
    }
    if (!last.empty()) whole += "\n";
  }
  if (!problems_.empty()) whole += "\n== texts about inputs\n";
  for (const auto &each : problems_) whole += "\"" + shortened(each, longest_text) + "\"\n";
  return whole;
}

}  // namespace transcripts
