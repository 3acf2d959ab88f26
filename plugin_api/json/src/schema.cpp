// A schema becomes a graph of nodes, one for each place in it; `$ref` is an edge. Validation walks
// value and graph together.
#include "cpi/json/schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include <boost/json/serialize.hpp>

#include "cpi/json/base64.hpp"
#include "cpi/json/format.hpp"
#include "cpi/json/number.hpp"
#include "cpi/json/pattern.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/utf8.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

enum Type : unsigned {
  type_null = 1,
  type_boolean = 2,
  type_integer = 4,
  type_number = 8,
  type_string = 16,
  type_array = 32,
  type_object = 64,
};

struct TypeName {
  unsigned bit;
  std::string_view name;
  std::string_view phrase;  // after "must be "
};

constexpr std::array type_names{
    TypeName{type_null, "null", "null"},
    TypeName{type_boolean, "boolean", "true or false"},
    TypeName{type_integer, "integer", "a whole number"},
    TypeName{type_number, "number", "a number"},
    TypeName{type_string, "string", "text"},
    TypeName{type_array, "array", "a list"},
    TypeName{type_object, "object", "an object"},
};

// A JSON number of up to 64 bits compared exactly, whatever the two are kept as.
int compare_numbers(const json::value &a, const json::value &b) {
  const auto order = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (a.is_double() || b.is_double()) {
    // long double holds every 64-bit integer.
    const auto wide = [](const json::value &v) -> long double {
      if (v.is_int64()) return static_cast<long double>(v.get_int64());
      if (v.is_uint64()) return static_cast<long double>(v.get_uint64());
      return v.get_double();
    };
    return order(wide(a), wide(b));
  }
  if (a.is_int64() && b.is_int64()) return order(a.get_int64(), b.get_int64());
  if (a.is_uint64() && b.is_uint64()) return order(a.get_uint64(), b.get_uint64());
  if (a.is_int64()) {
    return a.get_int64() < 0 ? -1
                             : order(static_cast<std::uint64_t>(a.get_int64()), b.get_uint64());
  }
  return b.get_int64() < 0 ? 1 : order(a.get_uint64(), static_cast<std::uint64_t>(b.get_int64()));
}

// Equality as JSON Schema means it: 1 and 1.0 are the same, the order of members says nothing.
bool same(const json::value &a, const json::value &b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  if (const auto *list = a.if_array()) {
    const auto &other = b.get_array();
    return std::equal(list->begin(), list->end(), other.begin(), other.end(), same);
  }
  if (const auto *object = a.if_object()) {
    const auto &other = b.get_object();
    if (object->size() != other.size()) return false;
    return std::all_of(object->begin(), object->end(), [&](const auto &member) {
      const auto *found = other.if_contains(member.key());
      return found != nullptr && same(member.value(), *found);
    });
  }
  return a == b;
}

bool is_whole(const json::value &value) {
  if (value.is_int64() || value.is_uint64()) return true;
  return value.is_double() && std::isfinite(value.get_double()) &&
         std::trunc(value.get_double()) == value.get_double();
}

bool is_multiple(const json::value &value, const json::value &step) {
  if (!value.is_double() && !step.is_double()) {
    const auto magnitude = [](const json::value &v) {
      if (v.is_uint64()) return v.get_uint64();
      const auto number = v.get_int64();
      return number < 0 ? ~static_cast<std::uint64_t>(number) + 1
                        : static_cast<std::uint64_t>(number);
    };
    return magnitude(value) % magnitude(step) == 0;
  }
  // 0.3 is a multiple of 0.1 for a person, though not for a binary fraction.
  const double quotient = value.to_number<double>() / step.to_number<double>();
  return std::isfinite(quotient) &&
         std::abs(quotient - std::round(quotient)) <= 1e-9 * std::max(1.0, std::abs(quotient));
}

}  // namespace

namespace {

struct Node;

struct Named {
  std::string name;
  const Node *node;
};
struct PatternNamed {
  Pattern pattern;
  const Node *node;
};

struct Node {
  bool nothing_fits = false;  // the schema `false`
  std::string title;
  bool secret = false;
  unsigned types = 0;  // 0: any
  std::vector<json::value> allowed;
  std::optional<json::value> constant;
  // objects
  std::vector<std::string> required;
  std::vector<Named> properties;
  std::vector<PatternNamed> pattern_properties;
  const Node *additional = nullptr;
  const Node *names = nullptr;
  std::optional<std::size_t> min_properties;
  std::optional<std::size_t> max_properties;
  // lists
  const Node *items = nullptr;
  const Node *contains = nullptr;
  std::optional<std::size_t> min_items;
  std::optional<std::size_t> max_items;
  bool unique = false;
  // numbers
  std::optional<json::value> minimum;
  std::optional<json::value> maximum;
  std::optional<json::value> above;
  std::optional<json::value> below;
  std::optional<json::value> multiple_of;
  // texts
  std::optional<std::size_t> min_length;
  std::optional<std::size_t> max_length;
  std::optional<Pattern> pattern;
  std::string pattern_text;
  const Format *format = nullptr;
  bool base64 = false;
  // the same value again
  const Node *ref = nullptr;
  std::vector<const Node *> all_of;
  std::vector<const Node *> any_of;
  std::vector<const Node *> one_of;
  const Node *not_this = nullptr;
  const Node *if_this = nullptr;
  const Node *then_this = nullptr;
  const Node *else_this = nullptr;

