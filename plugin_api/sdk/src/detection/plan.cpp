#include "cpi/sdk/detection/plan.hpp"

#include <algorithm>
#include <iterator>

#include "cpi/language/failure.hpp"
#include "cpi/language/strategies.hpp"
#include "cpi/language/trigger_templates.hpp"
#include "strategy.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

// Null where it was refused.
const Strategy *strategy_named(const PlanPart &detect) {
  const std::string name = detect.text("strategy");
  const Strategy *strategy = find_strategy(name);
  if (strategy != nullptr || name.empty()) return strategy;
  std::string names;
  for (std::size_t i = 0; i < std::size(strategies::all); ++i) {
    const bool last = i + 1 == std::size(strategies::all);
    names += (i == 0 ? "" : last ? " or " : ", ") + std::string(strategies::all[i].name);
  }
  detect.refuse("strategy", "must be " + names);
  return nullptr;
}

void compile_emits(const PlanPart &detect, PollPlan &plan) {
  const Strategy &strategy = *plan.strategy;
  if (!detect.has("emits")) {
    plan.emits_new = strategy.usual.fresh;
    plan.emits_changed = strategy.usual.changed;
    plan.emits_removed = strategy.usual.removed;
    return;
  }
  std::size_t index = 0;
  for (const json::value &each : detect.list("emits")) {
    const std::string place = pointer_join(detect.at("emits"), index++);
    const std::string_view name =
        each.is_string() ? std::string_view(each.get_string()) : std::string_view();
    if (name == "new") {
      plan.emits_new = true;
    } else if (name == "changed") {
      plan.emits_changed = true;
    } else if (name == "removed") {
      plan.emits_removed = true;
    } else {
      detect.problems().add(place, "must be new, changed or removed");
    }
  }
  if (index == 0) detect.refuse("emits", "must name something");
  const bool impossible = (plan.emits_new && !strategy.possible.fresh) ||
                          (plan.emits_changed && !strategy.possible.changed) ||
                          (plan.emits_removed && !strategy.possible.removed);
  if (impossible) detect.refuse("emits", std::string(strategy.limit));
}

GatePlan compile_gate(const PlanPart &part, const Service &service) {
  part.only({"request", "paging", "key", "counters", "count", "where", "each", "after", "missing",
             "window"});
  GatePlan gate;
  gate.request = part.request("request", service);
  gate.paging = part.paging("paging");
  gate.layout.set_rows(gate.paging.rows);
  if (gate.paging.total) gate.layout.set_total(*gate.paging.total);
  if (part.find("key") != nullptr) gate.key = slots_of(part.pointers("key"), gate.layout);
  gate.each = part.yes("each", !gate.key.empty());
  if (gate.each && gate.key.empty()) part.refuse("has no key for each");
  if (part.find("counters") != nullptr) {
    gate.counters = slots_of(part.pointers("counters"), gate.layout);
  }
  if (part.find("count") != nullptr) {
    gate.count = slots_of(part.pointers("count"), gate.layout);
    for (const std::size_t slot : gate.count) {
      const auto at = std::ranges::find(gate.counters, slot);
      if (at == gate.counters.end()) continue;
      gate.counts_at.push_back(static_cast<std::size_t>(at - gate.counters.begin()));
    }
  }
  if (!gate.each && gate.counters.empty()) part.refuse("has no counters to compare");
  gate.where = conditions_in(part, "where", gate.layout);
  if (part.has("after")) gate.after = part.request("after", service);
  if (part.find("missing") != nullptr) gate.missing = part.text("missing");
  if (part.find("window") != nullptr) {
    const PlanPart window = part.part("window");
    window.only({"by", "back_days", "ahead_days"});
    gate.window =
        GateWindow{.by = gate.layout.want(window.pointer("by")),
                   .back_days = static_cast<int>(window.whole("back_days", 1, 1, 3650)),
                   .ahead_days = static_cast<int>(window.whole("ahead_days", 1, 1, 3650))};
  }
  gate.after_layout = gate.layout;
  gate.after_layout.allow_single(gate.key);
  if (gate.paging.style == PagingStyle::none) gate.layout.allow_single(gate.key);
  return gate;
}

