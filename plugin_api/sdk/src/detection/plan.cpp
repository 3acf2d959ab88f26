#include "cpi/sdk/detection/plan.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

namespace cpi::detection {

namespace json = boost::json;

namespace {

[[noreturn]] void refuse(std::string_view where, const std::string &why) {
  throw std::invalid_argument(std::string(where) + ": " + why);
}

// One object of the manifest and its place there.
class Part {
 public:
  Part(const json::value &value, std::string where) : where_(std::move(where)) {
    if (!value.is_object()) refuse(where_, "must be an object");
    object_ = &value.get_object();
  }

  const std::string &where() const noexcept { return where_; }
  std::string at(std::string_view name) const { return pointer_join(where_, name); }

  void only(std::initializer_list<std::string_view> names) const {
    for (const auto &member : *object_) {
      if (std::ranges::find(names, std::string_view(member.key())) == names.end()) {
        refuse(at(member.key()), "is not known here");
      }
    }
  }

  const json::value *find(std::string_view name) const { return object_->if_contains(name); }
  const json::value &need(std::string_view name) const {
    const json::value *value = find(name);
    if (value == nullptr) refuse(where_, "has no " + std::string(name));
    return *value;
  }
  Part part(std::string_view name) const { return {need(name), at(name)}; }

  std::string text(std::string_view name) const {
    const json::value &value = need(name);
    if (!value.is_string()) refuse(at(name), "must be text");
    return std::string(value.get_string());
  }
  bool yes(std::string_view name, bool otherwise) const {
    const json::value *value = find(name);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) refuse(at(name), "must be true or false");
    return value->get_bool();
  }
  std::int64_t whole(std::string_view name, std::int64_t otherwise, std::int64_t least,
                     std::int64_t most) const {
    const json::value *value = find(name);
    if (value == nullptr) return otherwise;
    if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most) {
      refuse(at(name), "must be a whole number from " + std::to_string(least) + " to " +
                           std::to_string(most));
    }
    return value->get_int64();
  }
  Placement node(std::string_view name) const { return Placement::compile(need(name), at(name)); }
  Pointer pointer(std::string_view name) const { return Pointer::compile(text(name), at(name)); }

  std::vector<Pointer> pointers(std::string_view name) const {
    std::vector<Pointer> out;
    for (const json::value &each : list(name)) {
      const std::string place = pointer_join(at(name), out.size());
      if (!each.is_string()) refuse(place, "must be a JSON Pointer");
      out.push_back(Pointer::compile(each.get_string(), place));
    }
    return out;
  }
  const json::array &list(std::string_view name) const {
    const json::value &value = need(name);
    if (!value.is_array()) refuse(at(name), "must be a list");
    return value.get_array();
  }

 private:
  std::string where_;
  const json::object *object_ = nullptr;
};

std::vector<std::size_t> slots(const std::vector<Pointer> &pointers, RowLayout &layout) {
  std::vector<std::size_t> out;
  out.reserve(pointers.size());
  for (const Pointer &pointer : pointers) out.push_back(layout.want(pointer));
  return out;
}

std::vector<Condition> conditions(const Part &from, std::string_view name, RowLayout &layout) {
  std::vector<Condition> out;
  if (from.find(name) == nullptr) return out;
  std::size_t index = 0;
  for (const json::value &each : from.list(name)) {
    const Part part(each, pointer_join(from.at(name), index++));
    part.only({"pointer", "in", "not_in"});
    const bool negated = part.find("not_in") != nullptr;
    if (negated == (part.find("in") != nullptr)) {
      refuse(part.where(), "needs one of in and not_in");
    }
    out.push_back({.slot = layout.want(part.pointer("pointer")),
                   .negated = negated,
                   .values = part.node(negated ? "not_in" : "in")});
  }
  return out;
}

Strategy strategy_named(const Part &detect) {
  constexpr std::pair<std::string_view, Strategy> names[] = {
      {"set", Strategy::set},     {"top", Strategy::top}, {"hash", Strategy::hash},
      {"watch", Strategy::watch}, {"win", Strategy::win}, {"edge", Strategy::edge}};
  const std::string name = detect.text("strategy");
  for (const auto &[known, strategy] : names) {
    if (name == known) return strategy;
  }
  refuse(detect.at("strategy"), "must be set, top, hash, watch, win or edge");
}