  const Node *property(std::string_view name) const {
    const auto found = std::find_if(properties.begin(), properties.end(),
                                    [&](const Named &each) { return each.name == name; });
    return found == properties.end() ? nullptr : found->node;
  }
};

}  // namespace

struct Schema::Graph {
  std::deque<Node> nodes;
  const Node *root = nullptr;
  std::set<std::string, std::less<>> secret_names;  // of writeOnly properties, wherever they are
};

namespace {

// ---- Compilation --------------------------------------------------------------------------------

class Compiler {
 public:
  Compiler(Schema::Graph &graph, const json::object &defs) : graph_(graph), defs_(defs) {}

  const Node *compile(const json::value &schema, const std::string &where) {
    if (++depth_ > 100) refuse(where, "is nested too deeply");
    Node &node = graph_.nodes.emplace_back();
    if (const auto *flag = schema.if_bool()) {
      node.nothing_fits = !*flag;
    } else if (const auto *object = schema.if_object()) {
      fill(node, *object, where);
    } else {
      refuse(where, "is no schema: it must be an object, true or false");
    }
    --depth_;
    return &node;
  }

  // A value must not be checked against a schema in terms of itself.
  void refuse_loops(const std::string &where) {
    for (const auto &node : graph_.nodes) visit(&node, where);
  }

 private:
  [[noreturn]] static void refuse(const std::string &where, const std::string &why) {
    throw std::invalid_argument(where + ": " + why);
  }

  void fill(Node &node, const json::object &schema, const std::string &where) {
    using Fill = void (Compiler::*)(Node &, const json::value &, const std::string &);
    struct Keyword {
      std::string_view name;
      Fill fill;  // null: says nothing about validity
    };
    static constexpr std::array keywords{
        Keyword{"$comment", nullptr},
        Keyword{"$ref", &Compiler::ref},
        Keyword{"$schema", nullptr},
        Keyword{"additionalProperties", &Compiler::additional},
        Keyword{"allOf", &Compiler::all_of},
        Keyword{"anyOf", &Compiler::any_of},
        Keyword{"const", &Compiler::constant},
        Keyword{"contains", &Compiler::contains},
        Keyword{"contentEncoding", &Compiler::content_encoding},
        Keyword{"contentMediaType", nullptr},
        Keyword{"default", nullptr},
        Keyword{"deprecated", nullptr},
        Keyword{"description", nullptr},
        Keyword{"else", &Compiler::else_this},
        Keyword{"enum", &Compiler::allowed},
        Keyword{"examples", nullptr},
        Keyword{"exclusiveMaximum", &Compiler::below},
        Keyword{"exclusiveMinimum", &Compiler::above},
        Keyword{"format", &Compiler::format},
        Keyword{"if", &Compiler::if_this},
        Keyword{"items", &Compiler::items},
        Keyword{"maxItems", &Compiler::max_items},
        Keyword{"maxLength", &Compiler::max_length},
        Keyword{"maxProperties", &Compiler::max_properties},
        Keyword{"maximum", &Compiler::maximum},
        Keyword{"minItems", &Compiler::min_items},
        Keyword{"minLength", &Compiler::min_length},
        Keyword{"minProperties", &Compiler::min_properties},
        Keyword{"minimum", &Compiler::minimum},
        Keyword{"multipleOf", &Compiler::multiple_of},
        Keyword{"not", &Compiler::not_this},
        Keyword{"oneOf", &Compiler::one_of},
        Keyword{"pattern", &Compiler::pattern},
        Keyword{"patternProperties", &Compiler::pattern_properties},
        Keyword{"properties", &Compiler::properties},
        Keyword{"propertyNames", &Compiler::names},
        Keyword{"readOnly", nullptr},
        Keyword{"required", &Compiler::required},
        Keyword{"then", &Compiler::then_this},
        Keyword{"title", &Compiler::title},
        Keyword{"type", &Compiler::type},
        Keyword{"uniqueItems", &Compiler::unique},
        Keyword{"writeOnly", &Compiler::secret},
    };
    const bool has_ref = schema.contains("$ref");
    for (const auto &member : schema) {
      const std::string_view name = member.key();
      const std::string place = pointer_join(where, name);
      if (name.starts_with("x-")) continue;
      const auto *keyword = std::find_if(keywords.begin(), keywords.end(),
                                         [&](const Keyword &each) { return each.name == name; });
      if (keyword == keywords.end()) refuse(place, "this keyword is not supported");
      if (keyword->fill == nullptr) continue;
      if (has_ref && name != "$ref" && name != "title" && name != "writeOnly") {
        refuse(place, "has no effect beside $ref in draft-07; put both under allOf");
      }
      (this->*keyword->fill)(node, member.value(), place);
    }
  }

