#include "cpi/json/schema.hpp"

#include <algorithm>
#include <utility>

#include "schema_graph.hpp"

namespace cpi {

namespace json = boost::json;

std::string summary_of(const Violations &violations, std::string_view what) {
  if (violations.count() == 1) return violations.listed.front().message;
  std::string out = std::string(what) + " has " + std::to_string(violations.count()) + " problems";
  if (violations.others > 0) {
    out += "; the first " + std::to_string(violations.listed.size()) + " are listed";
  }
  return out + ".";
}

json::array details_of(const Violations &violations) {
  json::array list;
  for (const auto &each : violations.listed) {
    list.push_back(json::object{
        {"pointer", each.pointer}, {"message", each.message}, {"keyword", each.keyword}});
  }
  if (violations.others > 0) {
    const std::string count = std::to_string(violations.others);
    list.push_back(json::object{
        {"pointer", ""},
        {"message", violations.others == 1
                        ? "There is 1 more problem, which is not listed."
                        : "There are " + count + " more problems, which are not listed."},
        {"keyword", ""}});
  }
  return list;
}

SchemaError::SchemaError(std::string at, std::string of, std::string reason)
    : std::invalid_argument(at + ": " + reason),
      place(std::move(at)),
      keyword(std::move(of)),
      why(std::move(reason)) {}

Schema::Schema() {
  auto graph = std::make_shared<Graph>();
  graph->root = &graph->nodes.emplace_back();
  graph_ = std::move(graph);
}

Schema Schema::compile(const json::value &schema, const json::object &defs, std::string_view where,
                       UnknownFormats unknown) {
  auto graph = std::make_shared<Graph>();
  compile_schema(*graph, schema, {SchemaSource::References::definitions, nullptr, &defs, unknown},
                 where);
  Schema out;
  out.graph_ = std::move(graph);
  return out;
}

std::vector<SchemaError> Schema::errors_in(const json::value &schema, const json::object &defs,
                                           std::string_view where, UnknownFormats unknown) {
  return errors_in_schema(schema, {SchemaSource::References::definitions, nullptr, &defs, unknown},
                          where);
}

Schema Schema::compile_document(const json::value &document, UnknownFormats unknown) {
  auto graph = std::make_shared<Graph>();
  compile_schema(*graph, document,
                 {SchemaSource::References::document, &document, nullptr, unknown}, "");
  Schema out;
  out.graph_ = std::move(graph);
  return out;
}

Violations Schema::validate(const json::value &document, std::string_view what) const {
  return validate_against(*graph_, document, what);
}

bool Schema::has_secrets() const noexcept {
  return std::any_of(graph_->nodes.begin(), graph_->nodes.end(),
                     [](const SchemaNode &node) { return node.secret; });
}

}  // namespace cpi
