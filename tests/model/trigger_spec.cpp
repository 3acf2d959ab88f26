#include "trigger_spec.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <system_error>

namespace model {
namespace {

std::string_view view_of(const json::string &text) {
  return {text.data(), text.size()};
}

const json::object &object_in(const json::object &object, std::string_view name) {
  static const json::object none;
  const json::value *found = object.if_contains(name);
  return found == nullptr ? none : found->as_object();
}

std::string text_in(const json::object &object, std::string_view name, std::string_view otherwise) {
  const json::value *found = object.if_contains(name);
  return found == nullptr ? std::string(otherwise) : std::string(view_of(found->as_string()));
}

std::int64_t whole_in(const json::object &object, std::string_view name, std::int64_t otherwise) {
  const json::value *found = object.if_contains(name);
  return found == nullptr ? otherwise : found->to_number<std::int64_t>();
}

std::vector<Tokens> pointers_in(const json::object &object, std::string_view name) {
  std::vector<Tokens> pointers;
  if (const json::value *list = object.if_contains(name)) {
    for (const json::value &each : list->as_array()) pointers.push_back(tokens_of(text_of(each)));
  }
  return pointers;
}

std::vector<json::value> as_list(const json::value &value) {
  if (const json::array *list = value.if_array()) return {list->begin(), list->end()};
  return {value};
}

std::vector<Condition> conditions_in(const json::object &object, std::string_view name,
                                     const json::value &input) {
  std::vector<Condition> conditions;
  const json::value *list = object.if_contains(name);
  if (list == nullptr) return conditions;
  for (const json::value &each : list->as_array()) {
    const json::object &given = each.as_object();
    if (given.contains("any")) {
      std::vector<Condition> any = conditions_in(given, "any", input);
      if (any.empty()) continue;
      Condition first = std::move(any.front());
      first.others.assign(std::make_move_iterator(any.begin() + 1),
                          std::make_move_iterator(any.end()));
      conditions.push_back(std::move(first));
      continue;
    }
    const bool negated = given.contains("not_in");
    const bool least = given.contains("min");
    const auto values = placed(given.at(negated ? "not_in" : least ? "min" : "in"), input);
    if (!values) continue;  // a condition on a field that was left empty
    conditions.push_back({.pointer = tokens_of(text_of(given.at("pointer"))),
                          .negated = negated,
                          .least = least,
                          .values = as_list(*values),
                          .others = {}});
  }
  return conditions;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      int byte = 0;
      std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// name[]=1&name[]=2 is one list.
json::object query_of(std::string_view target) {
  json::object query;
  const std::size_t mark = target.find('?');
  std::string_view rest =
      mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    std::string name = decoded(pair.substr(0, equals));
    json::value value(equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1)));
    if (name.ends_with("[]")) {
      name.resize(name.size() - 2);
      if (!query.contains(name)) query[name] = json::array{};
      query[name].as_array().push_back(std::move(value));
    } else {
      query[name] = std::move(value);
    }
  }
  return query;
}

bool is_placement(const json::object &node) {
  return std::ranges::any_of(node,
                             [](const auto &member) { return member.key().starts_with('$'); });
}

// Walks a node and what was made of it side by side.
void capture(const json::value &node, const json::value &made, Captures &out) {
  const json::object *object = node.if_object();
  if (object == nullptr) return;
  if (const json::value *from = object->if_contains("$from")) {
    out[text_of(*from)] = made;
  } else if (const json::value *parts = object->if_contains("$merge")) {
    for (const json::value &part : parts->as_array()) capture(part, made, out);
  } else if (const json::value *cases = object->if_contains("$cases")) {
    for (const auto &each : cases->as_object()) capture(each.value(), made, out);
  } else if (const json::object *members = made.if_object()) {
    for (const auto &each : *object) {
      if (const json::value *inner = members->if_contains(each.key())) {
        capture(each.value(), *inner, out);
      }
    }
  }
}

int literals_in_common(const json::value &node, const json::value &made) {
  const json::object *object = node.if_object();
  if (object == nullptr) return text_of(node) == text_of(made) ? 1 : -1;
  const json::object *members = made.if_object();
  if (is_placement(*object) || members == nullptr) return 0;
  int count = 0;
  for (const auto &each : *object) {
    if (const json::value *inner = members->if_contains(each.key())) {
      count += literals_in_common(each.value(), *inner);
    } else if (!each.value().is_object()) {
      --count;
    }
  }
  return count;
}

