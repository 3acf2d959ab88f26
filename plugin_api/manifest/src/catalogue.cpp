#include "cpi/manifest/catalogue.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/json/number.hpp"
#include "cpi/manifest/assumptions.hpp"
#include "cpi/manifest/cost.hpp"
#include "cpi/manifest/trigger_limit.hpp"
#include "form_text.hpp"
#include "json_access.hpp"

namespace cpi::manifest {
namespace {

// Escapes a text for Markdown: no markup, on one line.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else {
      if (std::string_view("\\`*[]|").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

// The anchor that GitHub gives a heading.
std::string anchor(std::string_view heading) {
  std::string out;
  for (const char c : heading) {
    if (c == ' ' || c == '-') {
      out += '-';
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0) {
      out += c;
    }
  }
  return out;
}

// 500000 as "500,000".
struct Span {
  std::int64_t count;
  std::string_view unit;
};

Span span_of(std::int64_t seconds) {
  if (seconds % 86400 == 0) return {seconds / 86400, "day"};
  if (seconds % 3600 == 0) return {seconds / 3600, "hour"};
  if (seconds % 60 == 0) return {seconds / 60, "minute"};
  return {seconds, "second"};
}

// "1 minute", "5 minutes"
std::string interval(std::int64_t seconds) {
  const Span span = span_of(seconds);
  return grouped_digits(span.count) + " " + std::string(span.unit) + (span.count == 1 ? "" : "s");
}

// "every minute", "every 5 minutes"
std::string every(std::int64_t seconds) {
  const Span span = span_of(seconds);
  if (span.count == 1) return "every " + std::string(span.unit);
  return "every " + interval(seconds);
}

// "4 per hour", "1 per 15 minutes"
std::string rate(std::int64_t limit, std::int64_t seconds) {
  const Span span = span_of(seconds);
  const std::string count = grouped_digits(limit);
  if (span.count > 1) {
    return count + " per " + grouped_digits(span.count) + " " + std::string(span.unit) + "s";
  }
  return count + " per " + std::string(span.unit);
}

std::string value_or_text(const json::value &value) {
  const json::string *text = value.if_string();
  return text != nullptr ? std::string(view(*text)) : json::serialize(value);
}

using Operations = std::vector<const json::object *>;

Operations operations_in(const json::object &manifest, std::string_view key) {
  Operations found;
  if (const json::array *list = array_in(manifest, key)) {
    for (const json::value &each : *list) {
      if (const json::object *operation = each.if_object()) found.push_back(operation);
    }
  }
  return found;
}

// Groups in the order of their first operation.
std::vector<std::pair<std::string, Operations>> grouped(const Operations &operations) {
  std::vector<std::pair<std::string, Operations>> groups;
  for (const json::object *operation : operations) {
    const std::string_view group = text_in(*operation, "group");
    auto known = std::ranges::find(groups, group, &std::pair<std::string, Operations>::first);
    if (known == groups.end()) known = groups.insert(known, {std::string(group), {}});
    known->second.push_back(operation);
  }
  return groups;
}

std::string counted(const Operations &operations, std::string_view word) {
  return std::to_string(operations.size()) + " " + std::string(word) +
         (operations.size() == 1 ? "" : "s");
}

class Page {
 public:
  explicit Page(const json::object &manifest)
      : manifest_(manifest),
        triggers_(operations_in(manifest, "triggers")),
        actions_(operations_in(manifest, "actions")),
        lookups_(operations_in(manifest, "lookups")),
        omissions_(operations_in(manifest, "omissions")) {}

  std::string write() {
    add_head();
    for (const auto &[group, triggers] : grouped(triggers_)) {
      line("## Triggers: " + plain(group));
      for (const json::object *each : triggers) add_trigger(*each);
    }
    for (const auto &[group, actions] : grouped(actions_)) {
      line("## Actions: " + plain(group));
      for (const json::object *each : actions) add_action(*each);
    }
    add_lookups();
    add_rate_limits();
    add_limitations();
    add_assumption_list();
    add_omissions();
    while (out_.ends_with("\n\n")) out_.pop_back();
    return std::move(out_);
  }

 private:
  // A paragraph.
  void line(std::string_view text) {
    out_ += text;
    out_ += "\n\n";
  }
  void bullet(std::string_view text) {
    out_ += "- ";
    out_ += text;
    out_ += '\n';
  }
  void end_of_list() {
    if (!out_.ends_with("\n\n")) out_ += '\n';
  }

  void add_head() {
    line("# " + plain(text_in(manifest_, "title")) + ": triggers and actions");
    line(
        "<!-- Generated from the manifest by `cpi-manifest catalogue`. Edit the manifest, not this "
        "page. -->");
    std::string about = plain(text_in(manifest_, "summary"));
    if (const auto more = text_in(manifest_, "description"); !more.empty())
      about += " " + plain(more);
    line(about);
    line(counted(triggers_, "trigger") + ", " + counted(actions_, "action") + ", " +
         counted(lookups_, "dropdown") + " with choices from the account. Version " +
         plain(text_in(manifest_, "version")) + ".");
    add_contents("Triggers", triggers_);
    add_contents("Actions", actions_);
    bullet("[Dropdowns](#dropdowns)");
    bullet("[Rate limits](#rate-limits)");
    bullet("[Limitations](#limitations)");
    if (!omissions_.empty())
      bullet("[Endpoints without an operation](#endpoints-without-an-operation)");
    end_of_list();
  }

  void add_contents(const std::string &kind, const Operations &operations) {
    std::vector<std::string> links;
    for (const auto &[group, members] : grouped(operations)) {
      links.push_back("[" + plain(group) + "](#" + anchor(kind + ": " + group) + ") " +
                      std::to_string(members.size()));
    }
    if (links.empty()) return;
    std::string joined;
    for (const std::string &link : links) joined += (joined.empty() ? "" : ", ") + link;
    bullet(kind + ": " + joined);
  }

  void add_title(const json::object &operation) {
    line("### " + plain(text_in(operation, "title")));
    std::string text = "`" + std::string(text_in(operation, "id")) +
                       "`: " + plain(text_in(operation, "description"));
    if (const json::object *deprecated = object_in(operation, "deprecated")) {
      text += " **Deprecated since " + plain(text_in(*deprecated, "since"));
      if (const auto until = text_in(*deprecated, "remove_after"); !until.empty())
        text += "; may be removed after " + plain(until);
      text += ".**";
      if (const auto use = text_in(*deprecated, "use"); !use.empty()) {
        text += " Use `" + std::string(use) + "` instead.";
      }
    }
    line(text);
  }

  void add_form(const json::object &operation) {
    const json::value *input = operation.if_contains("input");
    const FormText form = input == nullptr ? FormText() : describe_form(*input, manifest_);
    if (form.rows.empty()) return;
    out_ += "| Field | Value | Required | Description |\n| --- | --- | --- | --- |\n";
    for (const FieldRow &row : form.rows) {
      out_ += "| " + plain(row.name) + " | " + plain(row.value) + " | " + plain(row.needed) +
              " | " + plain(row.about) + " |\n";
    }
    out_ += '\n';
    if (form.either.size() > 1) line("Required: " + plain(enumerate(form.either, "or")) + ".");
  }

  void add_trigger(const json::object &trigger) {
    add_title(trigger);
    add_form(trigger);
    bullet(schedule_text(trigger));
    bullet(start_text(trigger));
    add_cost(trigger);
    if (const std::string limit = memory_text(trigger); !limit.empty()) bullet(limit);
    add_assumptions(trigger);
    add_gives(trigger);
    add_sight(trigger);
    end_of_list();
  }

  static std::string schedule_text(const json::object &trigger) {
    std::string text = "Polls " + every(integer_in(trigger, "interval_s").value_or(300));
    if (const auto least = integer_in(trigger, "min_interval_s")) {
      text += "; the shortest interval is " + interval(*least);
    }
    return text + ".";
  }

  static std::string start_text(const json::object &trigger) {
    const json::object *start = object_in(trigger, "start");
    const json::array *allowed = start == nullptr ? nullptr : array_in(*start, "allow");
    std::vector<std::string> words;
    if (lists(allowed, "now")) words.emplace_back("changes from now on");
    if (lists(allowed, "last_n")) words.emplace_back("the newest existing items");
    if (lists(allowed, "all")) words.emplace_back("all existing items");
    return "Starts with " + enumerate(words, "or") + ".";
  }

  void add_cost(const json::object &trigger) {
    const StatedCost cost = stated_cost(trigger);
    std::string text;
    const auto sentence = [&](std::string_view when, const std::string &words) {
      if (!words.empty())
        text += std::string(text.empty() ? "" : "; ") + std::string(when) + plain(words);
    };
    sentence("when nothing changed: ", cost.idle ? text_of(*cost.idle) : "");
    if (cost.idle && cost.shared) text += " (shared with other triggers of the account)";
    sentence("when something changed: ", change_text(cost));
    sentence(full_every_text(cost) + ", when everything is read: ",
             cost.full ? text_of(*cost.full) : "");
    if (!text.empty()) bullet("Cost of a poll " + text + ".");
    const auto day =
        requests_a_day(cost, large_account(cost, {}),
                       static_cast<double>(integer_in(trigger, "interval_s").value_or(300)));
    if (!day || *day <= costly_requests_a_day) return;
    bullet("Is added only when this cost is accepted: in an account with " +
           std::to_string(of_each_in_large_account) + " of each, it needs " +
           std::to_string(std::llround(*day)) + " requests a day while nothing changes" +
           (cost.chosen_by.empty() ? "" : ", unless `" + cost.chosen_by + "` is given") + ".");
  }

  // The verdict and the blind spots.
  void add_sight(const json::object &trigger) {
    const std::string_view verdict = text_in(trigger, "verdict");
    const json::array *blind_spots = array_in(trigger, "blind_spots");
    std::string text;
    if (verdict == "A") text = "Reliable";
    if (verdict == "B") text = "Reliable, with exceptions";
    if (verdict == "C") text = "Best effort: may miss changes";
    if (blind_spots == nullptr || blind_spots->empty()) {
      if (!text.empty()) bullet(text + ".");
      return;
    }
    bullet((text.empty() ? "" : text + ". ") + "It cannot detect:");
    for (const json::value &each : *blind_spots) {
      out_ += "  - " + plain(value_or_text(each)) + "\n";
    }
  }

  // Details are in the chapter of assumptions.
  void add_assumptions(const json::object &operation) {
    std::vector<std::string> ids;
    for (const Assumption &each : assumptions_of(manifest_, operation))
      ids.push_back("`" + std::string(each.id) + "`");
    if (!ids.empty()) bullet("Rests on: " + enumerate(ids) + " (not verified on a real account).");
  }

  void add_assumption_list() {
    const json::object *probe = object_in(manifest_, "probe");
    if (probe == nullptr) return;
    line("## Assumptions");
    line(
        "What the connector assumes beyond the service's documentation. Nobody has verified these "
        "on a real account; `connector-host probe CONNECTION` does for yours.");
    for (const json::object *each : operations_in(*probe, "assumptions"))
      bullet("`" + std::string(text_in(*each, "id")) +
             "`: " + plain(text_in(*each, "description")));
    end_of_list();
  }

  void add_gives(const json::object &operation) {
    const json::value *output = operation.if_contains("output");
    if (output == nullptr) return;
    const std::vector<std::string> titles = field_titles(*output, manifest_);
    if (!titles.empty()) bullet("Returns: " + plain(enumerate(titles)) + ".");
  }

  void add_action(const json::object &action) {
    add_title(action);
    add_form(action);
    if (const json::object *effects = object_in(action, "effects")) bullet(effects_text(*effects));
    for (const json::object *limit : operations_in(manifest_, "rate_limits")) {
      if (!lists(array_in(*limit, "applies_to"), text_in(action, "id"))) continue;
      bullet("At most " + limit_text(*limit) + ".");
    }
    if (const json::object *check = object_in(action, "duplicate_check")) {
      const std::string_view list = text_in(*check, "list");
      std::string place = list.empty() ? plain(lookup_title(text_in(*check, "lookup"))) : "";
      for (const json::object *each : operations_in(manifest_, "actions"))
        if (!list.empty() && text_in(*each, "id") == list) place = plain(text_in(*each, "title"));
      bullet("If the outcome is unknown, check \"" + place + "\" before running it again.");
    }
    add_gives(action);
    add_assumptions(action);
    end_of_list();
  }

  static std::string effects_text(const json::object &effects) {
    if (flag_in(effects, "read_only")) return "Read-only.";
    std::string text = "Changes the account.";
    if (flag_in(effects, "destructive")) text += " Cannot be undone.";
    text += flag_in(effects, "idempotent") ? " Running it twice has the same effect as once."
                                           : " Running it twice takes effect twice.";
    if (flag_in(effects, "queued")) text += " The service processes it with a delay.";
    return text;
  }

  static std::string limit_text(const json::object &limit) {
    std::string text =
        rate(integer_in(limit, "limit").value_or(0), integer_in(limit, "window_s").value_or(1));
    if (const auto per = text_in(limit, "per"); !per.empty())
      text += " for each `" + std::string(per.substr(per.rfind('/') + 1)) + "`";
    return text;
  }

  std::string lookup_title(std::string_view id) const {
    for (const json::object *lookup : lookups_) {
      if (text_in(*lookup, "id") == id) return std::string(text_in(*lookup, "title"));
    }
    return std::string(id);
  }

  void add_lookups() {
    line("## Dropdowns");
    line("Fields with these dropdowns load their choices from the account.");
    if (lookups_.empty()) return;
    out_ += "| Dropdown | ID | Depends on |\n| --- | --- | --- |\n";
    for (const json::object *lookup : lookups_) {
      std::vector<std::string> fields;
      if (const json::array *names = array_in(*lookup, "depends_on")) {
        for (const json::value &each : *names) fields.push_back(value_or_text(each));
      }
      out_ += "| " + plain(text_in(*lookup, "title")) + " | `" +
              std::string(text_in(*lookup, "id")) + "` | " + plain(enumerate(fields)) + " |\n";
    }
    out_ += '\n';
  }

  void add_rate_limits() {
    line("## Rate limits");
    line(
        "Requests of one account: all its triggers and actions together, unless a line names "
        "others.");
    for (const json::object *limit : operations_in(manifest_, "rate_limits")) {
      std::string text = limit_text(*limit);
      if (const json::array *only = array_in(*limit, "applies_to")) {
        std::vector<std::string> ids;
        for (const json::value &each : *only) ids.push_back("`" + value_or_text(each) + "`");
        text += ": " + enumerate(ids);
      }
      bullet(text);
    }
    end_of_list();
  }

  void add_limitations() {
    line("## Limitations");
    for (const json::object *limitation : operations_in(manifest_, "limitations")) {
      std::string text = plain(text_in(*limitation, "message"));
      if (const auto instead = text_in(*limitation, "instead"); !instead.empty()) {
        text += " Instead: " + plain(instead);
      }
      bullet(text);
    }
    end_of_list();
  }

  void add_omissions() {
    if (omissions_.empty()) return;
    line("## Endpoints without an operation");
    line("A custom API call can use these.");
    for (const json::object *omission : omissions_) {
      std::string endpoint;
      if (const json::array *methods = array_in(*omission, "methods")) {
        for (const json::value &method : *methods) endpoint += value_or_text(method) + " ";
      }
      endpoint += text_in(*omission, "path");
      bullet("`" + endpoint + "`: " + plain(text_in(*omission, "reason")));
    }
    end_of_list();
  }

  const json::object &manifest_;
  Operations triggers_;
  Operations actions_;
  Operations lookups_;
  Operations omissions_;
  std::string out_;
};

}  // namespace

std::string catalogue(const json::object &manifest) {
  return Page(manifest).write();
}

}  // namespace cpi::manifest
