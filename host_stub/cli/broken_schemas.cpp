#include "cli/broken_schemas.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "base/json_member.hpp"
#include "server/private_file.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

constexpr const char *broken_schemas_file = "broken_schemas.json";

std::int64_t whole_at(const json::object &object, std::string_view key) {
  const json::value *found = object.if_contains(key);
  return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

}  // namespace

void forget_broken_schemas(const std::filesystem::path &data_dir) noexcept {
  try {
    std::error_code ignored;
    std::filesystem::remove(data_dir / broken_schemas_file, ignored);
  } catch (const std::exception &) {  // out of memory: `doctor` shows old counts with their time
  }
}

void write_broken_schemas(const std::filesystem::path &data_dir, std::int64_t since_unix_ms,
                          const std::vector<std::shared_ptr<const Plugin>> &plugins) {
  json::array found;
  for (const auto &plugin : plugins) {
    for (const SchemaBreaks &breaks : plugin->schema_check().breaks())
      found.push_back({{"plugin", plugin->id()},
                       {"version", plugin->manifest().version()},
                       {"operation", breaks.operation},
                       {"count", static_cast<std::int64_t>(breaks.count)},
                       {"place", breaks.place},
                       {"why", breaks.why}});
  }
  server::write_private(
      data_dir / broken_schemas_file,
      json::serialize(json::value{{"since_unix_ms", since_unix_ms}, {"found", std::move(found)}}));
}

BrokenSchemas read_broken_schemas(const std::filesystem::path &data_dir) {
  BrokenSchemas out;
  std::ifstream file(data_dir / broken_schemas_file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  json::error_code error;
  const json::value value = json::parse(text, error);
  const json::object *object = error ? nullptr : value.if_object();
  if (object == nullptr) return out;
  out.since_unix_ms = whole_at(*object, "since_unix_ms");
  const json::value *found = object->if_contains("found");
  if (found == nullptr || !found->is_array()) return out;
  for (const json::value &each : found->get_array()) {
    const json::object *one = each.if_object();
    if (one == nullptr) continue;
    out.found.push_back({.plugin = std::string(text_at(*one, "plugin")),
                         .version = std::string(text_at(*one, "version")),
                         .breaks = {.operation = std::string(text_at(*one, "operation")),
                                    .count = static_cast<std::uint64_t>(whole_at(*one, "count")),
                                    .place = std::string(text_at(*one, "place")),
                                    .why = std::string(text_at(*one, "why"))}});
  }
  return out;
}

}  // namespace host::cli
