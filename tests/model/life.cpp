#include "life.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "world.hpp"

namespace model {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t begins_at_ms = 1'740'819'600'000;  // 2025-03-01T09:00:00Z
constexpr int rest_polls = 26;  // a full reading comes after 6 hours and 24 polls at the latest
constexpr std::size_t followed_at_most = 15;

class Broken : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct OddError {
  int status;
  std::string_view body;
};

// None of them is a list, whatever the status.
constexpr std::array odd_errors = {
    OddError{400, R"({"message": "Unauthorized!", "error_code": 401})"},
    OddError{403, R"({"message": "Unauthorized!", "error_code": "401"})"},
    OddError{422, R"({"message": "Unauthorized!", "error_code": 401})"},
    OddError{404, R"({"message": "Unauthorized!", "error_code": 401})"},
    OddError{201, R"({"message": "Unauthorized!", "error_code": 401})"},
    OddError{200, "\xef\xbb\xbf\n{\"message\": \"Unauthorized!\", \"error_code\": \"401\"}"},
    OddError{200, R"({"success": true})"},
    OddError{200, R"({"result": true})"},
    OddError{200, R"({"success": "false", "data": []})"},
    OddError{200, R"({"success": 0, "data": []})"},
    OddError{200, R"({"result": "No", "data": {}})"},
    OddError{200, R"({"is_error": "yes", "data": []})"},
    OddError{200, R"({"status": "error", "data": []})"},
    OddError{200, R"({"errors": ["Something failed"]})"},
    OddError{200, R"({"error": {"message": "Something failed"}, "data": null})"},
    OddError{200, ""},
    OddError{204, ""},
    OddError{503, "<html><body>Maintenance</body></html>"},
};

class Life {
 public:
  Life(Plugin &plugin, const TriggerSpec &spec, const Shapes &shapes, std::uint64_t seed,
       const Forgery &forge)
      : plugin_(plugin),
        spec_(spec),
        forge_(forge),
        world_(spec, shapes, seed, begins_at_ms / 1000) {
    stored_.id = spec.id;
    stored_.input = json::serialize(spec.input);
    stored_.now_ms = begins_at_ms;
    stored_.max_requests = static_cast<std::uint32_t>(2 + world_.pick(20));
    stored_.max_events = static_cast<std::uint32_t>(1 + world_.pick(20));
    // Which of two rows with one key counts is not known before both are read: a budget that ends a
    // poll between them lets the first one be told.
    if (shapes.has(Shape::twin_rows)) stored_.max_requests = stored_.max_events = 10'000;
    stored_.entropy = "sixteen bytes of " + std::to_string(seed);
    stored_.serve = [this](const Request &request) { return serve(request); };
    stored_.survives = [this] { return !troubled_ || world_.pick(15) != 0; };
  }

  void run() {
    baseline();
    before_ = world_.present();
    for (int phase = 0; phase < 4; ++phase) {
      world_.forget_history();
      arrived_.clear();
      trouble();
      rest();
      if (!spec_.edge) judge();
      before_ = world_.present();
      if (!spec_.edge && !world_.may_be_late()) plain();
      before_ = world_.present();
    }
    if (!spec_.edge && !world_.may_be_late()) isolate();
  }

 private:
  Answer serve(const Request &request) {
    if (troubled_) {
      // A list that moves between two pages may hide one of two rows with one key.
      const bool moves = !still_ && !world_.shapes().has(Shape::twin_rows);
      if (moves && world_.pick(12) == 0) world_.mutate();
      const std::uint64_t what = world_.pick(60);
      if (what > 6 && what < 14 && world_.shapes().has(Shape::odd_error)) {
        spoilt_ = true;
        const OddError &odd = odd_errors[world_.pick(odd_errors.size())];
        return {.status = odd.status, .body = std::string(odd.body)};
      }
      spoilt_ = spoilt_ || what <= 6;
      switch (what) {
        case 0:
          return {.status = 429, .body = R"({"message": "slow down", "error_code": 2020202020})"};
        case 1:
          return {.status = 500, .body = ""};
        case 2:
          return {.status = 0, .body = {}};
        case 3:
          return {.status = 200, .body = "<html>"};
        case 4: {
          Answer answer = world_.serve(request);
          answer.body.resize(answer.body.size() / 2);
          return answer;
        }
        case 5:
          return {.status = 200,
                  .body = R"({"message": "Whoops, looks like something went wrong."})"};
        case 6:
          return {.status = 200, .body = R"({"error": 1})"};
        default:
          break;
      }
    }
    return world_.serve(request);
  }

