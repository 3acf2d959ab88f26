// A compiled schema: a graph of nodes, one for each place in it; `$ref` is an edge.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/format.hpp"
#include "cpi/json/pattern.hpp"
#include "cpi/json/schema.hpp"

namespace cpi {

// Bits of SchemaNode::types.
enum SchemaType : unsigned {
  type_null = 1,
  type_boolean = 2,
  type_integer = 4,
  type_number = 8,
  type_string = 16,
  type_array = 32,
  type_object = 64,
};

struct SchemaNode {
  struct Named {
    std::string name;
    const SchemaNode *node;
  };
  struct PatternNamed {
    Pattern pattern;
    const SchemaNode *node;
  };
  // What else has to be there when `name` is: members, or a whole schema.
  struct Dependency {
    std::string name;
    std::vector<std::string> required;
    const SchemaNode *node = nullptr;
  };

  bool nothing_fits = false;  // the schema `false`
  std::string title;
  std::string example;  // the first of `examples` that is text
  bool secret = false;
  unsigned types = 0;  // 0: any
  std::vector<boost::json::value> allowed;
  std::optional<boost::json::value> constant;
  // objects
  std::vector<std::string> required;
  std::vector<Named> properties;
  std::vector<PatternNamed> pattern_properties;
  std::vector<Dependency> dependencies;
  const SchemaNode *additional = nullptr;
  const SchemaNode *names = nullptr;
  std::optional<std::size_t> min_properties;
  std::optional<std::size_t> max_properties;
  // lists
  const SchemaNode *items = nullptr;
  const SchemaNode *contains = nullptr;
  std::optional<std::size_t> min_items;
  std::optional<std::size_t> max_items;
  bool unique = false;
  // numbers
  std::optional<boost::json::value> minimum;
  std::optional<boost::json::value> maximum;
  std::optional<boost::json::value> above;
  std::optional<boost::json::value> below;
  std::optional<boost::json::value> multiple_of;
  // texts
  std::optional<std::size_t> min_length;
  std::optional<std::size_t> max_length;
  std::optional<Pattern> pattern;
  std::string pattern_text;
  const Format *format = nullptr;
  bool base64 = false;
  // the same value again
  const SchemaNode *ref = nullptr;
  std::vector<const SchemaNode *> all_of;
  std::vector<const SchemaNode *> any_of;
  std::vector<const SchemaNode *> one_of;
  const SchemaNode *not_this = nullptr;
  const SchemaNode *if_this = nullptr;
  const SchemaNode *then_this = nullptr;
  const SchemaNode *else_this = nullptr;

  const SchemaNode *property(std::string_view name) const {
    const auto found = std::find_if(properties.begin(), properties.end(),
                                    [&](const Named &each) { return each.name == name; });
    return found == properties.end() ? nullptr : found->node;
  }
  // Its own or that of what it refers to; may be empty.
  std::string_view shown_title() const {
    return title.empty() && ref != nullptr ? ref->shown_title() : title;
  }
  const SchemaNode &target() const { return ref != nullptr ? ref->target() : *this; }
};

struct Schema::Graph {
  std::deque<SchemaNode> nodes;
  const SchemaNode *root = nullptr;
  std::set<std::string, std::less<>> secret_names;  // of writeOnly properties, wherever they are
};

// Where `$ref` may lead, and what is done with words that are no part of the dialect.
struct SchemaSource {
  enum class References { definitions, document };
  References references;
  const boost::json::value *document;  // References::document: what "#/..." points into
  const boost::json::object *defs;     // References::definitions: what "#/$defs/..." points into
  UnknownFormats unknown_formats;
};

// Throws SchemaError.
void compile_schema(Schema::Graph &graph, const boost::json::value &schema,
                    const SchemaSource &source, std::string_view where);

std::vector<SchemaError> errors_in_schema(const boost::json::value &schema,
                                          const SchemaSource &source, std::string_view where);

// `what`: how the whole document is called, such as "The input".
Violations validate_against(const Schema::Graph &graph, const boost::json::value &document,
                            std::string_view what);

}  // namespace cpi