void compile_emits(const Part &detect, PollPlan &plan) {
  if (detect.find("emits") == nullptr) {
    const bool compares = plan.strategy == Strategy::hash || plan.strategy == Strategy::watch;
    plan.emits_changed = compares || plan.strategy == Strategy::edge;
    plan.emits_new = !plan.emits_changed;
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
      refuse(place, "must be new, changed or removed");
    }
  }
  if (index == 0) refuse(detect.at("emits"), "must name something");
  if (plan.strategy == Strategy::edge && (plan.emits_new || plan.emits_removed)) {
    refuse(detect.at("emits"), "an edge only emits changed");
  }
  const bool partial = plan.strategy == Strategy::win || plan.strategy == Strategy::watch;
  if (plan.emits_removed && partial) {
    refuse(detect.at("emits"),
           "this strategy does not read the whole list, so it cannot tell "
           "what was removed");
  }
}

EdgePlan compile_edge(const Part &part, RowLayout &layout) {
  part.only({"value", "as", "below", "above", "rearm"});
  EdgePlan edge;
  if (part.need("value").is_object()) {
    const Part choice = part.part("value");
    choice.only({"of", "by"});
    const Part of = choice.part("of");
    for (const auto &member : choice.need("of").get_object()) {
      edge.values.emplace_back(member.key(), layout.want(of.pointer(member.key())));
    }
    edge.chosen = choice.node("by");
  } else {
    edge.values.emplace_back("", layout.want(part.pointer("value")));
  }
  if (part.find("as") != nullptr) {
    const std::string as = part.text("as");
    if (as != "number" && as != "days_left") refuse(part.at("as"), "must be number or days_left");
    edge.days_left = as == "days_left";
  }
  edge.above = part.find("above") != nullptr;
  if (edge.above == (part.find("below") != nullptr)) {
    refuse(part.where(), "needs one of below and above");
  }
  edge.threshold = part.node(edge.above ? "above" : "below");
  if (part.find("rearm") != nullptr) edge.rearm = part.node("rearm");
  return edge;
}

