// Which assumptions of a manifest's `probe` an operation rests on. Nobody has verified an
// assumption for an account before `connector-host probe` did, so whoever shows an operation shows
// them, too.
//
// Nothing is declared twice: an operation rests on an assumption if it sends the request that the
// assumption is about, judged by method and path, where anything in braces equals anything else.
// What is assumed of an order or a filter concerns only requests that ask for it, what is assumed
// of pages only requests that are paged. An assumption `of_all: true` concerns the service as a
// whole and no operation in particular.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

namespace cpi::manifest {

struct Assumption {
  std::string_view id;
  std::string_view description;
};

// In the order of the manifest, which owns the texts. `operation`: an entry of its triggers,
// actions or lookups. [any]
[[nodiscard]] std::vector<Assumption> assumptions_of(const boost::json::object &manifest,
                                                     const boost::json::object &operation);

// The indices of the assumptions that no operation rests on, those of the service as a whole left
// out. [any]
[[nodiscard]] std::vector<std::size_t> unused_assumptions(const boost::json::object &manifest);

}  // namespace cpi::manifest
