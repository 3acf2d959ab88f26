#include "cpi/language/probe.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "manifest_part.hpp"
#include "probe_part.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

constexpr const char *not_a_part = not_a_probe_part;

std::vector<int> statuses_of(const ManifestPart &part, std::string_view name) {
  std::vector<int> out;
  const json::array *list = part.find(name)->if_array();
  if (list != nullptr) {
    for (const json::value &each : *list)
      if (each.is_int64()) out.push_back(static_cast<int>(each.get_int64()));
  }
  if (list == nullptr || out.size() != list->size())
    part.refuse(name, "must be a list of HTTP statuses");
  return out;
}

// Texts, numbers and truth values; null is none that a service could be asked for.
std::vector<json::value> scalars_of(const ManifestPart &part, std::string_view name) {
  std::vector<json::value> out;
  const json::value *found = part.find(name);
  const json::array *list = found == nullptr ? nullptr : found->if_array();
  if (list != nullptr) {
    for (const json::value &each : *list)
      if (!each.is_structured() && !each.is_null()) out.push_back(each);
  }
  if (list == nullptr || out.empty() || out.size() != list->size())
    part.refuse(name, "must be a list of texts, numbers or booleans");
  return out;
}

void read_place(const ManifestPart &part, std::string_view name, ProbeCheck &check) {
  if (!part.has(name)) part.refuse("has no " + std::string(name));
  check.at = part.pointer(name).value_or(Pointer());
  check.at_text = part.text(name).value_or("");
}

void read_places(const ManifestPart &part, std::string_view name, ProbeCheck &check) {
  if (!part.has(name)) return part.refuse("has no " + std::string(name));
  check.pointers = part.pointers(name);
  if (const json::array *list = part.find(name)->if_array()) {
    for (const json::value &each : *list)
      if (each.is_string()) check.pointer_texts.emplace_back(each.get_string());
  }
}

}  // namespace

ProbeCheck compile_probe_check(const ManifestPart &part) {
  using Kind = ProbeCheck::Kind;
  ProbeCheck check;
  if (!part.given()) return check;
  if (part.size() != 1) {
    part.refuse("must have exactly one member, which names the check");
    return check;
  }
  check.name = part.object().begin()->key();
  for (const auto &[name, kind] :
       {std::pair<std::string_view, Kind>{"descending", Kind::descending},
        {"ascending", Kind::ascending},
        {"unique", Kind::unique},
        {"not_in_future", Kind::not_in_future}}) {
    if (!part.has(name)) continue;
    check.kind = kind;
    read_place(part, name, check);
    return check;
  }
  for (const auto &[name, kind] :
       {std::pair<std::string_view, Kind>{"format", Kind::format}, {"type", Kind::type}}) {
    if (!part.has(name)) continue;
    check.kind = kind;
    if (const auto rule = part.part(name)) {
      rule->only({"at", "is"}, not_a_part);
      read_place(*rule, "at", check);
      check.words = probe_texts(*rule, "is", "words");
    }
    return check;
  }
  for (const auto &[name, kind] : {std::pair<std::string_view, Kind>{"value", Kind::value},
                                   {"has", Kind::has},
                                   {"has_none", Kind::has_none}}) {
    if (!part.has(name)) continue;
    check.kind = kind;
    if (const auto rule = part.part(name)) {
      rule->only({"at", "is"}, not_a_part);
      read_place(*rule, "at", check);
      check.values = scalars_of(*rule, "is");
    }
    return check;
  }
  if (part.has("present")) {
    check.kind = Kind::present;
    read_places(part, "present", check);
  } else if (part.has("absent")) {
    check.kind = Kind::absent;
    read_places(part, "absent", check);
  } else if (part.has("sum")) {
    check.kind = Kind::sum;
    if (const auto rule = part.part("sum")) {
      rule->only({"at", "of"}, not_a_part);
      read_place(*rule, "at", check);
      read_places(*rule, "of", check);
    }
  } else if (part.has("page_maximum")) {
    check.kind = Kind::page_maximum;
    if (const auto rule = part.part("page_maximum")) {
      rule->only({"rows", "next"}, not_a_part);
      if (!rule->has("rows")) rule->refuse("has no rows");
      check.number = static_cast<std::size_t>(rule->whole("rows", 1).value_or(1));
      check.next = rule->some_text("next").value_or("");
    }
  } else if (part.has("past_the_end")) {
    check.kind = Kind::past_the_end;
    check.statuses = statuses_of(part, "past_the_end");
  } else if (part.has("status")) {
    check.kind = Kind::status;
    check.statuses = statuses_of(part, "status");
  } else if (part.has("http_version")) {
    check.kind = Kind::http_version;
    check.words = {part.word("http_version", {"1.1", "2"}).value_or("2")};
  } else if (part.has("absent_headers")) {
    check.kind = Kind::absent_headers;
    check.words = probe_texts(part, "absent_headers", "words");
  } else if (part.has("row_count")) {
    check.kind = Kind::row_count;
    check.number = static_cast<std::size_t>(part.whole("row_count", 0).value_or(0));
  } else if (part.has("error_members")) {
    check.kind = Kind::error_members;
    read_places(part, "error_members", check);
  } else if (part.has("same_as")) {
    check.kind = Kind::same_as;
    check.next = part.some_text("same_as").value_or("");
  } else if (part.has("at_once")) {
    check.kind = Kind::at_once;
    if (part.flag("at_once") == false) part.refuse("at_once", "must be true");
  } else {
    part.refuse(check.name, "is not a check of a probe");
  }
  return check;
}

