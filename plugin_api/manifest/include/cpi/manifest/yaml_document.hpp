// Converts YAML to JSON under the YAML 1.2 core schema. Refuses constructs that YAML parsers read
// differently. Not a general YAML reader: anchors are expanded, comments are dropped.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/source_map.hpp"

namespace cpi::manifest {

// Limits of a text. If one is exceeded, reading stops with M104 or M105.
struct Limits {
  std::size_t bytes = std::size_t{2} << 20;
  std::size_t nodes = 200'000;  // after aliases are expanded
  std::size_t depth = 64;
  std::size_t scalar_bytes = std::size_t{64} << 10;
  std::size_t line_bytes = std::size_t{64} << 10;  // yaml-cpp reads a line ahead
  std::size_t problems = 100;                      // further ones are dropped
};

// A JSON document with the source locations of its values.
struct Document {
  boost::json::value value;
  SourceMap map;
};

struct ReadResult {
  std::optional<Document> document;  // empty if there was an error
  std::vector<Problem> problems;
};

// Reads one YAML document. `file_name` is only for messages. Throws only std::bad_alloc. [any]
[[nodiscard]] ReadResult read_yaml(std::string_view text, std::string file_name,
                                   const Limits &limits = {});

// The bytes of a file of at most limits.bytes, or problem M110 or M104. [any]
struct FileBytes {
  std::optional<std::string> bytes;
  std::vector<Problem> problems;
};
[[nodiscard]] FileBytes read_file(const std::filesystem::path &path, const Limits &limits = {});

// How an unquoted scalar is read; `ambiguous` ones must be quoted. Exposed for the writer and
// tests.
enum class PlainKind { text, number, boolean, null, ambiguous };
[[nodiscard]] PlainKind classify_plain(std::string_view text);

}  // namespace cpi::manifest