Paging paging_of(const json::object &given) {
  Paging paging;
  paging.rows = tokens_of(text_in(given, "rows", ""));
  if (given.contains("total")) paging.total = tokens_of(text_in(given, "total", ""));
  paging.size = static_cast<std::size_t>(whole_in(object_in(given, "size"), "value", 100));
  paging.first_page = whole_in(object_in(given, "from"), "first", 1);
  const std::string style = text_in(given, "style", "offset");
  if (given.empty() || style == "none") return paging;
  paging.style = style == "page"    ? PagingStyle::page
                 : style == "after" ? PagingStyle::after
                                    : PagingStyle::offset;
  paging.after = tokens_of(text_in(object_in(given, "after"), "pointer", ""));
  return paging;
}

// Every pointer into /gate that a node has.
void gate_pointers(const json::value &node, std::set<std::string> &out) {
  constexpr std::string_view prefix = "/gate";
  if (const json::object *object = node.if_object()) {
    for (const auto &each : *object) gate_pointers(each.value(), out);
  } else if (const json::array *array = node.if_array()) {
    for (const json::value &each : *array) gate_pointers(each, out);
  } else if (node.is_string()) {
    const std::string text = text_of(node);
    if (text.starts_with("/gate/")) out.insert(text.substr(prefix.size()));
    for (std::size_t at = text.find("{/gate/"); at != std::string::npos;
         at = text.find("{/gate/", at + 1)) {
      out.insert(text.substr(at + 1 + prefix.size(), text.find('}', at) - at - 1 - prefix.size()));
    }
  }
}

// Of what this event was made: what the templates of its data took from `prefix` (/row, /gate).
json::value origin_of(const json::object &detect, const json::value &event,
                      std::string_view prefix) {
  Captures taken;
  if (const json::value *data = detect.if_contains("data")) {
    capture(*data, event, taken);
  } else {
    taken["/row"] = event;
  }
  json::value origin = json::object{};
  for (const auto &[pointer, value] : taken) {
    if (!pointer.starts_with(prefix)) continue;
    const std::string_view inner = std::string_view(pointer).substr(prefix.size());
    if (inner.empty() || inner.front() == '/') put(origin, tokens_of(inner), value);
  }
  return origin;
}

void take_out(json::value &document, const Tokens &pointer) {
  json::value *at = &document;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    json::object *object = at->if_object();
    if (object == nullptr) return;
    if (i + 1 == pointer.size()) {
      object->erase(pointer[i]);
      return;
    }
    at = object->if_contains(pointer[i]);
    if (at == nullptr) return;
  }
}

// Long rows make long runs: two members are enough of those that may be absent.
void shorten(json::value &row, const std::set<std::string> &required) {
  std::size_t left = 2;
  json::object kept;
  for (const auto &member : row.get_object()) {
    if (required.contains(std::string(member.key()))) {
      kept[member.key()] = member.value();
    } else if (left > 0 && json::serialize(member.value()).size() < 60) {
      kept[member.key()] = member.value();
      --left;
    }
  }
  row = std::move(kept);
}

double number_of(const std::optional<json::value> &value, double otherwise) {
  if (!value) return otherwise;
  double number = otherwise;
  const std::string text = text_of(*value);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Strategy strategy_of(const json::object &detect) {
  static const std::map<std::string, Strategy> names = {
      {"set", Strategy::set},     {"top", Strategy::top}, {"hash", Strategy::hash},
      {"watch", Strategy::watch}, {"win", Strategy::win}, {"edge", Strategy::edge}};
  return names.at(text_in(detect, "strategy", ""));
}

Edge edge_of(const json::object &given, const json::value &input) {
  Edge edge;
  const json::value &value = given.at("value");
  if (const json::object *choice = value.if_object()) {
    const json::object &of = choice->at("of").as_object();
    const auto chosen = placed(choice->at("by"), input);
    edge.value = tokens_of(text_of(chosen ? of.at(text_of(*chosen)) : of.begin()->value()));
  } else {
    edge.value = tokens_of(text_of(value));
  }
  edge.days_left = text_in(given, "as", "number") == "days_left";
  edge.above = given.contains("above");
  edge.threshold = number_of(placed(given.at(edge.above ? "above" : "below"), input), 0);
  edge.rearm = edge.threshold;
  if (const json::value *rearm = given.if_contains("rearm")) {
    edge.rearm = number_of(placed(*rearm, input), edge.threshold);
  }
  return edge;
}

}  // namespace