  // ---- What a keyword's value may be ----

  static const json::array &list_at(const json::value &value, const std::string &where) {
    const auto *list = value.if_array();
    if (list == nullptr || list->empty()) refuse(where, "must be a list that is not empty");
    return *list;
  }
  static const json::object &object_at(const json::value &value, const std::string &where) {
    const auto *object = value.if_object();
    if (object == nullptr) refuse(where, "must be an object");
    return *object;
  }
  static std::string text_at(const json::value &value, const std::string &where) {
    const auto *text = value.if_string();
    if (text == nullptr) refuse(where, "must be text");
    return std::string(*text);
  }
  static bool flag_at(const json::value &value, const std::string &where) {
    const auto *flag = value.if_bool();
    if (flag == nullptr) refuse(where, "must be true or false");
    return *flag;
  }
  static json::value number_at(const json::value &value, const std::string &where) {
    if (!value.is_number()) refuse(where, "must be a number");
    return value;
  }
  static std::size_t count_at(const json::value &value, const std::string &where) {
    if (!value.is_int64() || value.get_int64() < 0) {
      refuse(where, "must be a whole number from 0 on");
    }
    return static_cast<std::size_t>(value.get_int64());
  }
  std::vector<const Node *> schemas_at(const json::value &value, const std::string &where) {
    std::vector<const Node *> out;
    for (const auto &each : list_at(value, where)) {
      out.push_back(compile(each, pointer_join(where, out.size())));
    }
    return out;
  }
  static Pattern pattern_at(std::string_view text, const std::string &where) {
    try {
      return Pattern::compile(text);
    } catch (const std::invalid_argument &error) {
      refuse(where, error.what());
    }
  }

  // ---- One function for each keyword ----

