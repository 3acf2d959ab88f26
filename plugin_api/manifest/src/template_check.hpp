// Request templates against the input that fills them.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "findings.hpp"

namespace cpi::manifest {

// What the pointers of a template point into.
struct TemplateInput {
  const boost::json::value *schema = nullptr;  // null: there is no input
  // The member of the scope that holds the input ("input" in triggers); empty: it is the scope.
  std::string_view member;
  // Further members of the scope, about which nothing is known ("search", "gate", "row").
  std::vector<std::string_view> extra;
};

// M311, M315..M319. `pointer` is the request's.
void check_request(Findings &findings, const boost::json::object &request,
                   const std::string &pointer, const TemplateInput &input);

// The same for a value with placements in it.
void check_node(Findings &findings, const boost::json::value &node, const std::string &pointer,
                const TemplateInput &input);

// The path with each placeholder replaced by "{}".
[[nodiscard]] std::string path_shape(std::string_view path);

// Host and port of an https URL in lower case, without port 443; empty when it is not one.
[[nodiscard]] std::string host_of(std::string_view url);

[[nodiscard]] std::span<const std::string_view> known_encoders();
[[nodiscard]] bool is_encoder(std::string_view name);

}  // namespace cpi::manifest