  // One begin, with what must hold for each.
  Polled begin(cpi_poll_mode mode) {
    if (troubled_ && world_.pick(10) == 0) plugin_.restart();
    Polled polled = plugin_.poll(stored_, mode);
    if (!troubled_ && polled.failure) throw Broken("failed without trouble: " + *polled.failure);
    if (forge_) forge_(polled.events, troubled_);
    for (const Event &event : polled.events) {
      if (!ids_.insert(event.key).second) throw Broken("an event id twice: " + event.key);
      const cpi::Violations unfit = spec_.output.validate(json::parse(event.data), "The event");
      if (!unfit.empty() && !forge_)
        throw Broken("unfit: " + cpi::summary_of(unfit, "the event") + " " + event.data);
    }
    if (spec_.edge && polled.committed) judge_edge(polled, mode);
    return polled;
  }

  void poll(cpi_poll_mode mode) {
    spoilt_ = false;
    for (int begins = 0;; ++begins) {
      if (begins > 2000) throw Broken("never comes to an end");
      Polled polled = begin(mode);
      arrived_.insert(arrived_.end(), polled.events.begin(), polled.events.end());
      if (!polled.failure && !polled.died && polled.more) continue;
      world_.end_poll(!polled.failure && !polled.died && !spoilt_);
      break;
    }
    stored_.now_ms += 5 * minute_ms;
    world_.clock = stored_.now_ms / 1000;
  }

  void pass(std::int64_t minutes) {
    stored_.now_ms += minutes * minute_ms;
    world_.clock = stored_.now_ms / 1000;
  }

  // Failures and crashes, but a service that stands still: what is as old as the baseline is well
  // defined.
  void baseline() {
    troubled_ = still_ = true;
    for (int tries = 0; tries < 12; ++tries) begin(CPI_POLL_BASELINE);
    troubled_ = still_ = false;
    poll(CPI_POLL_BASELINE);
    // A list that was refused meanwhile gets its own baseline within the hour.
    pass(61);
    poll(CPI_POLL_NORMAL);
    if (!ids_.empty()) throw Broken("a baseline told something");
  }

  void trouble() {
    // What has no date is in every window, for days.
    if (spec_.window && world_.shapes().has(Shape::odd_date)) pass(4 * 24 * 60);
    troubled_ = true;
    int lag = 0;
    for (std::uint64_t polls = 3 + world_.pick(12); polls > 0; --polls) {
      for (std::uint64_t changes = world_.pick(4); changes > 0; --changes) world_.mutate();
      if (world_.pick(6) == 0) world_.refuse_a_list();
      // A service that lags shows nothing for a poll or two, or little for more.
      if (lag > 0) --lag;
      const bool long_lags = world_.shapes().has(Shape::few_rows);
      if (lag == 0 && world_.pick(long_lags ? 4 : 10) == 0) lag = long_lags ? 7 : 3;
      world_.hide_all(lag > 1);
      poll(CPI_POLL_NORMAL);
    }
    world_.behave();
    troubled_ = false;
  }

  void rest() {
    world_.show_hidden();
    pass(7 * 60);
    // What vanished from a list with most of it is believed after a day. Where days are read, and
    // not lists, nothing is.
    const bool doubts = !spec_.window && !(spec_.gate && spec_.gate->dated);
    for (int i = 0; i < rest_polls; ++i) {
      if (doubts && i == rest_polls / 2) pass(25 * 60);
      poll(CPI_POLL_NORMAL);
    }
  }

  static std::string key_of(const Event &event) {
    return event.key.substr(0, event.key.rfind('.'));
  }

  void judge() const {
    std::map<std::string, int> reported;
    std::map<std::string, const Event *> last;
    for (const Event &event : arrived_) {
      ++reported[key_of(event)];
      last[key_of(event)] = &event;
    }
    for (const auto &[key, count] : reported) {
      const auto happened = world_.happened.find(key);
      const int most = happened == world_.happened.end() ? 0 : happened->second;
      if (count > most) throw Broken((most == 0 ? "invented: " : "twice: ") + key);
    }
    const auto now = world_.present();
    std::size_t left_the_page = 0;
    for (const auto &[key, seen] : now) left_the_page += !seen.sure && !seen.final ? 1 : 0;
    for (const auto &[key, seen] : now) {
      const auto was = before_.find(key);
      if (was == before_.end()) {
        const bool promised =
            spec_.emits_new && seen.sure && seen.tells && !seen.touched && !seen.twofold;
        if (promised && reported[key] == 0) throw Broken("lost, although it is new: " + key);
      } else if (spec_.emits_changed && was->second.values != seen.values && seen.tells) {
        const bool followed =
            spec_.watch && !was->second.final && left_the_page <= followed_at_most;
        if (was->second.born != seen.born || was->second.swayed != seen.swayed) continue;
        if (seen.twofold || is_blind_spot(seen)) continue;
        if (!was->second.sure || (!seen.sure && !followed)) continue;
        if (reported[key] == 0) throw Broken("lost, although it changed: " + key);
        judge_last(key, *last[key], seen);
      }
    }
    if (!spec_.emits_removed || !spec_.when.empty()) return;
    for (const auto &[key, seen] : before_) {
      if (seen.sure && !now.contains(key) && reported[key] == 0)
        throw Broken("lost, although it is gone: " + key);
    }
  }