  void title(Node &n, const json::value &v, const std::string &w) { n.title = text_at(v, w); }
  void secret(Node &n, const json::value &v, const std::string &w) { n.secret = flag_at(v, w); }
  void type(Node &n, const json::value &v, const std::string &w) {
    const auto add = [&](const json::value &name) {
      const auto text = text_at(name, w);
      const auto *found = std::find_if(type_names.begin(), type_names.end(),
                                       [&](const TypeName &each) { return each.name == text; });
      if (found == type_names.end()) refuse(w, "\"" + text + "\" is no JSON type");
      n.types |= found->bit;
    };
    if (!v.is_array()) return add(v);
    for (const auto &each : list_at(v, w)) add(each);
  }
  void allowed(Node &n, const json::value &v, const std::string &w) {
    const auto &list = list_at(v, w);
    n.allowed.assign(list.begin(), list.end());
  }
  void constant(Node &n, const json::value &v, const std::string & /*w*/) { n.constant = v; }
  void required(Node &n, const json::value &v, const std::string &w) {
    if (!v.is_array()) refuse(w, "must be a list of names");
    for (const auto &name : v.get_array()) n.required.push_back(text_at(name, w));
  }
  void properties(Node &n, const json::value &v, const std::string &w) {
    for (const auto &member : object_at(v, w)) {
      const Node *node = compile(member.value(), pointer_join(w, member.key()));
      if (node->secret) graph_.secret_names.emplace(member.key());
      n.properties.push_back({std::string(member.key()), node});
    }
  }
  void pattern_properties(Node &n, const json::value &v, const std::string &w) {
    for (const auto &member : object_at(v, w)) {
      const auto place = pointer_join(w, member.key());
      n.pattern_properties.push_back(
          {pattern_at(member.key(), place), compile(member.value(), place)});
    }
  }
  void additional(Node &n, const json::value &v, const std::string &w) {
    n.additional = compile(v, w);
  }
  void names(Node &n, const json::value &v, const std::string &w) { n.names = compile(v, w); }
  void min_properties(Node &n, const json::value &v, const std::string &w) {
    n.min_properties = count_at(v, w);
  }
  void max_properties(Node &n, const json::value &v, const std::string &w) {
    n.max_properties = count_at(v, w);
  }
  void items(Node &n, const json::value &v, const std::string &w) {
    if (v.is_array()) refuse(w, "must be one schema: 2020-12 has no lists here");
    n.items = compile(v, w);
  }
  void contains(Node &n, const json::value &v, const std::string &w) { n.contains = compile(v, w); }
  void min_items(Node &n, const json::value &v, const std::string &w) {
    n.min_items = count_at(v, w);
  }
  void max_items(Node &n, const json::value &v, const std::string &w) {
    n.max_items = count_at(v, w);
  }
  void unique(Node &n, const json::value &v, const std::string &w) { n.unique = flag_at(v, w); }
  void minimum(Node &n, const json::value &v, const std::string &w) { n.minimum = number_at(v, w); }
  void maximum(Node &n, const json::value &v, const std::string &w) { n.maximum = number_at(v, w); }
  void above(Node &n, const json::value &v, const std::string &w) { n.above = number_at(v, w); }
  void below(Node &n, const json::value &v, const std::string &w) { n.below = number_at(v, w); }
  void multiple_of(Node &n, const json::value &v, const std::string &w) {
    n.multiple_of = number_at(v, w);
    if (n.multiple_of->to_number<double>() <= 0) refuse(w, "must be above 0");
  }
  void min_length(Node &n, const json::value &v, const std::string &w) {
    n.min_length = count_at(v, w);
  }
  void max_length(Node &n, const json::value &v, const std::string &w) {
    n.max_length = count_at(v, w);
  }
  void pattern(Node &n, const json::value &v, const std::string &w) {
    n.pattern_text = text_at(v, w);
    n.pattern = pattern_at(n.pattern_text, w);
  }
  void format(Node &n, const json::value &v, const std::string &w) {
    const auto name = text_at(v, w);
    n.format = find_format(name);
    if (n.format == nullptr) refuse(w, "the format \"" + name + "\" is not supported");
  }
  void content_encoding(Node &n, const json::value &v, const std::string &w) {
    if (text_at(v, w) != "base64") refuse(w, "only base64 is supported");
    n.base64 = true;
  }
  void ref(Node &n, const json::value &v, const std::string &w) {
    constexpr std::string_view prefix = "#/$defs/";
    const auto target = text_at(v, w);
    if (!target.starts_with(prefix)) refuse(w, "must start with #/$defs/");
    const auto name = target.substr(prefix.size());
    if (const auto known = referred_.find(name); known != referred_.end()) {
      n.ref = known->second;
      n.secret = n.secret || known->second->secret;
      return;
    }
    const auto *schema = Pointer::compile("/" + name, w).find(defs_);
    if (schema == nullptr) refuse(w, "there is no " + target);
    // Known before it is compiled, for it may refer to itself.
    Node &node = graph_.nodes.emplace_back();
    referred_.emplace(name, &node);
    n.ref = &node;
    if (const auto *flag = schema->if_bool()) {
      node.nothing_fits = !*flag;
    } else {
      fill(node, object_at(*schema, target), "/$defs/" + name);
    }
    n.secret = n.secret || node.secret;
  }
  void all_of(Node &n, const json::value &v, const std::string &w) { n.all_of = schemas_at(v, w); }
  void any_of(Node &n, const json::value &v, const std::string &w) { n.any_of = schemas_at(v, w); }
  void one_of(Node &n, const json::value &v, const std::string &w) { n.one_of = schemas_at(v, w); }
  void not_this(Node &n, const json::value &v, const std::string &w) { n.not_this = compile(v, w); }
  void if_this(Node &n, const json::value &v, const std::string &w) { n.if_this = compile(v, w); }
  void then_this(Node &n, const json::value &v, const std::string &w) {
    n.then_this = compile(v, w);
  }
  void else_this(Node &n, const json::value &v, const std::string &w) {
    n.else_this = compile(v, w);
  }

  void visit(const Node *node, const std::string &where) {
    if (node == nullptr || finished_.contains(node)) return;
    if (!entered_.insert(node).second) {
      refuse(where, "a $ref leads back to itself without going into the value");
    }
    visit(node->ref, where);
    visit(node->not_this, where);
    visit(node->if_this, where);
    visit(node->then_this, where);
    visit(node->else_this, where);
    for (const auto *list : {&node->all_of, &node->any_of, &node->one_of}) {
      for (const auto *each : *list) visit(each, where);
    }
    entered_.erase(node);
    finished_.insert(node);
  }

