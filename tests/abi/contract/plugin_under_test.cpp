#include "plugin_under_test.hpp"

#include <dlfcn.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <bit>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "well_formed.hpp"

namespace contract {
namespace {

std::string json_string(std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += {'\\', c};
    } else if (byte < 0x20) {
      json.append("\\u00").append({hex[byte >> 4U], hex[byte & 0xFU]});
    } else {
      json += c;
    }
  }
  return json += '"';
}

// A plain scalar that is a JSON literal is that literal (YAML's core schema); all others are text.
std::string json_of(const YAML::Node &node) {
  std::string json;
  switch (node.Type()) {
    case YAML::NodeType::Map:
      for (const auto &member : node) {
        json += (json.empty() ? "" : ",") + json_string(member.first.Scalar()) + ":" +
                json_of(member.second);
      }
      return "{" + json + "}";
    case YAML::NodeType::Sequence:
      for (const auto &element : node) json += (json.empty() ? "" : ",") + json_of(element);
      return "[" + json + "]";
    case YAML::NodeType::Scalar:
      if (node.Tag() != "!" && is_json(node.Scalar())) return node.Scalar();
      return json_string(node.Scalar());
    default:
      return "null";
  }
}

YAML::Node target_of(const YAML::Node &given, const YAML::Node &defs) {
  YAML::Node schema = given;
  while (schema["$ref"]) {
    const auto name = schema["$ref"].as<std::string>();
    schema.reset(defs[name.substr(name.rfind('/') + 1)]);
  }
  return schema;
}

// Something that fits a schema, for the fields that have no sample of their own.
std::string example_of(const YAML::Node &given, const YAML::Node &defs) {
  const YAML::Node schema = target_of(given, defs);
  for (const char *keyword : {"default", "const"}) {
    if (schema[keyword]) return json_of(schema[keyword]);
  }
  for (const char *keyword : {"examples", "enum"}) {
    if (schema[keyword] && schema[keyword].size() > 0) return json_of(schema[keyword][0]);
  }
  if (schema["oneOf"] && schema["oneOf"].size() > 0) return example_of(schema["oneOf"][0], defs);
  const auto type = schema["type"] ? schema["type"].as<std::string>("string") : "object";
  if (type == "integer" || type == "number") {
    return schema["minimum"] ? json_of(schema["minimum"]) : "1";
  }
  if (type == "boolean") return "true";
  if (type == "array") return "[]";
  if (type != "object") {
    const auto format = schema["format"] ? schema["format"].as<std::string>() : "";
    if (format == "email") return R"("a@example.com")";
    if (format == "date-time") return R"("2025-03-01T09:00:00Z")";
    if (format == "date-time-local") return R"("2025-03-01T09:00:00")";
    return R"("text")";
  }
  std::string json;
  for (const auto &name : schema["required"]) {
    json += (json.empty() ? "" : ",") + json_string(name.Scalar()) + ":" +
            example_of(schema["properties"][name.Scalar()], defs);
  }
  return "{" + json + "}";
}

std::string sample_input(const YAML::Node &operation, const YAML::Node &defs) {
  if (operation["sample_input"]) return json_of(operation["sample_input"]);
  return operation["input"] ? example_of(operation["input"], defs) : "{}";
}

std::string output_schema(const YAML::Node &operation) {
  return operation["output"] ? json_of(operation["output"]) : "{}";
}