Template::Template(const json::object &request, const json::object &paging)
    : method_(text_in(request, "method", "GET")), query_(object_in(request, "query")) {
  if (const json::value *body = request.if_contains("body")) body_ = *body;
  paging_in_body_ = text_in(paging, "in", "query") == "body";
  for (const char *part : {"size", "from", "after"}) {
    const std::string name = text_in(object_in(paging, part), "name", "");
    if (!name.empty()) paging_.emplace_back(name, part);
  }
  const json::object &segments = object_in(request, "segments");
  const std::string path = text_in(request, "path", "/");
  std::string pattern;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '{') {
      if (std::string_view(".+*()[]$^|\\").find(path[i]) != std::string_view::npos) pattern += '\\';
      pattern += path[i];
      continue;
    }
    const std::size_t end = path.find('}', i);
    const std::string name = path.substr(i + 1, end - i - 1);
    pattern += segments.contains(name) ? "(.+)" : "([^/]+)";
    path_names_.push_back(name.starts_with('/') ? name : "/" + name);
    i = end;
  }
  path_ = std::regex(pattern);
}

std::optional<Captures> Template::match(const Request &request) const {
  const std::string path = request.target.substr(0, request.target.find('?'));
  std::smatch found;
  if (request.method != method_ || !std::regex_match(path, found, path_)) return std::nullopt;
  Captures captures;
  for (std::size_t i = 0; i < path_names_.size(); ++i) {
    captures[path_names_[i]] = decoded(found[i + 1].str());
  }
  const json::value query = query_of(request.target);
  capture(query_, query, captures);
  json::value body;
  if (!request.body.empty()) {
    std::error_code error;
    body = json::parse(request.body, error);
    capture(body_, body, captures);
  }
  const json::value &paged = paging_in_body_ ? body : query;
  for (const auto &[name, what] : paging_) {
    if (const json::value *value = find(paged, "/" + name)) captures[what] = *value;
  }
  return captures;
}

int Template::likeness(const Request &request) const {
  int count = literals_in_common(query_, query_of(request.target));
  if (!request.body.empty()) {
    std::error_code error;
    count += literals_in_common(body_, json::parse(request.body, error));
  }
  return count;
}

bool Condition::holds(const json::value &row) const {
  const auto other = [&](const Condition &each) { return each.holds(row); };
  if (std::ranges::any_of(others, other)) return true;
  const json::value *found = find(row, pointer);
  if (least) {
    return found != nullptr && std::ranges::any_of(values, [&](const json::value &value) {
             return number_of(*found, -1) >= number_of(value, 0);
           });
  }
  const bool named = found != nullptr && std::ranges::any_of(values, [&](const json::value &value) {
                       return text_of(value) == text_of(*found);
                     });
  return named != negated;
}

std::optional<json::value> placed(const json::value &node, const json::value &input) {
  const json::object *object = node.if_object();
  if (object != nullptr && object->contains("$each")) {  // of scalars, chosen by $values
    const auto list = placed(json::object{{"$from", object->at("$each")}}, input);
    if (!list) return std::nullopt;
    const json::value *values = object->at("$item").as_object().if_contains("$values");
    json::array chosen;
    for (const json::value &each : as_list(*list)) {
      const json::value *named =
          values != nullptr ? values->as_object().if_contains(text_of(each)) : &each;
      if (named != nullptr) chosen.push_back(*named);
    }
    return chosen;
  }
  if (object == nullptr || !object->contains("$from")) return node;
  const std::string pointer = text_of(object->at("$from"));
  const json::value *found = nullptr;
  if (pointer.starts_with("/input")) found = find(input, pointer.substr(6));
  std::optional<json::value> value;
  if (found != nullptr) value = *found;
  if (const json::value *values = object->if_contains("$values"); values != nullptr && value) {
    const json::value *named = values->as_object().if_contains(text_of(*value));
    value = named == nullptr ? std::nullopt : std::optional(*named);
  }
  if (!value) {
    if (const json::value *otherwise = object->if_contains("$default")) value = *otherwise;
  }
  return value;
}