  Schema::Graph &graph_;
  const json::object &defs_;
  std::map<std::string, const Node *, std::less<>> referred_;
  std::set<const Node *> entered_;
  std::set<const Node *> finished_;
  int depth_ = 0;
};

// ---- Sentences ----------------------------------------------------------------------------------

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out = "\"";
  if (text.size() <= longest) {
    out += text;
  } else {
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    out += text.substr(0, end);
    out += "...";
  }
  return out + "\"";
}

std::string shown(const json::value &value) {
  if (const auto *text = value.if_string()) return quoted(*text);
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  if (value.is_null()) return "null";
  return *scalar_text(value);
}

std::string kind_of(const json::value &value, bool secret) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
    case json::kind::bool_:
      return secret ? "true or false" : shown(value);
    case json::kind::string:
      return secret ? "text" : "the text " + shown(value);
    default:
      return secret ? "a number" : "the number " + shown(value);
  }
}

std::string joined(const std::vector<std::string> &parts, std::string_view last_link) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? std::string(last_link) : ", ";
    out += parts[i];
  }
  return out;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

// Edits between two names, of which swapping neighbours is one.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> row(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) row[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) row[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[i][j] = std::min({row[i - 1][j] + 1, row[i][j - 1] + 1, row[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[i][j] = std::min(row[i][j], row[i - 2][j - 2] + 1);
      }
    }
  }
  return row[a.size()][b.size()];
}

// Names compared without regard to case and separators: listId, list-id and list_id are one.
std::string squeezed(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == ' ') continue;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
  }
  return out;
}

// ---- Validation ---------------------------------------------------------------------------------

class Walk {
 public:
  Walk(const Schema::Graph &graph, std::vector<Problem> &problems)
      : graph_(graph), problems_(problems) {}

  // Where a value stands, from the inside outwards.
  struct Place {
    const Place *outer = nullptr;
    std::string_view name;  // of a member
    std::size_t index = 0;  // of an element
    bool is_element = false;
    bool secret = false;

    std::string pointer() const {
      if (outer == nullptr) return {};
      return is_element ? pointer_join(outer->pointer(), index)
                        : pointer_join(outer->pointer(), name);
    }
  };

  void check(const Node &node, const json::value &value, const Place &place) {
    if (node.nothing_fits) {
      return report(node, place, "false schema",
                    place.outer == nullptr
                        ? "is not allowed here"
                        : "is not used with the other values given; leave it out");
    }
    if (node.ref != nullptr) return check(*node.ref, value, place);
    const Place here = node.secret && !place.secret ? secret(place) : place;

    if (node.types != 0 && !type_fits(node.types, value)) {
      report(node, here, "type",
             "must be " + type_phrase(node.types) + ", not " + kind_of(value, here.secret));
      return;  // all else would only say it again
    }
    check_choice(node, value, here);
    if (value.is_number()) check_number(node, value, here);
    if (const auto *text = value.if_string()) check_text(node, *text, here);
    if (const auto *list = value.if_array()) check_list(node, *list, here);
    if (const auto *object = value.if_object()) check_object(node, *object, here);

    for (const auto *each : node.all_of) check(*each, value, here);
    if (!node.any_of.empty()) check_any(node, value, here);
    if (!node.one_of.empty()) check_one(node, value, here);
    if (node.not_this != nullptr && fits(*node.not_this, value, here)) {
      report(node, here, "not", not_phrase(*node.not_this));
    }
    if (node.if_this != nullptr) {
      const auto *branch = fits(*node.if_this, value, here) ? node.then_this : node.else_this;
      if (branch != nullptr) check(*branch, value, here);
    }
  }

 private:
  static Place secret(Place place) {
    place.secret = true;
    return place;
  }
  Place member(const Place &outer, std::string_view name) const {
    return {.outer = &outer,
            .name = name,
            .index = 0,
            .is_element = false,
            .secret = outer.secret || graph_.secret_names.contains(name)};
  }
  static Place element(const Place &outer, std::size_t index) {
    return {
        .outer = &outer, .name = {}, .index = index, .is_element = true, .secret = outer.secret};
  }

  // How a person knows the value: by its title, else by its name in the document.
  static std::string subject(std::string_view title, const Place &place) {
    if (!title.empty() && place.outer != nullptr) return std::string(title);
    if (place.outer == nullptr) return "The input";
    if (!place.is_element) return name_of(place);
    return "Item " + std::to_string(place.index + 1) +
           (place.outer->outer != nullptr ? " of " + name_of(*place.outer) : "");
  }
  static std::string name_of(const Place &place) {
    if (place.outer == nullptr) return "the input";
    return place.is_element ? "item " + std::to_string(place.index + 1) : quoted(place.name);
  }

  void report(const Node &node, const Place &place, std::string_view keyword,
              const std::string &what) {
    problems_.push_back(
        {place.pointer(), subject(node.title, place) + " " + what + ".", std::string(keyword)});
  }