GatePlan compile_gate(const Part &part, const Service &service) {
  part.only(
      {"request", "paging", "key", "counters", "where", "each", "after", "missing", "window"});
  GatePlan gate;
  gate.request =
      RequestTemplate::compile(part.need("request"), service.network, true, part.at("request"));
  if (const json::value *paging = part.find("paging")) {
    gate.paging = Paging::compile(*paging, part.at("paging"));
  }
  gate.layout.set_rows(gate.paging.rows);
  if (gate.paging.total) gate.layout.set_total(*gate.paging.total);
  if (part.find("key") != nullptr) gate.key = slots(part.pointers("key"), gate.layout);
  gate.each = part.yes("each", !gate.key.empty());
  if (gate.each && gate.key.empty()) refuse(part.where(), "has no key for each");
  if (part.find("counters") != nullptr) {
    gate.counters = slots(part.pointers("counters"), gate.layout);
  }
  if (!gate.each && gate.counters.empty()) refuse(part.where(), "has no counters to compare");
  gate.where = conditions(part, "where", gate.layout);
  if (const json::value *after = part.find("after")) {
    gate.after = RequestTemplate::compile(*after, service.network, true, part.at("after"));
  }
  if (part.find("missing") != nullptr) gate.missing = part.text("missing");
  if (part.find("window") != nullptr) {
    const Part window = part.part("window");
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

WatchPlan compile_watch(const Part &part, const Service &service, RowLayout &layout) {
  part.only({"request", "answer_rows", "final", "max", "batch", "give_up_days"});
  WatchPlan watch;
  watch.request =
      RequestTemplate::compile(part.need("request"), service.network, true, part.at("request"));
  if (part.find("answer_rows") != nullptr) watch.paging.rows = part.pointer("answer_rows");
  watch.final = conditions(part, "final", layout);
  watch.max = static_cast<std::size_t>(part.whole("max", 20, 1, 10'000));
  watch.batch = static_cast<std::size_t>(part.whole("batch", 1, 1, 10'000));
  watch.give_up_days = static_cast<int>(part.whole("give_up_days", 0, 0, 3650));
  return watch;
}

bool is_only_an_object(const json::value *type) {
  if (type == nullptr) return false;
  if (type->is_string()) return type->get_string() == "object";
  const auto *types = type->if_array();
  return types != nullptr && !types->empty() && std::ranges::all_of(*types, [](const auto &each) {
           return each == "object" || each == "null";
         });
}

// Where a schema allows an object and no list: there [] is how PHP writes {}.
void find_objects(const json::value &schema, const json::object &defs, const std::string &at,
                  int depth, json::array &out) {
  constexpr int deepest = 12;
  const auto *object = schema.if_object();
  if (object == nullptr || depth > deepest) return;
  if (const auto *ref = object->if_contains("$ref"); ref != nullptr && ref->is_string()) {
    constexpr std::string_view prefix = "#/$defs/";
    const std::string_view name = ref->get_string();
    const auto *def =
        name.starts_with(prefix) ? defs.if_contains(name.substr(prefix.size())) : nullptr;
    if (def != nullptr) find_objects(*def, defs, at, depth + 1, out);
    return;
  }
  if (!at.empty() && is_only_an_object(object->if_contains("type"))) out.emplace_back(at);
  if (const auto *properties = object->if_contains("properties");
      properties != nullptr && properties->is_object()) {
    for (const auto &member : properties->get_object()) {
      find_objects(member.value(), defs, pointer_join(at, member.key()), depth + 1, out);
    }
  }
  for (const char *name : {"items", "additionalProperties"}) {
    if (const auto *each = object->if_contains(name)) {
      find_objects(*each, defs, at + "/*", depth + 1, out);
    }
  }
}

// The same for objects that differ only in the order of their members.
std::uint64_t digest_of(const json::value &value) {
  constexpr DigestKey key = {0x706c616e, 0x66696e67};
  const auto mix = [&](std::uint64_t a, std::uint64_t b) {
    const std::uint64_t both[2] = {a, b};
    return siphash(key, {reinterpret_cast<const char *>(both), sizeof both});
  };
  if (const auto *object = value.if_object()) {
    std::uint64_t sum = 1;
    for (const auto &member : *object) {
      sum += mix(siphash(key, std::string_view(member.key())), digest_of(member.value()));
    }
    return mix(sum, 'o');
  }
  if (const auto *list = value.if_array()) {
    std::uint64_t sum = 2;
    for (const auto &element : *list) sum = mix(sum, digest_of(element));
    return mix(sum, 'l');
  }
  const Scalar scalar = to_scalar(value);
  return mix(siphash(key, scalar.text), static_cast<std::uint64_t>(scalar.kind));
}

// What a cursor depends on: everything but how events look, and how much is read at once.
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
    for (const char *name : {"request", "paging", "after", "missing"}) kept.erase(name);
  }
  if (const auto *dedupe = trigger.if_contains("dedupe")) relevant.emplace("dedupe", *dedupe);
  return static_cast<std::uint32_t>(digest_of(relevant));
}

}  // namespace

PollPlan PollPlan::compile(const json::object &trigger, std::shared_ptr<const Service> service,
                           std::string_view where) {
  const json::value whole(trigger);
  const Part top(whole, std::string(where));
  const Part read = top.part("read");
  const Part detect = top.part("detect");
  read.only({"request", "paging", "answer"});
  detect.only({"strategy", "key", "key_case", "emits", "where", "when", "order", "remember",
               "version", "absent", "pages", "horizon", "window", "watch", "edge", "gate", "limit",
               "subject", "data"});

  PollPlan plan;
  if (top.find("id") != nullptr) plan.id = top.text("id");
  plan.service = service;
  plan.request =
      RequestTemplate::compile(read.need("request"), service->network, true, read.at("request"));
  if (const json::value *paging = read.find("paging")) {
    plan.paging = Paging::compile(*paging, read.at("paging"));
  }
  plan.layout.set_rows(plan.paging.rows);
  if (plan.paging.total) plan.layout.set_total(*plan.paging.total);
  if (const json::value *answer = read.find("answer")) {
    plan.answer = AnswerShape::compile(*answer, read.at("answer"));
  }

  plan.strategy = strategy_named(detect);
  compile_emits(detect, plan);
  std::vector<Pointer> key;
  if (detect.find("key") != nullptr) {
    key = detect.pointers("key");
  } else if (top.find("dedupe") != nullptr && top.part("dedupe").find("key") != nullptr) {
    key = top.part("dedupe").pointers("key");
  }
  if (key.empty() && plan.strategy != Strategy::edge) refuse(detect.where(), "has no key");
  plan.key = slots(key, plan.layout);
  if (detect.find("key_case") != nullptr) {
    if (detect.text("key_case") != "lower") refuse(detect.at("key_case"), "must be lower");
    plan.lower_key = true;
  }

  plan.where = conditions(detect, "where", plan.layout);
  plan.when = conditions(detect, "when", plan.layout);
  if (detect.find("order") != nullptr) {
    const Part order = detect.part("order");
    order.only({"by"});
    plan.order = plan.layout.want(order.pointer("by"));
  } else if (plan.strategy == Strategy::top) {
    refuse(detect.where(), "top has no order");
  }
  plan.keeps_key = plan.emits_removed;
  if (detect.find("remember") != nullptr) {
    for (Pointer &pointer : detect.pointers("remember")) {
      const std::size_t slot = plan.layout.want(pointer);
      plan.remember.emplace_back(std::move(pointer), slot);
    }
  }
  if (plan.keeps_key) {
    // First, and whole: of what is gone nothing else tells its name.
    for (std::size_t i = key.size(); i-- > 0;) {
      std::erase_if(plan.remember, [&](const auto &kept) { return kept.second == plan.key[i]; });
      plan.remember.emplace(plan.remember.begin(), std::move(key[i]), plan.key[i]);
    }
  }
  if (detect.find("version") != nullptr) {
    plan.version = slots(detect.pointers("version"), plan.layout);
  }
  const bool compares = plan.emits_changed && plan.strategy != Strategy::edge;
  if (compares && plan.version.empty() &&
      plan.remember.size() <= (plan.keeps_key ? key.size() : 0)) {
    refuse(detect.where(), "has neither remember nor version, so nothing can be seen to change");
  }

  plan.absent = static_cast<unsigned>(detect.whole("absent", 2, 1, 3));
  plan.pages = static_cast<std::size_t>(
      detect.whole("pages", plan.strategy == Strategy::watch ? 1 : 0, 0, 100'000));
  plan.limit = static_cast<std::size_t>(detect.whole("limit", 200'000, 1, 5'000'000));
  if (plan.emits_removed && (plan.pages > 0 || detect.find("horizon") != nullptr)) {
    refuse(detect.where(),
           "pages and horizon leave rows out, so nothing can be seen to be removed");
  }
  if (detect.find("horizon") != nullptr) {
    const Part horizon = detect.part("horizon");
    horizon.only({"by", "days"});
    plan.horizon =
        HorizonPlan{.by = plan.layout.want(horizon.pointer("by")), .days = horizon.node("days")};
  }
  if (plan.strategy == Strategy::win) {
    const Part window = detect.part("window");
    window.only({"by", "back_days", "ahead_days", "each_day"});
    plan.window = WindowPlan{.by = plan.layout.want(window.pointer("by")),
                             .back_days = static_cast<int>(window.whole("back_days", 1, 1, 3650)),
                             .ahead_days = static_cast<int>(window.whole("ahead_days", 1, 1, 3650)),
                             .each_day = window.yes("each_day", false)};
  } else if (detect.find("window") != nullptr) {
    refuse(detect.at("window"), "belongs to the strategy win");
  }
  if (plan.strategy == Strategy::edge) {
    plan.edge = compile_edge(detect.part("edge"), plan.layout);
  } else if (detect.find("edge") != nullptr) {
    refuse(detect.at("edge"), "belongs to the strategy edge");
  }
  if (plan.strategy == Strategy::watch) {
    if (plan.key.size() != 1) refuse(detect.where(), "watch needs a key of one pointer");
    plan.watch = compile_watch(detect.part("watch"), *service, plan.layout);
  } else if (detect.find("watch") != nullptr) {
    refuse(detect.at("watch"), "belongs to the strategy watch");
  }
  if (detect.find("gate") != nullptr) plan.gate = compile_gate(detect.part("gate"), *service);
  if (plan.watch) {
    // Every slot is known only now.
    plan.watch->layout = plan.layout;
    plan.watch->layout.set_rows(plan.watch->paging.rows);
    plan.watch->layout.allow_single(plan.key);
  }
  if (plan.paging.style == PagingStyle::none) plan.layout.allow_single(plan.key);

  if (detect.find("subject") != nullptr) {
    std::size_t index = 0;
    for (const json::value &each : detect.list("subject")) {
      plan.subject.push_back(Placement::compile(each, pointer_join(detect.at("subject"), index++)));
    }
  }
  if (detect.find("data") != nullptr) plan.data = detect.node("data");
  if (const json::value *output = top.find("output")) {
    json::array objects;
    find_objects(*output, service->defs, "", 0, objects);
    plan.output =
        AnswerShape::compile(json::object{{"objects", std::move(objects)}}, top.at("output"));
  }

  plan.shape.version = !plan.version.empty() || plan.strategy == Strategy::win ||
                       plan.strategy == Strategy::edge ||
                       (plan.watch && plan.watch->give_up_days > 0);
  if (plan.watch && plan.watch->give_up_days > 0 && !plan.version.empty()) {
    refuse(detect.at("version"), "cannot be had together with give_up_days: use remember");
  }
  if (plan.strategy == Strategy::win && !plan.version.empty()) {
    refuse(detect.at("version"), "cannot be had with win: use remember, or a longer key");
  }
  if (plan.strategy == Strategy::edge && !plan.version.empty()) {
    refuse(detect.at("version"), "has no meaning for an edge");
  }
  plan.shape.values = !plan.remember.empty() || plan.watch.has_value();
  plan.fingerprint = fingerprint_of(trigger, top.need("detect").get_object());
  return plan;
}

}  // namespace cpi::detection