namespace {

json::object shown_query(const ManifestPart &request) {
  json::object out;
  const json::value *query = request.find("query");
  const json::object *members = query == nullptr ? nullptr : query->if_object();
  if (members == nullptr) return out;
  for (const auto &[name, value] : *members) {
    if (const json::string *text = value.if_string()) {
      out[name] = *text;
    } else {
      out[name] = value.is_structured() ? std::string("{}") : json::serialize(value);
    }
  }
  return out;
}

std::vector<ProbeTake> compile_takes(const ManifestPart &request) {
  std::vector<ProbeTake> out;
  const auto takes = request.part("take");
  if (!takes || !takes->given()) return out;
  for (const auto &member : takes->object()) {
    ProbeTake take;
    take.name = member.key();
    if (member.value().is_object()) {
      const auto rule = takes->part(take.name);
      rule->only({"from", "largest"}, not_a_part);
      if (!rule->has("from")) rule->refuse("has no from");
      take.from = rule->pointer("from").value_or(Pointer());
      take.largest = rule->pointer("largest");
    } else {
      take.from = takes->pointer(take.name).value_or(Pointer());
    }
    if (take.name == "count") takes->refuse(take.name, "is the name of the numbers of rows");
    out.push_back(std::move(take));
  }
  return out;
}

}  // namespace

std::vector<std::string> probe_texts(const ManifestPart &part, std::string_view name,
                                     std::string_view what) {
  std::vector<std::string> out;
  const json::value *found = part.find(name);
  const json::array *list = found == nullptr ? nullptr : found->if_array();
  if (list != nullptr) {
    for (const json::value &each : *list)
      if (each.is_string()) out.emplace_back(each.get_string());
  }
  if (list == nullptr || out.empty() || out.size() != list->size())
    part.refuse(name, "must be a list of " + std::string(what));
  return out;
}

std::vector<ManifestPart> probe_parts(const ManifestPart &owner, std::string_view name,
                                      Problems &problems) {
  std::vector<ManifestPart> out;
  const json::value *found = owner.find(name);
  const json::array *list = found == nullptr ? nullptr : found->if_array();
  if (list == nullptr) {
    owner.refuse(name, "must be a list");
    return out;
  }
  for (std::size_t i = 0; i < list->size(); ++i)
    out.emplace_back((*list)[i], pointer_join(owner.at(name), i), problems);
  return out;
}