  static bool type_fits(unsigned types, const json::value &value) {
    switch (value.kind()) {
      case json::kind::null:
        return (types & type_null) != 0;
      case json::kind::bool_:
        return (types & type_boolean) != 0;
      case json::kind::string:
        return (types & type_string) != 0;
      case json::kind::array:
        return (types & type_array) != 0;
      case json::kind::object:
        return (types & type_object) != 0;
      default:
        return (types & type_number) != 0 || ((types & type_integer) != 0 && is_whole(value));
    }
  }
  static std::string type_phrase(unsigned types) {
    std::vector<std::string> phrases;
    for (const auto &each : type_names) {
      if ((types & each.bit) != 0) phrases.emplace_back(each.phrase);
    }
    return joined(phrases, " or ");
  }

  void check_choice(const Node &node, const json::value &value, const Place &place) {
    if (!node.allowed.empty() &&
        std::none_of(node.allowed.begin(), node.allowed.end(),
                     [&](const auto &each) { return same(each, value); })) {
      report(node, place, "enum", one_of_phrase(node.allowed, value, place.secret));
    }
    if (node.constant && !same(*node.constant, value)) {
      report(node, place, "const",
             place.secret ? "has a value that is not allowed"
                          : "must be " + shown(*node.constant) + ", not " + shown(value));
    }
  }

  static std::string one_of_phrase(const std::vector<json::value> &allowed,
                                   const json::value &value, bool secret) {
    if (secret) return "has a value that is not allowed";
    constexpr std::size_t most = 12;
    std::vector<std::string> choices;
    for (const auto &each : allowed) {
      if (choices.size() < most) choices.push_back(shown(each));
    }
    std::string out =
        "must be " + std::string(choices.size() > 1 ? "one of " : "") + joined(choices, " or ");
    if (allowed.size() > most) out += " (or " + std::to_string(allowed.size() - most) + " others)";
    return out + ", not " + shown(value);
  }

  void check_number(const Node &node, const json::value &value, const Place &place) {
    const std::string got = place.secret ? "" : ", not " + shown(value);
    if (node.minimum && compare_numbers(value, *node.minimum) < 0) {
      report(node, place, "minimum", "must be " + shown(*node.minimum) + " or more" + got);
    }
    if (node.maximum && compare_numbers(value, *node.maximum) > 0) {
      report(node, place, "maximum", "must be " + shown(*node.maximum) + " or less" + got);
    }
    if (node.above && compare_numbers(value, *node.above) <= 0) {
      report(node, place, "exclusiveMinimum", "must be more than " + shown(*node.above) + got);
    }
    if (node.below && compare_numbers(value, *node.below) >= 0) {
      report(node, place, "exclusiveMaximum", "must be less than " + shown(*node.below) + got);
    }
    if (node.multiple_of && !is_multiple(value, *node.multiple_of)) {
      report(node, place, "multipleOf", "must be a multiple of " + shown(*node.multiple_of) + got);
    }
  }

  void check_text(const Node &node, std::string_view text, const Place &place) {
    const std::string got = place.secret ? "" : ", not " + quoted(text);
    if (node.min_length || node.max_length) {
      const auto length = code_points(text);
      if (node.min_length && length < *node.min_length) {
        report(node, place, "minLength",
               length == 0
                   ? "must not be empty"
                   : "must have at least " + counted(*node.min_length, "character", "characters") +
                         ", and has " + std::to_string(length));
      }
      if (node.max_length && length > *node.max_length) {
        report(node, place, "maxLength",
               "must have at most " + counted(*node.max_length, "character", "characters") +
                   ", and has " + std::to_string(length));
      }
    }
    if (node.pattern && !node.pattern->search(text)) {
      report(node, place, "pattern",
             "does not have the form that is asked for, which is " + node.pattern_text);
    }
    if (node.format != nullptr && !node.format->fits(text)) {
      report(node, place, "format", "must be " + std::string(node.format->example_phrase) + got);
    }
    if (node.base64) {
      std::string ignored;
      if (!base64_decode(text, ignored)) {
        report(node, place, "contentEncoding", "must be base64 text");
      }
    }
  }

