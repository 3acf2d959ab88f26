#include "cpi/language/probe_writes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/language/failure.hpp"
#include "manifest_part.hpp"
#include "probe_part.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

std::string plain_text(const json::value &value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

void each_text(const json::value &value, const std::function<void(std::string_view)> &visit) {
  if (const json::string *text = value.if_string()) {
    visit(*text);
  } else if (const json::array *list = value.if_array()) {
    for (const json::value &each : *list) each_text(each, visit);
  } else if (const json::object *object = value.if_object()) {
    for (const auto &member : *object) each_text(member.value(), visit);
  }
}

const json::object *find_action(const json::object &manifest, std::string_view id) {
  const json::value *actions = manifest.if_contains("actions");
  const json::array *list = actions == nullptr ? nullptr : actions->if_array();
  if (list == nullptr) return nullptr;
  for (const json::value &each : *list) {
    const json::object *action = each.if_object();
    const json::value *name = action == nullptr ? nullptr : action->if_contains("id");
    if (name != nullptr && name->is_string() && name->get_string() == id) return action;
  }
  return nullptr;
}

bool has_effect(const json::object &action, std::string_view name) {
  const json::value *effects = action.if_contains("effects");
  const json::object *object = effects == nullptr ? nullptr : effects->if_object();
  const json::value *flag = object == nullptr ? nullptr : object->if_contains(name);
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

// Compiles the writes of one manifest.
class WritesCompiler {
 public:
  WritesCompiler(const json::object &manifest, const Network &network, Problems &problems)
      : manifest_(manifest), network_(network), problems_(problems) {}

  ProbeWrites compile(const ManifestPart &part) {
    part.only({"max_requests", "place", "description", "remains", "before", "steps", "cleanup",
               "assumptions"},
              not_a_probe_part);
    read_place(part);
    out_.description = probe_texts(part, "description", "sentences");
    if (part.has("remains")) out_.remains = probe_texts(part, "remains", "sentences");
    for (const ManifestPart &each : probe_parts(part, "before", problems_)) add_before(each);
    // The steps name clean-ups, which are therefore read first; the order of requests is kept.
    std::vector<ProbeRequest> verifying;
    for (const ManifestPart &each : probe_parts(part, "cleanup", problems_))
      add_cleanup(each, verifying);
    for (const ManifestPart &each : probe_parts(part, "steps", problems_)) add_step(each);
    out_.asked.assumptions = compile_probe_assumptions(part, out_.asked.requests, problems_);
    check_waiting(part);
    for (ProbeRequest &each : verifying) out_.asked.requests.push_back(std::move(each));
    check_limit(part);
    out_.own_texts.assign(own_texts_.begin(), own_texts_.end());
    return std::move(out_);
  }

 private:
  void read_place(const ManifestPart &part) {
    if (!part.has("place")) part.refuse("has no place");
    const auto place = part.part("place");
    if (!place) return;
    place->only({"name", "title", "type", "make"}, not_a_probe_part);
    out_.place.name = place->some_text("name").value_or("");
    out_.place.title = place->some_text("title").value_or("");
    out_.place.make = place->some_text("make").value_or("");
    out_.place.integer =
        place->word("type", {"integer", "string"}).value_or("integer") == "integer";
    sample_ = out_.place.sample_scope();
  }

  static void irreversible(const ManifestPart &part, std::string_view name, std::string why) {
    part.refuse(name, std::move(why), ProblemKind::irreversible);
  }

  std::string id_of(const ManifestPart &part) {
    std::string id = part.some_text("id").value_or("");
    if (!ids_.insert(id).second) part.refuse("id", "is the id of two requests");
    return id;
  }

  // Rules 1 and 4. `call` has been compiled since `known_` was set.
  void finish_call(const ManifestPart &part, std::string_view name, const ProbeCall &call) {
    if (problems_.listed().size() != known_) return;  // what is not right is not built
    for (const Read &read : call.action.empty() ? call.request.reads() : call.input.reads()) {
      if (read.tokens != std::vector<std::string>{out_.place.name})
        return part.refuse(name, "may only refer to the place, /" + out_.place.name);
    }
    try {
      const json::value input = call.input_for(sample_);
      const auto check_address = [&](std::string_view text) {
        if (text.find('@') != std::string_view::npos && !is_reserved_address(text))
          irreversible(part, name,
                       "has an address that may be somebody's: use one at example.org or .invalid");
      };
      each_text(call.action.empty() ? *part.find(name) : input, check_address);
      each_text(input, [this](std::string_view text) { own_texts_.emplace(text); });
      if (!path_names(call.build(sample_).url, sample_[out_.place.name]))
        irreversible(part, name,
                     "must name the place in its path: nothing else in the account is touched");
    } catch (const Failure &failure) {
      part.refuse(name, "cannot be sent: " + failure.message);
    }
  }

  ProbeCall read_action(const ManifestPart &part) {
    ProbeCall call;
    call.action = part.some_text("action").value_or("");
    const json::object *action = find_action(manifest_, call.action);
    if (action == nullptr) {
      part.refuse("action", "is no action of the manifest");
      return call;
    }
    const json::value *request = action->if_contains("request");
    if (request == nullptr) {
      part.refuse("action", "must have a request, not a handler");
      return call;
    }
    call.writes = !has_effect(*action, "read_only");
    // Rule 2.
    if (call.writes && (!has_effect(*action, "idempotent") || has_effect(*action, "queued")))
      irreversible(part, "action",
                   "must be idempotent and not queued: a probe sends nothing to a person");
    known_ = problems_.listed().size();
    Problems of_action;  // these are told at the action
    call.request =
        RequestTemplate::compile(*request, network_, true, part.at("action"), false, of_action);
    if (!of_action.empty()) {
      part.refuse("action", "has a request that is not right");
      return call;
    }
    if (!part.has("input")) part.refuse("has no input");
    if (const json::value *input = part.find("input"))
      call.input = Placement::compile(*input, part.at("input"), problems_);
    finish_call(part, "input", call);
    return call;
  }

  // An action, or a read of its own; `asked` is the request as judges of its answer see it.
  ProbeCall read_call(const ManifestPart &part, ProbeRequest &asked) {
    ProbeCall call;
    if (part.has("action")) {
      if (part.has("request")) part.refuse("has both an action and a request");
      call = read_action(part);
      asked.rows = part.pointer("rows");
      asked.request = call.request;
      return call;
    }
    known_ = problems_.listed().size();
    compile_probe_read(part, network_, problems_, asked);
    call.request = asked.request;
    finish_call(part, "request", call);
    return call;
  }

  void add_before(const ManifestPart &part) {
    part.only({"id", "request", "rows", "needs"}, not_a_probe_part);
    ProbeRequest asked;
    asked.id = id_of(part);
    ProbeBefore before;
    before.id = asked.id;
    before.call = read_call(part, asked);
    for (const ManifestPart &need : probe_parts(part, "needs", problems_)) {
      need.only({"check", "place", "empty", "refusal"}, not_a_probe_part);
      ProbeCondition condition;
      condition.refusal = need.some_text("refusal").value_or("");
      condition.empty = need.flag("empty").value_or(false);
      if (need.has("place")) {
        if (need.has("check")) need.refuse("has both a check and a place");
        if (condition.empty) need.refuse("empty", "is only for a check");
        condition.place_at = need.pointer("place");
        condition.place_at_text = need.some_text("place").value_or("");
      } else {
        condition.check = check_of(need, "check");
      }
      before.conditions.push_back(std::move(condition));
    }
    out_.asked.requests.push_back(std::move(asked));
    out_.before.push_back(std::move(before));
  }

  static ProbeCheck check_of(const ManifestPart &part, std::string_view name) {
    if (!part.has(name)) part.refuse("has no " + std::string(name));
    const auto check = part.part(name);
    if (!check) return {};
    ProbeCheck out = compile_probe_check(*check);
    using Kind = ProbeCheck::Kind;
    if (out.kind == Kind::at_once || out.kind == Kind::same_as || out.kind == Kind::page_maximum)
      part.refuse(name, "must be about one answer");
    return out;
  }

  void add_cleanup(const ManifestPart &part, std::vector<ProbeRequest> &verifying) {
    part.only({"id", "description", "action", "input", "verify", "by_hand"}, not_a_probe_part);
    ProbeCleanup cleanup;
    cleanup.id = id_of(part);
    cleanup.description = part.some_text("description").value_or("");
    cleanup.by_hand = part.some_text("by_hand").value_or("");
    if (!part.has("action")) part.refuse("has no action");
    cleanup.call = read_action(part);
    if (!cleanup.call.action.empty() && !cleanup.call.writes)
      part.refuse("action", "only reads: it cannot clean up");
    ProbeRequest asked;
    asked.id = cleanup.id;
    if (!part.has("verify")) part.refuse("has no verify");
    if (const auto verify = part.part("verify")) {
      verify->only({"request", "rows", "check"}, not_a_probe_part);
      cleanup.verify = read_call(*verify, asked);
      cleanup.check = check_of(*verify, "check");
    }
    verifying.push_back(std::move(asked));
    out_.cleanup.push_back(std::move(cleanup));
  }

  // Rule 3.
  void check_undo(const ManifestPart &part, const ProbeStep &step) {
    const auto undo = std::ranges::find(out_.cleanup, step.undo, &ProbeCleanup::id);
    if (step.undo.empty()) {
      irreversible(part, "action", "writes, but the step has no undo");
    } else if (undo == out_.cleanup.end()) {
      part.refuse("undo", "is no clean-up of the probe");
    } else if (const json::object *action = find_action(manifest_, step.call.action);
               action != nullptr && has_effect(*action, "destructive") &&
               step.call.action != undo->call.action) {
      irreversible(part, "action", "is destructive, and not the action of its clean-up");
    }
  }

  void add_step(const ManifestPart &part) {
    part.only({"id", "action", "input", "request", "rows", "undo", "until"}, not_a_probe_part);
    ProbeRequest asked;
    asked.id = id_of(part);
    ProbeStep step;
    step.id = asked.id;
    step.call = read_call(part, asked);
    step.undo = part.some_text("undo").value_or("");
    if (step.call.writes) check_undo(part, step);
    if (!step.call.writes && !step.undo.empty()) part.refuse("undo", "is only for a write");
    if (const auto until = part.part("until")) {
      until->only({"check", "times", "every_ms"}, not_a_probe_part);
      if (step.call.writes) part.refuse("until", "is only for a read: a write is sent once");
      ProbeUntil waits;
      waits.check = check_of(*until, "check");
      waits.times = static_cast<std::size_t>(until->whole("times", 1).value_or(1));
      waits.every = std::chrono::milliseconds(until->whole("every_ms", 0).value_or(0));
      step.until = std::move(waits);
    }
    out_.asked.requests.push_back(std::move(asked));
    out_.steps.push_back(std::move(step));
  }

  void check_waiting(const ManifestPart &part) {
    for (std::size_t i = 0; i < out_.asked.assumptions.size(); ++i) {
      const ProbeAssumption &each = out_.asked.assumptions[i];
      const auto step = std::ranges::find(out_.steps, each.of, &ProbeStep::id);
      if (each.check.kind == ProbeCheck::Kind::at_once &&
          (step == out_.steps.end() || !step->until))
        problems_.add(pointer_join(part.at("assumptions"), i) + "/check/at_once",
                      "is only for a step that waits until something is so");
    }
  }

  void check_limit(const ManifestPart &part) {
    if (!part.has("max_requests")) part.refuse("has no max_requests");
    out_.asked.max_requests = static_cast<std::size_t>(part.whole("max_requests", 1).value_or(1));
    std::size_t most = 2 * out_.before.size() + out_.reserve() + Probe::most_attempts;
    for (const ProbeStep &step : out_.steps) most += step.until ? step.until->times : 1;
    if (out_.asked.max_requests < most)
      part.refuse("max_requests", "must be at least " + std::to_string(most) +
                                      ": the steps with their repetitions, the conditions twice, " +
                                      "and room for the clean-up");
  }

  const json::object &manifest_;
  const Network &network_;
  Problems &problems_;
  ProbeWrites out_;
  json::object sample_;    // the place under its name, with an ID that is made up
  std::size_t known_ = 0;  // the number of problems before the present call
  std::set<std::string, std::less<>> ids_;
  std::set<std::string, std::less<>> own_texts_;
};

}  // namespace

std::optional<json::value> ProbePlace::value(std::string_view text) const {
  constexpr std::size_t longest = 64;
  const auto plain = [](char each) {
    return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
           (each >= 'A' && each <= 'Z') || each == '_' || each == '-';
  };
  // Such an ID is written in a path as it is.
  if (text.empty() || text.size() > longest || !std::ranges::all_of(text, plain))
    return std::nullopt;
  if (!integer) return json::value(json::string(text));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return json::value(number);
}

json::value ProbeCall::input_for(const json::object &scope) const {
  if (action.empty()) return json::object();
  return input.place({scope}).value_or(json::object());
}

Request ProbeCall::build(const json::object &scope) const {
  if (action.empty()) return request.build({scope});
  const json::value placed = input_for(scope);
  const json::object *object = placed.if_object();
  if (object == nullptr)
    throw Failure(ErrorClass::invalid_input, Fault::connector, "The input is not an object.");
  return request.build({*object});
}

json::object ProbePlace::scope(const json::value &id) const {
  return {{name, id}};
}

json::object ProbePlace::sample_scope() const {
  return scope(value("987654321987").value_or(json::value()));
}

std::size_t ProbeWrites::reserve() const noexcept {
  // Each try and each verification may be repeated once by the transport.
  return cleanup.size() * ProbeCleanup::most_tries * 2 * 2;
}

bool path_names(std::string_view url, const json::value &value) {
  const std::string wanted = plain_text(value);
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || wanted.empty()) return false;
  const std::size_t from = url.find('/', scheme + 3);
  if (from == std::string_view::npos) return false;
  std::string_view path = url.substr(from);
  path = path.substr(0, path.find_first_of("?#"));
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == wanted) return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

bool is_reserved_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return false;
  std::string domain(address.substr(at + 1));
  std::ranges::transform(domain, domain.begin(), [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  });
  constexpr std::array<std::string_view, 7> reserved{
      "example.com", "example.net", "example.org", "example", "invalid", "test", "localhost"};
  return std::ranges::any_of(reserved, [&domain](std::string_view each) {
    return domain == each || domain.ends_with('.' + std::string(each));
  });
}

std::optional<ProbeWrites> ProbeWrites::compile(const json::object &manifest,
                                                const Network &network) {
  Problems problems;
  auto out = compile(manifest, network, problems);
  problems.throw_first();
  return out;
}

std::optional<ProbeWrites> ProbeWrites::compile(const json::object &manifest,
                                                const Network &network, Problems &problems) {
  const json::value *probe = manifest.if_contains("probe");
  const json::object *object = probe == nullptr ? nullptr : probe->if_object();
  const json::value *node = object == nullptr ? nullptr : object->if_contains("writes");
  if (node == nullptr) return std::nullopt;
  const ManifestPart part(*node, "/probe/writes", problems);
  if (!part.given()) return ProbeWrites();
  return WritesCompiler(manifest, network, problems).compile(part);
}

}  // namespace cpi