std::vector<OperationCase> cases_of(const YAML::Node &manifest) {
  const YAML::Node defs = manifest["$defs"];
  std::vector<OperationCase> cases = {{.kind = CPI_KIND_TEST,
                                       .id = "",
                                       .input = "{}",
                                       .output = output_schema(manifest["auth"]["test"])}};
  for (const auto &action : manifest["actions"]) {
    OperationCase what{.kind = CPI_KIND_ACTION,
                       .id = action["id"].Scalar(),
                       .input = sample_input(action, defs),
                       .output = output_schema(action)};
    what.writes = !action["effects"]["read_only"].as<bool>(false);
    const YAML::Node output = target_of(action["output"], defs);
    what.promises = output["required"] && output["required"].size() > 0;
    what.checked = action["duplicate_check"].IsDefined();
    what.accepts = action["answer"] && (action["answer"]["accept"] || action["answer"]["file"]);
    what.handler = action["handler"] ? action["handler"].Scalar() : "";
    for (const auto &refusal : action["done_if_repeated"]) {
      if (refusal["pointer"]) continue;
      for (const auto &status : refusal["status"]) {
        what.done_if_repeated.push_back(status.as<int>());
      }
    }
    cases.push_back(std::move(what));
  }
  for (const auto &trigger : manifest["triggers"]) {
    const auto input = sample_input(trigger, defs);
    const auto output = output_schema(trigger);
    for (const auto mode : {CPI_POLL_BASELINE, CPI_POLL_NORMAL, CPI_POLL_BACKFILL}) {
      cases.push_back({.kind = CPI_KIND_POLL,
                       .id = trigger["id"].Scalar(),
                       .input = input,
                       .mode = mode,
                       .output = output});
    }
    cases.push_back(
        {.kind = CPI_KIND_SAMPLE, .id = trigger["id"].Scalar(), .input = input, .output = output});
  }
  for (const auto &lookup : manifest["lookups"]) {
    cases.push_back({.kind = CPI_KIND_LOOKUP,
                     .id = lookup["id"].Scalar(),
                     .input = R"({"input":)" + sample_input(lookup, defs) + "}"});
  }
  return cases;
}

std::string read_file(const std::filesystem::path &path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string_view path_of(std::string_view url) {
  const auto scheme = url.find("://");
  const auto start = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (start == std::string_view::npos) return "/";
  return url.substr(start, url.find_first_of("?#", start) - start);
}

bool path_fits(std::string_view pattern, std::string_view path) {
  for (;;) {
    const auto pattern_end = pattern.find('/', 1);
    const auto path_end = path.find('/', 1);
    if (pattern.substr(0, pattern_end) != "/{}" &&
        pattern.substr(0, pattern_end) != path.substr(0, path_end)) {
      return false;
    }
    if (pattern_end == std::string_view::npos || path_end == std::string_view::npos) {
      return pattern_end == path_end;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
}

}  // namespace

std::string OperationCase::label() const {
  static constexpr std::array kinds = {"?", "TEST", "ACTION", "POLL", "SAMPLE", "LOOKUP"};
  static constexpr std::array modes = {"", " baseline", " normal", " backfill"};
  return std::string(kinds.at(static_cast<std::size_t>(kind))) + " " + id +
         modes.at(static_cast<std::size_t>(mode));
}

CannedAnswer PluginUnderTest::answer_to(std::string_view method, std::string_view url) const {
  for (const auto &answer : answers) {
    const bool any_method = answer.method.empty();
    if ((any_method || answer.method == method) && path_fits(answer.path, path_of(url))) {
      return answer;
    }
  }
  return {.method = {}, .path = {}, .type = {}, .body = "{}"};
}

PluginUnderTest read_plugin(const std::filesystem::path &library,
                            const std::filesystem::path &answers_folder) {
  PluginUnderTest plugin;
  plugin.library = std::filesystem::absolute(library);
  plugin.manifest = std::filesystem::path(plugin.library).replace_extension(".yaml");
  plugin.manifest_bytes = read_file(plugin.manifest);
  const auto manifest = YAML::Load(plugin.manifest_bytes);
  plugin.manifest_json = json_of(manifest);
  plugin.id = manifest["id"].as<std::string>();
  plugin.version = manifest["version"].as<std::string>();
  plugin.cases = cases_of(manifest);
  if (manifest["$defs"]) plugin.defs = json_of(manifest["$defs"]);
  const auto answers = answers_folder / plugin.library.stem().concat(".yaml");
  plugin.has_answers = std::filesystem::exists(answers);
  if (plugin.has_answers) {
    for (const auto &answer : YAML::Load(read_file(answers))) {
      plugin.answers.push_back(
          {answer["method"].as<std::string>(""), answer["path"].as<std::string>(),
           answer["type"].as<std::string>(""), answer["body"].as<std::string>()});
    }
  }
  return plugin;
}

LoadedPlugin::LoadedPlugin(const std::filesystem::path &library)
    : handle_(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)), entry_(nullptr) {
  if (handle_ == nullptr) {
    throw std::runtime_error(
        dlerror());  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
  }
  entry_ = std::bit_cast<cpi_plugin_entry_fn>(dlsym(handle_, CPI_PLUGIN_ENTRY));
  if (entry_ == nullptr) {
    dlclose(handle_);
    throw std::runtime_error(library.string() + ": has no " CPI_PLUGIN_ENTRY);
  }
}

LoadedPlugin::~LoadedPlugin() {
  dlclose(handle_);
}

}  // namespace contract