  void check_list(const Node &node, const json::array &list, const Place &place) {
    if (node.min_items && list.size() < *node.min_items) {
      report(node, place, "minItems",
             "must have at least " + counted(*node.min_items, "item", "items") + ", and has " +
                 std::to_string(list.size()));
    }
    if (node.max_items && list.size() > *node.max_items) {
      report(node, place, "maxItems",
             "must have at most " + counted(*node.max_items, "item", "items") + ", and has " +
                 std::to_string(list.size()));
    }
    if (node.unique) check_unique(node, list, place);
    if (node.items != nullptr) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        const Place here = element(place, i);
        check(*node.items, list[i], here);
      }
    }
    if (node.contains != nullptr) {
      bool found = false;
      for (std::size_t i = 0; i < list.size() && !found; ++i) {
        found = fits(*node.contains, list[i], element(place, i));
      }
      if (!found) report(node, place, "contains", "has no item of the kind it must have");
    }
  }

  void check_unique(const Node &node, const json::array &list, const Place &place) {
    // Long lists are mostly of texts and numbers, which have a canonical text.
    std::map<std::string, std::size_t> scalars;
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto &value = list[i];
      std::optional<std::size_t> first;
      if (value.is_structured() || value.is_double()) {
        for (const auto other : others) {
          if (!first && same(list[other], value)) first = other;
        }
        others.push_back(i);
      }
      if (!value.is_structured()) {
        // 1.0 counts as 1.
        const bool whole = value.is_double() && is_whole(value) &&
                           std::abs(value.get_double()) < 9'007'199'254'740'992.0;
        auto key = whole
                       ? json::serialize(json::value(static_cast<std::int64_t>(value.get_double())))
                       : json::serialize(value);
        const auto [known, is_new] = scalars.emplace(std::move(key), i);
        if (!is_new && !first) first = known->second;
      }
      if (first) {
        report(node, place, "uniqueItems",
               "has the same item twice, as number " + std::to_string(*first + 1) + " and " +
                   std::to_string(i + 1));
        return;
      }
    }
  }

  void check_object(const Node &node, const json::object &object, const Place &place) {
    for (const auto &name : node.required) {
      if (object.contains(name)) continue;
      const Place missing = member(place, name);
      const auto *property = node.property(name);
      problems_.push_back(
          {missing.pointer(),
           subject(property != nullptr ? title_of(*property) : "", missing) + " is required.",
           "required"});
    }
    if (node.min_properties && object.size() < *node.min_properties) {
      report(node, place, "minProperties",
             "must have at least " + counted(*node.min_properties, "member", "members"));
    }
    if (node.max_properties && object.size() > *node.max_properties) {
      report(node, place, "maxProperties",
             "must have at most " + counted(*node.max_properties, "member", "members"));
    }
    for (const auto &each : object) {
      const Place here = member(place, each.key());
      bool known = false;
      if (const auto *property = node.property(each.key())) {
        known = true;
        check(*property, each.value(), here);
      }
      for (const auto &by_pattern : node.pattern_properties) {
        if (!by_pattern.pattern.search(each.key())) continue;
        known = true;
        check(*by_pattern.node, each.value(), here);
      }
      if (node.names != nullptr) {
        const json::value name(each.key());
        check(*node.names, name, here);
      }
      if (known || node.additional == nullptr) continue;
      if (node.additional->nothing_fits) {
        report_unknown(node, each.key(), here);
      } else {
        check(*node.additional, each.value(), here);
      }
    }
  }

  static std::string_view title_of(const Node &node) {
    return node.title.empty() && node.ref != nullptr ? title_of(*node.ref) : node.title;
  }

  void report_unknown(const Node &node, std::string_view name, const Place &place) {
    std::string message = quoted(name) + " is not a known field";
    const auto wanted = squeezed(name);
    const Named *best = nullptr;
    std::size_t least = std::max<std::size_t>(1, wanted.size() / 3);
    if (name.size() <= 64) {
      for (const auto &each : node.properties) {
        const auto edits = distance(wanted, squeezed(each.name));
        if (edits < least || (edits == least && best == nullptr)) {
          least = edits;
          best = &each;
        }
      }
    }
    if (best != nullptr) message += "; did you mean " + best->name + "?";
    problems_.push_back(
        {place.pointer(), best != nullptr ? message : message + ".", "additionalProperties"});
  }

  // ---- Alternatives ----

  bool fits(const Node &node, const json::value &value, const Place &place) const {
    return problems_of(node, value, place).empty();
  }
  std::vector<Problem> problems_of(const Node &node, const json::value &value,
                                   const Place &place) const {
    std::vector<Problem> problems;
    Walk(graph_, problems).check(node, value, place);
    return problems;
  }

  static const Node &target(const Node &node) {
    return node.ref != nullptr ? target(*node.ref) : node;
  }

  // A list of constants with titles is a choice, and is reported as one.
  static std::optional<std::vector<json::value>> constants(
      const std::vector<const Node *> &alternatives) {
    std::vector<json::value> out;
    for (const auto *each : alternatives) {
      if (!target(*each).constant) return std::nullopt;
      out.push_back(*target(*each).constant);
    }
    return out;
  }

  void check_any(const Node &node, const json::value &value, const Place &place) {
    std::vector<std::vector<Problem>> attempts;
    for (const auto *each : node.any_of) {
      attempts.push_back(problems_of(*each, value, place));
      if (attempts.back().empty()) return;
    }
    report_no_match(node, node.any_of, attempts, "anyOf", value, place);
  }

  void check_one(const Node &node, const json::value &value, const Place &place) {
    std::vector<std::vector<Problem>> attempts;
    std::size_t matches = 0;
    for (const auto *each : node.one_of) {
      attempts.push_back(problems_of(*each, value, place));
      if (attempts.back().empty()) ++matches;
    }
    if (matches == 1) return;
    if (matches > 1) {
      return report(node, place, "oneOf", "fits more than one of the forms it may have");
    }
    report_no_match(node, node.one_of, attempts, "oneOf", value, place);
  }

  void report_no_match(const Node &node, const std::vector<const Node *> &alternatives,
                       const std::vector<std::vector<Problem>> &attempts, std::string_view keyword,
                       const json::value &value, const Place &place) {
    if (const auto choices = constants(alternatives)) {
      return report(node, place, keyword, one_of_phrase(*choices, value, place.secret));
    }
    // The form that was meant is the one whose type and constants fit. If there is one such, its
    // problems are what the person wants to know.
    const std::string pointer = place.pointer();
    std::optional<std::size_t> meant;
    bool several = false;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      const bool other_form =
          std::any_of(attempts[i].begin(), attempts[i].end(), [&](const Problem &problem) {
            return problem.keyword == "const" || problem.keyword == "enum" ||
                   (problem.keyword == "type" && problem.pointer == pointer);
          });
      if (other_form) continue;
      several = several || meant.has_value();
      meant = i;
    }
    if (meant && !several) {
      problems_.insert(problems_.end(), attempts[*meant].begin(), attempts[*meant].end());
      return;
    }
    std::vector<std::string> forms;
    for (const auto *each : alternatives) forms.push_back(form_of(*each));
    report(node, place, keyword, "must be " + joined(forms, " or "));
  }

  static std::string form_of(const Node &alternative) {
    if (!alternative.title.empty()) return quoted(alternative.title);
    const Node &node = target(alternative);
    if (!node.title.empty()) return quoted(node.title);
    if (node.format != nullptr) return std::string(node.format->example_phrase);
    if (node.constant) return shown(*node.constant);
    std::vector<std::string> names;
    for (const auto &name : node.required) names.push_back(quoted(name));
    const std::string with = names.empty() ? "" : " with " + joined(names, " and ");
    if (node.types != 0) return type_phrase(node.types) + with;
    return "something" + (with.empty() ? " else" : with);
  }

  static std::string not_phrase(const Node &node) {
    if (node.required.size() > 1 && node.types == 0) {
      std::vector<std::string> names;
      for (const auto &name : node.required) names.push_back(quoted(name));
      return "must not have " + joined(names, " and ") + " together";
    }
    if (node.required.size() == 1 && node.properties.empty()) {
      return "must not have " + quoted(node.required.front());
    }
    if (node.constant) return "must not be " + shown(*node.constant);
    return "has a form that is not allowed";
  }

  const Schema::Graph &graph_;
  std::vector<Problem> &problems_;
};

}  // namespace

