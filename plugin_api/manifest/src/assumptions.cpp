#include "cpi/manifest/assumptions.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "json_access.hpp"

namespace cpi::manifest {
namespace {

// A request of an operation, with what decides on what it rests.
struct Sent {
  const json::object *request = nullptr;
  bool paged = false;
};

// "/addressbooks/{/gate/id}" as "/addressbooks/{}".
std::string path_of(const json::object &request) {
  std::string out;
  bool inside = false;
  for (const char c : text_in(request, "path")) {
    if (c == '{') out += "{}";
    inside = (inside || c == '{') && c != '}';
    if (!inside && c != '}') out += c;
  }
  return out;
}

void find_requests(const json::object &part, std::vector<Sent> &found) {
  constexpr std::array<std::string_view, 6> places = {"request", "after", "read",
                                                      "detect",  "gate",  "watch"};
  const json::object *paging = object_in(part, "paging");
  const bool paged = paging != nullptr && text_in(*paging, "style") != "none";
  for (const std::string_view place : places) {
    const json::object *inner = object_in(part, place);
    if (inner == nullptr) continue;
    if (inner->contains("path")) found.push_back({inner, paged && place == "request"});
    find_requests(*inner, found);
  }
}

bool asks_the_same(const json::object &probe, const json::object &sent, std::string_view paging) {
  const json::object *wanted = object_in(probe, "query");
  if (wanted == nullptr) return true;
  const json::object *query = object_in(sent, "query");
  return std::ranges::all_of(*wanted, [&](const auto &member) {
    const std::string_view name = member.key();
    if (member.value().is_object() || paging.find(' ' + std::string(name) + ' ') != paging.npos)
      return true;
    const json::value *own = query != nullptr ? query->if_contains(name) : nullptr;
    return own != nullptr && *own == member.value();
  });
}

bool concerns(const json::object &assumption, const json::object &request, const Sent &sent) {
  // Names under which SendPulse and its like take the place and the size of a page.
  constexpr std::string_view paging = " limit offset size skip first start count page ";
  if (text_in(request, "method") != text_in(*sent.request, "method")) return false;
  if (path_of(request) != path_of(*sent.request)) return false;
  const json::object *check = object_in(assumption, "check");
  if (check == nullptr) return false;
  if (check->contains("page_maximum") || check->contains("past_the_end")) return sent.paged;
  const bool of_order = check->contains("descending") || check->contains("ascending");
  if (!of_order && !check->contains("status")) return true;
  if (!asks_the_same(request, *sent.request, paging)) return false;
  return !of_order || asks_the_same(*sent.request, request, paging);
}

const json::object *request_named(const json::object &probe, std::string_view id) {
  const json::array *requests = array_in(probe, "requests");
  if (requests == nullptr) return nullptr;
  for (const json::value &each : *requests) {
    const json::object *request = each.if_object();
    if (request != nullptr && text_in(*request, "id") == id) return object_in(*request, "request");
  }
  return nullptr;
}

// Calls `found` with the index and the entry of each assumption that the operation rests on.
template <typename Found>
void for_each_assumption(const json::object &manifest, const json::object &operation, Found found) {
  const json::object *probe = object_in(manifest, "probe");
  const json::array *assumptions = probe == nullptr ? nullptr : array_in(*probe, "assumptions");
  if (assumptions == nullptr) return;
  std::vector<Sent> sent;
  find_requests(operation, sent);
  for (std::size_t i = 0; i < assumptions->size(); ++i) {
    const json::object *assumption = (*assumptions)[i].if_object();
    if (assumption == nullptr || flag_in(*assumption, "of_all")) continue;
    const json::object *request = request_named(*probe, text_in(*assumption, "of"));
    if (request == nullptr) continue;
    const bool rests = std::ranges::any_of(
        sent, [&](const Sent &each) { return concerns(*assumption, *request, each); });
    if (rests) found(i, *assumption);
  }
}

}  // namespace

std::vector<Assumption> assumptions_of(const json::object &manifest,
                                       const json::object &operation) {
  std::vector<Assumption> out;
  for_each_assumption(manifest, operation, [&](std::size_t, const json::object &assumption) {
    out.push_back({text_in(assumption, "id"), text_in(assumption, "description")});
  });
  return out;
}

std::vector<std::size_t> unused_assumptions(const json::object &manifest) {
  const json::object *probe = object_in(manifest, "probe");
  const json::array *assumptions = probe == nullptr ? nullptr : array_in(*probe, "assumptions");
  if (assumptions == nullptr) return {};
  std::vector<bool> used(assumptions->size());
  for (const std::string_view list : {"triggers", "actions", "lookups"}) {
    const json::array *operations = array_in(manifest, list);
    if (operations == nullptr) continue;
    for (const json::value &each : *operations) {
      if (!each.is_object()) continue;
      for_each_assumption(manifest, each.get_object(),
                          [&](std::size_t i, const json::object &) { used[i] = true; });
    }
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < used.size(); ++i) {
    const json::object *assumption = (*assumptions)[i].if_object();
    if (!used[i] && assumption != nullptr && !flag_in(*assumption, "of_all")) out.push_back(i);
  }
  return out;
}

}  // namespace cpi::manifest