bool probe_asks(const std::vector<ProbeRequest> &requests, std::string_view id) {
  return std::ranges::any_of(requests, [id](const ProbeRequest &each) { return each.id == id; });
}

void compile_probe_read(const ManifestPart &part, const Network &network, Problems &problems,
                        ProbeRequest &out) {
  out.rows = part.pointer("rows");
  if (!part.has("request")) part.refuse("has no request");
  if (const auto request = part.part("request")) {
    out.request = RequestTemplate::compile(*part.find("request"), network, false,
                                           part.at("request"), false, problems);
    out.query = shown_query(*request);
    const std::string &method = out.request.method();
    if ((method != "GET" && method != "HEAD") || !out.request.repeatable())
      request->refuse("method", "must be GET or HEAD, and repeatable: a probe changes nothing");
  }
}

std::vector<ProbeAssumption> compile_probe_assumptions(const ManifestPart &owner,
                                                       const std::vector<ProbeRequest> &requests,
                                                       Problems &problems) {
  std::vector<ProbeAssumption> out;
  for (const ManifestPart &each : probe_parts(owner, "assumptions", problems)) {
    ProbeAssumption assumption;
    each.only({"id", "description", "of", "of_all", "check"}, not_a_part);
    assumption.id = each.some_text("id").value_or("");
    assumption.description = each.some_text("description").value_or("");
    assumption.of = each.some_text("of").value_or("");
    if (!probe_asks(requests, assumption.of)) each.refuse("of", "is no request of the probe");
    if (const auto check = each.part("check")) {
      assumption.check = compile_probe_check(*check);
      if (!assumption.check.next.empty() && !probe_asks(requests, assumption.check.next))
        check->refuse(assumption.check.name, "names a request that the probe does not have");
    } else if (!each.has("check")) {
      each.refuse("has no check");
    }
    out.push_back(std::move(assumption));
  }
  return out;
}

namespace {

ProbeRequest compile_request(const ManifestPart &part, const Network &network, Problems &problems) {
  ProbeRequest out;
  part.only({"id", "request", "rows", "take"}, not_a_part);
  out.id = part.some_text("id").value_or("");
  out.take = compile_takes(part);
  compile_probe_read(part, network, problems, out);
  return out;
}

}  // namespace

Probe Probe::compile(const json::value &node, const Network &network, std::string_view where) {
  Problems problems;
  Probe out = compile(node, network, where, problems);
  problems.throw_first();
  return out;
}

Probe Probe::compile(const json::value &node, const Network &network, std::string_view where,
                     Problems &problems) {
  const ManifestPart part(node, std::string(where), problems);
  Probe out;
  if (!part.given()) return out;
  part.only({"max_requests", "requests", "assumptions", "writes"}, not_a_part);
  std::vector<std::string> known{"count"};
  for (const ManifestPart &each : probe_parts(part, "requests", problems)) {
    ProbeRequest request = compile_request(each, network, problems);
    if (probe_asks(out.requests, request.id)) each.refuse("id", "is the id of two requests");
    request.known = known;
    for (const ProbeTake &take : request.take) known.push_back(take.name);
    out.requests.push_back(std::move(request));
  }
  if (!part.has("max_requests")) part.refuse("has no max_requests");
  out.max_requests = static_cast<std::size_t>(part.whole("max_requests", 1).value_or(1));
  if (out.max_requests < out.requests.size() + most_attempts)
    part.refuse("max_requests", "must be " + std::to_string(most_attempts) +
                                    " more than there are requests, for repeated ones");
  out.assumptions = compile_probe_assumptions(part, out.requests, problems);
  for (std::size_t i = 0; i < out.assumptions.size(); ++i) {
    if (out.assumptions[i].check.kind == ProbeCheck::Kind::at_once)
      problems.add(part.at("assumptions") + '/' + std::to_string(i) + "/check/at_once",
                   "is only for what a write waits for");
  }
  return out;
}

}  // namespace cpi