Schema::Schema() {
  auto graph = std::make_shared<Graph>();
  graph->root = &graph->nodes.emplace_back();
  graph_ = std::move(graph);
}

Schema Schema::compile(const json::value &schema, const json::object &defs,
                       std::string_view where) {
  auto graph = std::make_shared<Graph>();
  Compiler compiler(*graph, defs);
  graph->root = compiler.compile(schema, std::string(where));
  compiler.refuse_loops(std::string(where));
  Schema out;
  out.graph_ = std::move(graph);
  return out;
}

std::vector<Problem> Schema::validate(const json::value &document) const {
  std::vector<Problem> problems;
  Walk(*graph_, problems).check(*graph_->root, document, {});
  // Two branches may say the same of one value.
  std::vector<Problem> distinct;
  std::set<std::pair<std::string, std::string>> known;
  for (auto &each : problems) {
    if (known.emplace(each.pointer, each.message).second) distinct.push_back(std::move(each));
  }
  return distinct;
}

bool Schema::has_secrets() const noexcept {
  return std::any_of(graph_->nodes.begin(), graph_->nodes.end(),
                     [](const Node &node) { return node.secret; });
}

std::string problems_json(std::span<const Problem> problems) {
  json::array list;
  for (const auto &each : problems) {
    list.push_back(json::object{
        {"pointer", each.pointer}, {"message", each.message}, {"keyword", each.keyword}});
  }
  return json::serialize(list);
}

}  // namespace cpi
