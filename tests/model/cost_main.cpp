// Whether each trigger costs what its manifest states (cpi/manifest/cost.hpp): the requests of a
// poll without changes, of one with changes and of one that reads everything, with up to 1,000
// lists and up to 1,000 rows, and whether other triggers share them.
//
//   cost_test PLUGIN.so MANIFEST.yaml [--trigger ID] [--part 2/4]
//
// Prints both numbers for each statement that is wrong; exit status 1 if there is one.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cost.hpp"
#include "cpi/manifest/cost.hpp"
#include "cpi/manifest/yaml_document.hpp"
#include "plugin_host.hpp"
#include "trigger_spec.hpp"

namespace {

namespace json = boost::json;
using cpi::manifest::Amounts;
using cpi::manifest::RequestCount;
using cpi::manifest::StatedCost;
using model::Case;
using model::TriggerSpec;

std::string case_text(const TriggerSpec &spec, const Case &tried) {
  std::string text = spec.id + " " + json::serialize(spec.input);
  if (spec.gate) text += ", lists " + std::to_string(tried.extent.lists);
  text += ", rows " + std::to_string(tried.extent.rows) + ", changed lists " +
          std::to_string(tried.changed_lists) + ", new rows " + std::to_string(tried.new_rows);
  if (tried.quiet_days > 0) text += ", quiet days " + std::to_string(tried.quiet_days);
  return text;
}

class Comparison {
 public:
  Comparison(const TriggerSpec &spec, const Case &tried) : where_(case_text(spec, tried)) {}

  void compare(std::string_view poll, const std::optional<RequestCount> &stated,
               const Amounts &amounts, std::size_t measured) {
    const auto requests = stated ? requests_of(*stated, amounts) : std::optional<double>();
    if (requests && *requests == static_cast<double>(measured)) return;
    tell(std::string(poll) + ": the manifest states " +
         (requests ? std::to_string(static_cast<std::uint64_t>(*requests))
          : stated ? "\"" + stated->words + "\""
                   : "nothing") +
         ", measured are " + std::to_string(measured) + " requests");
  }
  void tell(const std::string &what) {
    std::cout << where_ << ": " << what << std::endl;
    good_ = false;
  }
  bool good() const noexcept { return good_; }

