#include "format_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "cpi/language/strategies.hpp"
#include "cpi/manifest/manifest_schema.hpp"

namespace cpi::manifest {

namespace json = boost::json;

json::value format_schema() {
  json::value schema = json::parse(manifest_schema_text());
  json::object &members = schema.at("definitions").at("detect").at("properties").as_object();
  json::array names;
  for (const strategies::Row &row : strategies::all) {
    names.emplace_back(row.name);
    if (!row.own.empty()) members[row.own] = json::parse(row.own_schema);
  }
  members["strategy"] = json::object{{"enum", std::move(names)}};
  return schema;
}

}  // namespace cpi::manifest