// The same for objects that differ only in the order of their members.
std::uint64_t digest_of_document(const json::value &value) {
  constexpr DigestKey key = {0x706c616e, 0x66696e67};
  const auto mix = [&](std::uint64_t a, std::uint64_t b) {
    const std::uint64_t both[2] = {a, b};
    return siphash(key, {reinterpret_cast<const char *>(both), sizeof both});
  };
  if (const auto *object = value.if_object()) {
    std::uint64_t sum = 1;
    for (const auto &member : *object) {
      sum += mix(siphash(key, std::string_view(member.key())), digest_of_document(member.value()));
    }
    return mix(sum, 'o');
  }
  if (const auto *list = value.if_array()) {
    std::uint64_t sum = 2;
    for (const auto &element : *list) sum = mix(sum, digest_of_document(element));
    return mix(sum, 'l');
  }
  const Scalar scalar = to_scalar(value);
  return mix(siphash(key, scalar.text), static_cast<std::uint64_t>(scalar.kind));
}

// Everything that a cursor depends on: all except the form of events and the size of pages.
std::uint32_t fingerprint_of(const json::object &trigger, const json::object &detect) {
  json::object relevant;
  for (const auto &member : detect) {
    const std::string_view name = member.key();
    const bool looks = name == "subject" || name == "data" || name == "when" || name == "limit" ||
                       name == "absent";
    if (!looks) relevant.emplace(name, member.value());
  }
  if (auto *watch = relevant.if_contains("watch")) *watch = true;
  if (auto *gate = relevant.if_contains("gate")) {
    auto &kept = gate->as_object();
    for (const char *name : {"request", "paging", "count", "after", "missing"}) kept.erase(name);
  }
  if (const auto *dedupe = trigger.if_contains("dedupe")) relevant.emplace("dedupe", *dedupe);
  return static_cast<std::uint32_t>(digest_of_document(relevant));
}

void find_scalar(const json::value &value, const json::value &scalar, const std::string &at,
                 std::vector<std::string> &places) {
  if (const json::object *object = value.if_object()) {
    for (const auto &member : *object) {
      find_scalar(member.value(), scalar, pointer_join(at, member.key()), places);
    }
  } else if (!value.is_array() && value == scalar) {
    places.push_back(at);
  }
}

// False if the output has another type than that of `key` where an event has what is at `pointer`
// of `part` ("row", "gate").
bool takes_as_key(const PollPlan &plan, const Schema &output, std::string_view part,
                  const Pointer &pointer, const json::value &key) {
  json::value held = key;
  for (std::size_t i = pointer.tokens().size(); i-- > 0;) {
    json::object holder;
    holder.emplace(pointer.tokens()[i], std::move(held));
    held = std::move(holder);
  }
  json::object scope;
  scope.emplace(part, std::move(held));
  json::value data = json::object{};
  try {
    if (plan.data) {
      data = plan.data->place(Scope{scope}).value_or(json::object{});
    } else if (const json::value *row = scope.if_contains("row")) {
      data = *row;
    }
  } catch (const Failure &) {
    return true;  // an encoder does not take it; it is not for keys
  }
  std::vector<std::string> places;
  find_scalar(data, key, "", places);
  const Violations violations = output.validate(data);
  return std::ranges::none_of(violations.listed, [&](const Violation &each) {
    return each.keyword == "type" && std::ranges::find(places, each.pointer) != places.end();
  });
}

// A key that the output describes as a number is one, or no key: what identifies is not left out
// of events.
void want_number_of_output(const PollPlan &plan, const Schema &output, std::string_view part,
                           const Pointer &pointer, std::size_t slot, RowLayout &layout) {
  if (pointer.tokens().empty()) return;
  if (takes_as_key(plan, output, part, pointer, "text in place of a key")) return;
  layout.want_number(slot, !takes_as_key(plan, output, part, pointer, 0.5));
}