 private:
  std::string where_;
  bool good_ = true;
};

bool try_case(const model::Plugin &plugin, const TriggerSpec &spec, const StatedCost &stated,
              const Case &tried) {
  Comparison comparison(spec, tried);
  const model::Measured measured = model::measure(plugin, spec, tried);
  Amounts amounts;
  amounts.lists = tried.extent.lists;
  amounts.read_lists = model::selects_one(spec) ? 1 : tried.extent.lists;
  amounts.rows = tried.extent.rows;
  amounts.quiet_days = tried.quiet_days;
  comparison.compare("a poll without changes", stated.idle, amounts, measured.idle.requests);
  if (stated.shared != measured.idle.shareable) {
    comparison.tell(stated.shared ? "shared is stated, but some requests are not shareable"
                                  : "all requests are shareable, but shared is not stated");
  }
  // What happened ends the quiet days.
  if (tried.quiet_days > 0) return comparison.good();

  amounts.changed_lists = tried.changed_lists;
  if (spec.emits_new && !spec.edge) {
    amounts.new_rows = tried.new_rows;
    amounts.rows += tried.new_rows;
  } else if (spec.emits_removed) {
    --amounts.rows;
  } else if (spec.watch) {
    amounts.rows += tried.new_rows;
    amounts.watched_rows = amounts.rows > spec.paging.size ? amounts.rows - spec.paging.size : 0;
    // What was behind the first page from the beginning was never watched.
    amounts.watched_rows = std::min<std::uint64_t>(amounts.watched_rows, tried.new_rows);
  }
  comparison.compare("a poll with changes", stated.change, amounts, measured.changed.requests);
  int polls = 1;
  Amounts rest = amounts;
  if (tried.changed_lists < tried.extent.lists && spec.emits_removed) rest.rows = tried.extent.rows;
  for (const model::PollCost &after : measured.after) {
    if (polls++ < stated.change_polls) {
      comparison.compare("the poll after that", stated.change, amounts, after.requests);
    } else if (tried.extent.lists == 1 || tried.extent.rows == 1) {
      comparison.compare("a poll without changes, after that", stated.idle, rest, after.requests);
    }
  }
  const auto &full = stated.full ? stated.full : stated.idle;
  if (tried.extent.lists == 1 || tried.extent.rows == 1)
    comparison.compare("the poll that reads everything", full, rest, measured.full.requests);
  return comparison.good();
}

std::vector<Case> cases_of(const TriggerSpec &spec) {
  constexpr std::size_t several = 150;
  constexpr std::size_t many = 1000;
  std::vector<Case> cases = {{{1, 1}, 1, 1, 0}, {{1, several}, 1, 1, 0}, {{1, many}, 1, 1, 0}};
  if (spec.gate && (spec.gate->several || spec.gate->paging.style != model::PagingStyle::none)) {
    cases.push_back({{several, 1}, 1, 1, 0});
    cases.push_back({{many, 1}, 1, 1, 0});
  }
  if (spec.gate && spec.gate->several) {
    cases.push_back({{several, 1}, 3, 1, 0});
    cases.push_back({{3, several}, 2, 1, 0});
  }
  if (spec.emits_new && !spec.edge) {
    cases.push_back({{1, several}, 1, several, 0});
    cases.push_back({{1, several}, 1, many, 0});
  }
  if (spec.watch) {
    cases.push_back({{1, 100}, 1, 10, 0});
    cases.push_back({{1, 100}, 1, several, 0});
  }
  if (spec.window) cases.push_back({{1, 1}, 1, 1, 10});
  return cases;
}

// With the widest input, and, where that leaves a choice of lists, with one of them.
bool try_trigger(const model::Plugin &plugin, const json::object &trigger,
                 const json::object &defs) {
  const json::object &form = trigger.at("input").as_object();
  const bool free =
      !form.contains("required") && !form.contains("anyOf") && !form.contains("oneOf");
  const json::value *sample = trigger.if_contains("sample_input");
  const StatedCost stated = cpi::manifest::stated_cost(trigger);
  const TriggerSpec widest(trigger, free || sample == nullptr ? json::object{} : *sample, &defs);
  bool good = true;
  for (const Case &tried : cases_of(widest)) good = try_case(plugin, widest, stated, tried) && good;
  if (!free || sample == nullptr || !widest.gate || !widest.gate->several) return good;
  // The filters of the sample would leave out what happens.
  json::object chosen;
  for (const auto &member : sample->as_object()) {
    if (member.key().ends_with("_id")) chosen.insert(member);
  }
  const TriggerSpec one(trigger, chosen, &defs);
  if (!model::selects_one(one)) return good;
  return try_case(plugin, one, stated, {{150, 1}, 1, 1, 0}) && good;
}

int run(const std::vector<std::string> &arguments) {
  std::string only;
  std::uint64_t part = 1;
  std::uint64_t parts = 1;
  for (std::size_t i = 2; i + 1 < arguments.size(); i += 2) {
    if (arguments[i] == "--trigger") only = arguments[i + 1];
    if (arguments[i] == "--part") {
      part = std::stoull(arguments[i + 1]);
      parts = std::stoull(arguments[i + 1].substr(arguments[i + 1].find('/') + 1));
    }
  }
  const auto file = cpi::manifest::read_file(arguments[1]);
  const auto read = cpi::manifest::read_yaml(file.bytes.value_or(""), arguments[1]);
  if (!read.document) throw std::runtime_error(arguments[1] + " is no manifest");
  const model::Plugin plugin(arguments[0]);
  const json::object &defs = read.document->value.at("$defs").as_object();
  int tried = 0;
  int wrong = 0;
  std::uint64_t index = 0;
  for (const json::value &each : read.document->value.at("triggers").as_array()) {
    const json::object &trigger = each.as_object();
    if (!only.empty() && trigger.at("id").as_string() != only) continue;
    if (index++ % parts != part - 1) continue;
    ++tried;
    if (!try_trigger(plugin, trigger, defs)) ++wrong;
  }
  std::cout << tried << " triggers, " << wrong << " with a wrong statement\n";
  return tried == 0 || wrong > 0 ? 1 : 0;
}

}  // namespace

int main(int count, char **values) {
  try {
    const std::vector<std::string> arguments(values + 1, values + count);
    if (arguments.size() < 2 || arguments.size() % 2 != 0) {
      std::cerr << "usage: cost_test PLUGIN.so MANIFEST.yaml [--trigger ID] [--part N/M]\n";
      return 64;
    }
    return run(arguments);
  } catch (const std::exception &error) {
    std::cerr << "cost_test: " << error.what() << '\n';
    return 2;
  }
}