TriggerSpec::TriggerSpec(const json::object &trigger, json::value given_input,
                         const json::object *defs)
    : id(text_in(trigger, "id", "")), input(std::move(given_input)) {
  if (!trigger.contains("read")) throw std::runtime_error("it is read by a handler");
  const json::object &reading = object_in(trigger, "read");
  const json::object &detect = object_in(trigger, "detect");
  strategy = strategy_of(detect);
  const bool compares = strategy == Strategy::hash || strategy == Strategy::watch;
  emits_changed = compares || strategy == Strategy::edge;
  emits_new = !emits_changed;
  if (const json::value *emits = detect.if_contains("emits")) {
    const auto names = as_list(*emits);
    const auto has = [&](std::string_view name) {
      return std::ranges::any_of(names,
                                 [&](const json::value &each) { return text_of(each) == name; });
    };
    emits_new = has("new");
    emits_changed = has("changed");
    emits_removed = has("removed");
  }
  read = Template(object_in(reading, "request"), object_in(reading, "paging"));
  paging = paging_of(object_in(reading, "paging"));
  const json::object &answer = object_in(reading, "answer");
  pick = tokens_of(text_in(answer, "pick", ""));
  if (const json::value *accept = answer.if_contains("accept")) {
    accepted = accept->at("equals");
    accepted_at = tokens_of(text_of(accept->at("pointer")));
  }
  key = pointers_in(detect, "key");
  if (!detect.contains("key")) key = pointers_in(object_in(trigger, "dedupe"), "key");
  lower_key = detect.contains("key_case");
  if (detect.contains("order")) order = tokens_of(text_in(object_in(detect, "order"), "by", ""));
  if (detect.contains("window")) {
    window = tokens_of(text_in(object_in(detect, "window"), "by", ""));
    window_back_days = static_cast<int>(whole_in(object_in(detect, "window"), "back_days", 1));
    const json::value *daily = object_in(detect, "window").if_contains("each_day");
    each_day = daily != nullptr && daily->as_bool();
  }
  if (const json::object &far = object_in(detect, "horizon"); !far.empty()) {
    horizon = tokens_of(text_in(far, "by", ""));
    horizon_days = static_cast<int>(number_of(placed(far.at("days"), input), 30));
  }
  pages = static_cast<std::size_t>(whole_in(detect, "pages", strategy == Strategy::watch ? 1 : 0));
  remember = pointers_in(detect, "remember");
  for (Tokens &pointer : pointers_in(detect, "version")) {
    if (pointer.empty()) whole_row = true;
    remember.push_back(std::move(pointer));
  }
  where = conditions_in(detect, "where", input);
  when = conditions_in(detect, "when", input);
  if (const json::object &given = object_in(detect, "gate"); !given.empty()) {
    gate.emplace();
    gate->request = Template(object_in(given, "request"), object_in(given, "paging"));
    if (given.contains("after")) gate->after = Template(object_in(given, "after"), {});
    gate->paging = paging_of(object_in(given, "paging"));
    gate->key = pointers_in(given, "key");
    gate->counters = pointers_in(given, "counters");
    gate->count = pointers_in(given, "count");
    gate->where = conditions_in(given, "where", input);
    if (given.contains("window")) {
      gate->dated = tokens_of(text_in(object_in(given, "window"), "by", ""));
    }
    gate->each = !gate->key.empty();
    if (const json::value *each = given.if_contains("each")) gate->each = each->as_bool();
    gate_pointers(trigger.at("read"), gate->read);
    gate->several = gate->each && !gate->read.empty();
    gate_pointers(trigger.at("detect"), gate->read);
  }
  if (const json::object &given = object_in(detect, "watch"); !given.empty()) {
    watch.emplace();
    watch->request = Template(object_in(given, "request"), {});
    watch->rows = tokens_of(text_in(given, "answer_rows", ""));
    watch->final = conditions_in(given, "final", input);
    watch->batch = whole_in(given, "batch", 1) > 1;
  }
  if (const json::object &given = object_in(detect, "edge"); !given.empty()) {
    edge = edge_of(given, input);
  }
  if (const json::value *event = trigger.if_contains("sample")) sample = *event;
  example = origin_of(detect, sample, "/row");
  filler = example.is_object() ? example : json::object{};
  if (gate) gate->example = origin_of(detect, sample, "/gate");
  for (const auto *time : {&order, &window, &horizon}) {
    if (*time) take_out(filler, **time);
  }
  if (const json::value *schema = trigger.if_contains("output"); schema != nullptr && defs) {
    output = cpi::Schema::compile(*schema, *defs, "/output");
    const json::object *form = schema->if_object();
    if (const json::value *to = form->if_contains("$ref")) {
      form = defs->at(text_of(*to).substr(std::string_view("#/$defs/").size())).if_object();
    }
    if (const json::value *names = form->if_contains("required")) {
      for (const json::value &name : names->as_array()) required.insert(text_of(name));
    }
  }
  if (defs != nullptr) shorten(filler, required);
}

bool TriggerSpec::reports_at_once() const {
  return emits_new || (emits_changed && (!gate || gate->counters.empty()));
}

}  // namespace model