// Every pointer must lead into what its template will see. The templates themselves were compiled.
void check_scopes(const json::object &trigger, const Network &network, std::string_view where,
                  Problems &problems) {
  Problems known;
  for (const TriggerTemplate &each : trigger_templates(trigger, where)) {
    const auto reads =
        each.kind == TriggerTemplate::Kind::request
            ? RequestTemplate::compile(*each.value, network, true, each.place, false, known).reads()
            : Placement::compile(*each.value, each.place, known).reads();
    check_scope(each, reads, problems);
  }
}

}  // namespace

PollPlan PollPlan::compile(const json::object &trigger, std::shared_ptr<const Service> service,
                           std::string_view where) {
  Problems problems;
  PollPlan plan = compile(trigger, std::move(service), where, problems);
  problems.throw_first();
  return plan;
}

PollPlan PollPlan::compile(const json::object &trigger, std::shared_ptr<const Service> service,
                           std::string_view where, Problems &problems) {
  const json::value whole(trigger);
  const PlanPart top(whole, std::string(where), problems);
  const PlanPart read = top.part("read");
  const PlanPart detect = top.part("detect");
  read.only({"request", "paging", "answer"});

  PollPlan plan;
  if (top.find("id") != nullptr) plan.id = top.text("id");
  plan.service = service;
  plan.request = read.request("request", *service);
  plan.paging = read.paging("paging");
  plan.layout.set_rows(plan.paging.rows);
  if (plan.paging.total) plan.layout.set_total(*plan.paging.total);
  if (const json::value *answer = read.find("answer")) {
    plan.answer = AnswerShape::compile(*answer, read.at("answer"), problems);
  }

  plan.strategy = strategy_named(detect);
  if (plan.strategy == nullptr) return plan;
  const Strategy &strategy = *plan.strategy;
  check_own_members(detect, strategy);
  detect.only({"strategy", "key", "key_case", "emits", "where", "when", "order", "remember",
               "version", "absent", "pages", "horizon", "gate", "limit", "subject", "data",
               own_member(strategy).empty() ? "strategy" : own_member(strategy)});
  compile_emits(detect, plan);
  std::vector<Pointer> key;
  if (detect.find("key") != nullptr) {
    key = detect.pointers("key");
  } else if (top.find("dedupe") != nullptr && top.part("dedupe").find("key") != nullptr) {
    key = top.part("dedupe").pointers("key");
  }
  if (key.empty() && strategy.needs_key) detect.refuse("has no key");
  plan.key = slots_of(key, plan.layout);
  if (detect.find("key_case") != nullptr) {
    if (detect.text("key_case") != "lower") detect.refuse("key_case", "must be lower");
    plan.lower_key = true;
  }

  plan.where = conditions_in(detect, "where", plan.layout);
  plan.when = conditions_in(detect, "when", plan.layout);
  if (detect.find("order") != nullptr) {
    const PlanPart order = detect.part("order");
    order.only({"by"});
    plan.order = plan.layout.want(order.pointer("by"));
  } else if (strategy.needs_order) {
    detect.refuse(detect.text("strategy") + " has no order");
  }
  plan.keeps_key = plan.emits_removed;
  if (detect.find("remember") != nullptr) {
    for (Pointer &pointer : detect.pointers("remember")) {
      const std::size_t slot = plan.layout.want(pointer);
      plan.remember.emplace_back(std::move(pointer), slot);
    }
  }
  if (plan.keeps_key) {
    // First, and complete: only these values identify a removed row.
    for (std::size_t i = key.size(); i-- > 0;) {
      std::erase_if(plan.remember, [&](const auto &kept) { return kept.second == plan.key[i]; });
      plan.remember.emplace(plan.remember.begin(), key[i], plan.key[i]);
    }
  }
  if (detect.find("version") != nullptr) {
    plan.version = slots_of(detect.pointers("version"), plan.layout);
  }
  const bool compares = plan.emits_changed && strategy.compares_values;
  if (compares && plan.version.empty() &&
      plan.remember.size() <= (plan.keeps_key ? key.size() : 0)) {
    detect.refuse("has neither remember nor version, so nothing can be seen to change");
  }

  plan.absent = static_cast<unsigned>(detect.whole("absent", 2, 1, 3));
  plan.pages = static_cast<std::size_t>(
      detect.whole("pages", static_cast<std::int64_t>(strategy.pages), 0, 100'000));
  plan.limit =
      static_cast<std::size_t>(detect.whole("limit", strategies::remembered_rows, 1, 5'000'000));
  if (plan.emits_removed && (plan.pages > 0 || detect.find("horizon") != nullptr)) {
    detect.refuse("pages and horizon leave rows out, so nothing can be seen to be removed");
  }
  if (detect.find("horizon") != nullptr) {
    const PlanPart horizon = detect.part("horizon");
    horizon.only({"by", "days"});
    plan.horizon =
        HorizonPlan{.by = plan.layout.want(horizon.pointer("by")), .days = horizon.node("days")};
  }
  if (strategy.compile != nullptr) {
    strategy.compile(detect.part(own_member(strategy)), plan, *service);
  }
  if (detect.find("gate") != nullptr) plan.gate = compile_gate(detect.part("gate"), *service);
  if (detect.find("data") != nullptr) plan.data = detect.node("data");
  if (const json::value *output = top.find("output"); output != nullptr && problems.empty()) {
    const Schema schema =
        Schema::compile(*output, service->defs, top.at("output"), UnknownFormats::ignored);
    for (std::size_t i = 0; i < key.size(); ++i) {
      want_number_of_output(plan, schema, "row", key[i], plan.key[i], plan.layout);
    }
    const std::vector<Pointer> parents = plan.gate && !plan.gate->key.empty()
                                             ? detect.part("gate").pointers("key")
                                             : std::vector<Pointer>();
    for (std::size_t i = 0; i < parents.size(); ++i) {
      const std::size_t slot = plan.gate->key[i];
      want_number_of_output(plan, schema, "gate", parents[i], slot, plan.gate->layout);
      want_number_of_output(plan, schema, "gate", parents[i], slot, plan.gate->after_layout);
    }
  }
  if (plan.watch) {
    // All slots are known only here.
    plan.watch->layout = plan.layout;
    plan.watch->layout.set_rows(plan.watch->paging.rows);
    plan.watch->layout.allow_single(plan.key);
  }
  if (plan.paging.style == PagingStyle::none) plan.layout.allow_single(plan.key);

  if (detect.find("subject") != nullptr) {
    std::size_t index = 0;
    for (const json::value &each : detect.list("subject")) {
      plan.subject.push_back(
          Placement::compile(each, pointer_join(detect.at("subject"), index++), problems));
    }
  }
  if (const json::value *output = top.find("output")) {
    plan.output = OutputForm::compile(*output, service->defs, top.at("output"));
    plan.stamps = StampedTimes::compile(output, service->defs);
  }

  const bool dated = plan.watch && plan.watch->give_up_days > 0;
  plan.shape.version = !plan.version.empty() || strategy.keeps_version || dated;
  if (dated && !plan.version.empty()) {
    detect.refuse("version", "cannot be had together with give_up_days: use remember");
  }
  if (!strategy.no_version.empty() && !plan.version.empty()) {
    detect.refuse("version", std::string(strategy.no_version));
  }
  plan.shape.values = !plan.remember.empty() || plan.watch.has_value();
  check_scopes(trigger, service->network, where, problems);
  if (problems.empty()) plan.fingerprint = fingerprint_of(trigger, *detect.object());
  return plan;
}

}  // namespace cpi::detection
