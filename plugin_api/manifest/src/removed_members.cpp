#include "removed_members.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "json_access.hpp"

namespace cpi::manifest {
namespace {

struct RemovedMember {
  std::string_view object;  // that may have it; * stands for every element
  std::string_view name;
  std::string_view reason;
};

constexpr std::array removed_members{
    RemovedMember{"/auth/methods/*", "pkce", "the host always uses PKCE with S256"},
    RemovedMember{"/auth/methods/*", "redirect",
                  "the host decides which address the browser is sent back to"},
    RemovedMember{"/auth/methods/*/refresh", "rotates",
                  "the host keeps the newest refresh token that the service gave"},
    RemovedMember{"/actions/*/duplicate_check", "on",
                  "the host looks for a duplicate after an unknown outcome, and at no other time"},
};

// The pointers of all objects that `path` names below `at`, which is at `pointer`.
void collect_objects(const json::value &at, std::span<const std::string> path,
                     const std::string &pointer, std::vector<std::string> &out) {
  if (path.empty()) {
    out.push_back(pointer);
  } else if (path.front() != "*") {
    if (const json::value *inner = member(&at, path.front()))
      collect_objects(*inner, path.subspan(1), pointer_join(pointer, path.front()), out);
  } else if (const json::array *list = at.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i)
      collect_objects((*list)[i], path.subspan(1), pointer_join(pointer, i), out);
  }
}

}  // namespace

std::optional<json::value> without_removed_members(Findings &findings) {
  std::optional<json::value> out;
  for (const RemovedMember &removed : removed_members) {
    std::vector<std::string> objects;
    collect_objects(findings.root(), pointer_tokens(removed.object), "", objects);
    for (const std::string &object : objects) {
      if (member(find_at(findings.root(), object), removed.name) == nullptr) continue;
      findings.add(
          "M204", pointer_join(object, removed.name),
          '"' + std::string(removed.name) + "\" has no effect: " + std::string(removed.reason));
      if (!out) out.emplace(findings.root());
      Pointer::compile(object, object).find(*out)->as_object().erase(removed.name);
    }
  }
  return out;
}

}  // namespace cpi::manifest
