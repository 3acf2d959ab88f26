// Request templates against the input that fills them.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "findings.hpp"

namespace cpi::manifest {

// What the pointers of a template point into.
struct TemplateInput {
  const boost::json::value *schema = nullptr;  // null: there is no input
  std::vector<std::string_view> extra;         // texts that are there beside it ("search")
  bool any = false;                            // the strategy provides more than the schema says
};

// M311, M315..M319. `pointer` is the request's.
void check_request(Findings &findings, const boost::json::object &request,
                   const std::string &pointer, const TemplateInput &input);

// The path with each placeholder replaced by "{}".
[[nodiscard]] std::string path_shape(std::string_view path);

// Host and port of an https URL in lower case, without port 443; empty when it is not one.
[[nodiscard]] std::string host_of(std::string_view url);

[[nodiscard]] bool is_encoder(std::string_view name);

}  // namespace cpi::manifest