  // What no poll can know, and the manifest's blind_spots say: a watch forgets what is finished as
  // soon as the list shows it no more, so that what changes it until it is listed again is lost.
  bool is_blind_spot(const Seen &seen) const {
    return spec_.watch && seen.finished && world_.shapes().has(Shape::few_rows);
  }

  // A number may have come as a text.
  static bool means_same(const json::value &a, const json::value &b) {
    if (text_of(a) == text_of(b)) return true;
    if (a.is_number() == b.is_number()) return false;
    std::error_code error;
    const json::value left = a.is_number() ? a : json::parse(text_of(a), error);
    const json::value right = b.is_number() ? b : json::parse(text_of(b), error);
    return !error && left == right;
  }

  // Where the event has what is compared, it has it as it is now.
  void judge_last(const std::string &key, const Event &event, const Seen &seen) const {
    const json::value data = json::parse(event.data);
    for (const Tokens &pointer : spec_.remember) {
      const json::value *reported = find(data, pointer);
      const json::value *now = find(seen.fields, pointer);
      if (pointer.empty() || reported == nullptr || now == nullptr || reported->is_object())
        continue;
      if (!means_same(*reported, *now)) {
        throw Broken("stale: " + key + " was told as " + text_of(*reported) + " and is " +
                     text_of(*now));
      }
    }
  }

  // What nothing can hide.
  void plain() {
    std::vector<std::string> expected;
    if (spec_.emits_new) {
      for (int i = 0; i < 3; ++i) {
        if (const auto key = world_.add_plain()) expected.push_back(*key);
      }
    } else if (spec_.reports_at_once()) {
      if (const auto key = world_.change_plain()) expected.push_back(*key);
    }
    arrived_.clear();
    stored_.now_ms = world_.clock * 1000;
    poll(CPI_POLL_NORMAL);
    std::vector<std::string> reported;
    for (const Event &event : arrived_) reported.push_back(key_of(event));
    const bool ordered = spec_.order.has_value();
    const bool same = ordered ? reported == expected
                              : std::multiset<std::string>(reported.begin(), reported.end()) ==
                                    std::multiset<std::string>(expected.begin(), expected.end());
    if (same) return;
    std::string text = "late, or out of order: expected";
    for (const std::string &key : expected) text += " " + key;
    text += ", told";
    for (const std::string &key : reported) text += " " + key;
    throw Broken(text);
  }

  // One part of several (a list, a day, a row that is asked for by itself) is refused for more than
  // an hour: the others are told by the very next poll, no poll fails, and what happened in the
  // refused one is told once, when it answers.
  void isolate() {
    if (!world_.has_parts()) return;
    stored_.now_ms = world_.clock * 1000;
    poll(CPI_POLL_NORMAL);
    const auto news = world_.refuse_with_news();
    for (int polls = 0; polls < 14; ++polls) plain();
    world_.behave();
    pass(61);
    arrived_.clear();
    for (int polls = 0; polls < 3; ++polls) poll(CPI_POLL_NORMAL);
    if (!news) return;
    const auto told = std::ranges::count(arrived_, *news, key_of);
    if (told != 1)
      throw Broken("a refused part that answers again: told " + std::to_string(told) +
                   " times: " + *news);
  }

  void judge_edge(const Polled &polled, cpi_poll_mode mode) {
    const Edge &edge = *spec_.edge;
    std::multiset<std::string> expected;
    for (const auto &[key, number] : world_.numbers) {
      const bool across = edge.above ? number > edge.threshold : number < edge.threshold;
      const bool back = edge.above ? number <= edge.rearm : number >= edge.rearm;
      const auto known = fired_.find(key);
      if (known != fired_.end() && !known->second && across && mode == CPI_POLL_NORMAL)
        expected.insert(key);
      fired_[key] = across || (!back && known != fired_.end() && known->second);
    }
    // One document needs no name.
    std::multiset<std::string> reported;
    for (const Event &event : polled.events)
      reported.insert(spec_.key.empty() ? "" : key_of(event));
    if (reported != expected) {
      throw Broken(std::to_string(expected.size()) + " crossings, " +
                   std::to_string(reported.size()) + " told");
    }
  }

  Plugin &plugin_;
  const TriggerSpec &spec_;
  const Forgery &forge_;
  World world_;
  Stored stored_;
  bool troubled_ = false;
  bool still_ = false;
  bool spoilt_ = false;  // an answer of the running poll was
  std::vector<Event> arrived_;
  std::set<std::string> ids_;
  std::map<std::string, Seen> before_;
  std::map<std::string, bool> fired_;
};

}  // namespace

std::optional<std::string> live(Plugin &plugin, const TriggerSpec &spec, const Shapes &shapes,
                                std::uint64_t seed, const Forgery &forge) {
  try {
    Life(plugin, spec, shapes, seed, forge).run();
  } catch (const std::exception &error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace model
