#include "cpi/language/trigger_templates.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include <boost/json/array.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/language/strategies.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

using Sees = std::vector<std::string_view>;

Sees with(Sees sees, std::string_view more) {
  if (std::ranges::find(sees, more) == sees.end()) sees.push_back(more);
  return sees;
}

// Collects the templates of one object of the trigger.
class TemplateGatherer {
 public:
  TemplateGatherer(const json::object *object, std::string where, std::vector<TriggerTemplate> &out)
      : object_(object), where_(std::move(where)), out_(out) {}

  const json::object *object() const noexcept { return object_; }
  bool has(std::string_view name) const {
    return object_ != nullptr && object_->if_contains(name) != nullptr;
  }
  TemplateGatherer part(std::string_view name) const {
    const json::value *found = object_ != nullptr ? object_->if_contains(name) : nullptr;
    return {found != nullptr ? found->if_object() : nullptr, pointer_join(where_, name), out_};
  }

  void request(std::string_view name, const Sees &sees) const {
    add(TriggerTemplate::Kind::request, name, sees);
  }
  void node(std::string_view name, const Sees &sees, bool of_events = false) const {
    add(TriggerTemplate::Kind::node, name, sees, of_events);
  }
  // [{pointer, in | not_in | min: node} or {any: [the same]}, ...]
  void conditions(std::string_view name, const Sees &sees, bool of_events = false) const {
    const json::value *found = object_ != nullptr ? object_->if_contains(name) : nullptr;
    const json::array *list = found != nullptr ? found->if_array() : nullptr;
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const TemplateGatherer each((*list)[i].if_object(),
                                  pointer_join(pointer_join(where_, name), i), out_);
      each.node("in", sees, of_events);
      each.node("not_in", sees, of_events);
      each.node("min", sees, of_events);
      each.conditions("any", sees, of_events);
    }
  }

 private:
  void add(TriggerTemplate::Kind kind, std::string_view name, const Sees &sees,
           bool of_events = false) const {
    if (!has(name)) return;
    out_.push_back({kind, object_->if_contains(name), pointer_join(where_, name), sees, of_events});
  }

  const json::object *object_;
  std::string where_;
  std::vector<TriggerTemplate> &out_;
};

void gather_own(const TemplateGatherer &own, std::string_view name, const Sees &scope) {
  const Sees inside = with(scope, name);
  for (const auto &member : *own.object()) {
    const std::string_view part = member.key();
    if (part == "request") {
      own.request(part, inside);
    } else if (part == "final") {
      own.conditions(part, inside);
    } else {
      own.node(part, scope);
    }
  }
}

}  // namespace

std::vector<TriggerTemplate> trigger_templates(const json::object &trigger,
                                               std::string_view where) {
  std::vector<TriggerTemplate> out;
  const TemplateGatherer top(&trigger, std::string(where), out);
  const TemplateGatherer detect = top.part("detect");
  const TemplateGatherer gate = detect.part("gate");
  Sees scope;
  if (gate.object() != nullptr) scope = with(std::move(scope), "gate");
  if (gate.has("window")) scope = with(std::move(scope), "window");
  for (const strategies::Row &row : strategies::all) {
    if (!row.shows.empty() && detect.has(row.own)) scope = with(std::move(scope), row.shows);
  }

  gate.request("request", gate.has("window") ? Sees{"window"} : Sees{});
  gate.request("after", scope);
  gate.conditions("where", {});
  top.part("read").request("request", scope);
  detect.conditions("where", scope);
  detect.conditions("when", scope, true);
  detect.node("horizon", scope);
  Sees of_events = scope;
  for (const std::string_view part : {"row", "previous", "delta", "change", "key"}) {
    of_events = with(std::move(of_events), part);
  }
  for (const strategies::Row &row : strategies::all) {
    const TemplateGatherer own = detect.part(row.own);
    if (row.own.empty() || own.object() == nullptr) continue;
    gather_own(own, row.own, scope);
    of_events = with(std::move(of_events), row.own);
  }
  detect.node("subject", of_events, true);
  detect.node("data", of_events, true);
  return out;
}

bool reads_the_same(const json::object &trigger, const Network &network, const json::object &before,
                    const json::object &after) {
  if (before == after) return true;
  if (!trigger.contains("detect") || trigger.contains("handler")) return false;
  std::set<std::string, std::less<>> of_events;
  std::set<std::string, std::less<>> of_reading;
  for (const TriggerTemplate &each : trigger_templates(trigger, {})) {
    Problems problems;
    const std::vector<Read> reads =
        each.kind == TriggerTemplate::Kind::request
            ? RequestTemplate::compile(*each.value, network, true, each.place, false, problems)
                  .reads()
            : Placement::compile(*each.value, each.place, problems).reads();
    if (!problems.empty()) return false;
    for (const Read &read : reads) {
      if (read.tokens.empty() || read.tokens.front() != "input") continue;
      // The whole input, or an unknown member of it.
      if (read.tokens.size() == 1 || read.tokens[1] == "*") return false;
      (each.of_events ? of_events : of_reading).insert(read.tokens[1]);
    }
  }
  const auto only_of_events = [&](const json::object &from, const json::object &to) {
    return std::ranges::all_of(from, [&](const auto &member) {
      const std::string_view name = member.key();
      const json::value *other = to.if_contains(name);
      return (other != nullptr && *other == member.value()) ||
             (of_events.contains(name) && !of_reading.contains(name));
    });
  };
  return only_of_events(before, after) && only_of_events(after, before);
}

void check_scope(const TriggerTemplate &where, const std::vector<Read> &reads, Problems &problems) {
  for (const Read &read : reads) {
    if (read.tokens.empty() || read.tokens.front() == "input") continue;
    if (std::ranges::find(where.sees, read.tokens.front()) != where.sees.end()) continue;
    std::string seen = "/input";
    for (const std::string_view each : where.sees) seen += ", /" + std::string(each);
    problems.add(read.place, '"' + read.text + "\" is not seen here; what is seen: " + seen);
  }
}

}  // namespace cpi
