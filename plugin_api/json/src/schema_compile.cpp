#include <array>
#include <map>
#include <utility>

#include <boost/json/object.hpp>

#include "cpi/json/pointer.hpp"
#include "equality.hpp"
#include "schema_graph.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

struct TypeBit {
  std::string_view name;
  unsigned bit;
};

constexpr std::array type_bits{
    TypeBit{"null", type_null},       TypeBit{"boolean", type_boolean},
    TypeBit{"integer", type_integer}, TypeBit{"number", type_number},
    TypeBit{"string", type_string},   TypeBit{"array", type_array},
    TypeBit{"object", type_object},
};

class SchemaCompiler {
 public:
  // With `errors` it goes on behind each error instead of throwing it.
  SchemaCompiler(Schema::Graph &graph, const SchemaSource &source, std::vector<SchemaError> *errors)
      : graph_(graph), source_(source), errors_(errors) {}

  const SchemaNode *compile(const json::value &schema, const std::string &where) {
    if (++depth_ > 100) refuse(where, "is nested too deeply");
    SchemaNode &node = graph_.nodes.emplace_back();
    if (stands_alone() && graph_.nodes.size() == 1) referred_.emplace("", &node);
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
  // `where` ends in the keyword, where it is of one.
  [[noreturn]] static void refuse(const std::string &where, const std::string &why) {
    throw SchemaError(where, where.substr(where.rfind('/') + 1), why);
  }

  void fill(SchemaNode &node, const json::object &schema, const std::string &where) {
    using Fill = void (SchemaCompiler::*)(SchemaNode &, const json::value &, const std::string &);
    struct Keyword {
      std::string_view name;
      Fill fill;  // null: says nothing about validity
    };
    static constexpr std::array keywords{
        Keyword{"$comment", nullptr},
        Keyword{"$defs", &SchemaCompiler::definitions},
        Keyword{"$id", &SchemaCompiler::id},
        Keyword{"$ref", &SchemaCompiler::ref},
        Keyword{"$schema", nullptr},
        Keyword{"additionalProperties", &SchemaCompiler::additional},
        Keyword{"allOf", &SchemaCompiler::all_of},
        Keyword{"anyOf", &SchemaCompiler::any_of},
        Keyword{"const", &SchemaCompiler::constant},
        Keyword{"contains", &SchemaCompiler::contains},
        Keyword{"contentEncoding", &SchemaCompiler::content_encoding},
        Keyword{"contentMediaType", nullptr},
        Keyword{"default", nullptr},
        Keyword{"definitions", &SchemaCompiler::definitions},
        Keyword{"dependencies", &SchemaCompiler::dependencies},
        Keyword{"deprecated", nullptr},
        Keyword{"description", nullptr},
        Keyword{"else", &SchemaCompiler::else_this},
        Keyword{"enum", &SchemaCompiler::allowed},
        Keyword{"examples", &SchemaCompiler::examples},
        Keyword{"exclusiveMaximum", &SchemaCompiler::below},
        Keyword{"exclusiveMinimum", &SchemaCompiler::above},
        Keyword{"format", &SchemaCompiler::format},
        Keyword{"if", &SchemaCompiler::if_this},
        Keyword{"items", &SchemaCompiler::items},
        Keyword{"maxItems", &SchemaCompiler::max_items},
        Keyword{"maxLength", &SchemaCompiler::max_length},
        Keyword{"maxProperties", &SchemaCompiler::max_properties},
        Keyword{"maximum", &SchemaCompiler::maximum},
        Keyword{"minItems", &SchemaCompiler::min_items},
        Keyword{"minLength", &SchemaCompiler::min_length},
        Keyword{"minProperties", &SchemaCompiler::min_properties},
        Keyword{"minimum", &SchemaCompiler::minimum},
        Keyword{"multipleOf", &SchemaCompiler::multiple_of},
        Keyword{"not", &SchemaCompiler::not_this},
        Keyword{"oneOf", &SchemaCompiler::one_of},
        Keyword{"pattern", &SchemaCompiler::pattern},
        Keyword{"patternProperties", &SchemaCompiler::pattern_properties},
        Keyword{"properties", &SchemaCompiler::properties},
        Keyword{"propertyNames", &SchemaCompiler::names},
        Keyword{"readOnly", nullptr},
        Keyword{"required", &SchemaCompiler::required},
        Keyword{"then", &SchemaCompiler::then_this},
        Keyword{"title", &SchemaCompiler::title},
        Keyword{"type", &SchemaCompiler::type},
        Keyword{"uniqueItems", &SchemaCompiler::unique},
        Keyword{"writeOnly", &SchemaCompiler::secret},
    };
    const bool has_ref = schema.contains("$ref");
    for (const auto &member : schema) {
      const std::string_view name = member.key();
      if (name.starts_with("x-")) continue;
      const auto *keyword = std::find_if(keywords.begin(), keywords.end(),
                                         [&](const Keyword &each) { return each.name == name; });
      const int depth = depth_;
      try {
        const std::string place = pointer_join(where, name);
        if (keyword == keywords.end()) refuse(place, "this keyword is not supported");
        if (keyword->fill == nullptr) continue;
        if (has_ref && !goes_with_ref(name)) {
          refuse(pointer_join(where, "$ref"), "\"" + std::string(name) +
                                                  "\" has no effect beside it in draft-07; put "
                                                  "both under allOf");
        }
        (this->*keyword->fill)(node, member.value(), place);
      } catch (SchemaError &error) {
        if (errors_ == nullptr) throw;
        errors_->push_back(std::move(error));
        depth_ = depth;
      }
    }
  }

  static bool goes_with_ref(std::string_view name) {
    static constexpr std::array names{"$ref",  "$defs",     "definitions", "$id",
                                      "title", "writeOnly", "examples"};
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  bool stands_alone() const { return source_.references == SchemaSource::References::document; }

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
    const bool countable = value.is_int64() || (value.is_double() && is_whole_number(value));
    if (!countable || value.to_number<double>() < 0 || value.to_number<double>() > 9e15) {
      refuse(where, "must be a whole number from 0 on");
    }
    return value.to_number<std::size_t>();
  }
  std::vector<const SchemaNode *> schemas_at(const json::value &value, const std::string &where) {
    std::vector<const SchemaNode *> out;
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

  void definitions(SchemaNode & /*n*/, const json::value & /*v*/, const std::string &w) {
    if (!stands_alone()) refuse(w, "this keyword is not supported");
  }
  // The name of the whole only: inside, it would change what `$ref` is relative to.
  void id(SchemaNode &n, const json::value & /*v*/, const std::string &w) {
    if (!stands_alone() || &n != &graph_.nodes.front()) refuse(w, "this keyword is not supported");
  }
  void examples(SchemaNode &n, const json::value &v, const std::string &w) {
    if (!v.is_array()) refuse(w, "must be a list");
    for (const auto &each : v.get_array()) {
      if (n.example.empty() && each.is_string()) n.example = std::string(each.get_string());
    }
  }
  void title(SchemaNode &n, const json::value &v, const std::string &w) { n.title = text_at(v, w); }
  void secret(SchemaNode &n, const json::value &v, const std::string &w) {
    n.secret = flag_at(v, w);
  }
  void type(SchemaNode &n, const json::value &v, const std::string &w) {
    const auto add = [&](const json::value &name) {
      const auto text = text_at(name, w);
      const auto *found = std::find_if(type_bits.begin(), type_bits.end(),
                                       [&](const TypeBit &each) { return each.name == text; });
      if (found == type_bits.end()) refuse(w, "\"" + text + "\" is no JSON type");
      n.types |= found->bit;
    };
    if (!v.is_array()) return add(v);
    for (const auto &each : list_at(v, w)) add(each);
  }
  void allowed(SchemaNode &n, const json::value &v, const std::string &w) {
    const auto &list = list_at(v, w);
    n.allowed.assign(list.begin(), list.end());
  }
  void constant(SchemaNode &n, const json::value &v, const std::string & /*w*/) { n.constant = v; }
  void required(SchemaNode &n, const json::value &v, const std::string &w) {
    if (!v.is_array()) refuse(w, "must be a list of names");
    for (const auto &name : v.get_array()) n.required.push_back(text_at(name, w));
  }
  void properties(SchemaNode &n, const json::value &v, const std::string &w) {
    for (const auto &member : object_at(v, w)) {
      const SchemaNode *node = compile(member.value(), pointer_join(w, member.key()));
      if (node->secret) graph_.secret_names.emplace(member.key());
      n.properties.push_back({std::string(member.key()), node});
    }
  }
  void pattern_properties(SchemaNode &n, const json::value &v, const std::string &w) {
    for (const auto &member : object_at(v, w)) {
      const auto place = pointer_join(w, member.key());
      n.pattern_properties.push_back(
          {pattern_at(member.key(), place), compile(member.value(), place)});
    }
  }
  void additional(SchemaNode &n, const json::value &v, const std::string &w) {
    n.additional = compile(v, w);
  }
  void names(SchemaNode &n, const json::value &v, const std::string &w) { n.names = compile(v, w); }
  void dependencies(SchemaNode &n, const json::value &v, const std::string &w) {
    if (!stands_alone()) refuse(w, "this keyword is not supported");
    for (const auto &member : object_at(v, w)) {
      SchemaNode::Dependency dependency{std::string(member.key()), {}, nullptr};
      const auto place = pointer_join(w, member.key());
      if (const auto *list = member.value().if_array()) {
        for (const auto &name : *list) dependency.required.push_back(text_at(name, place));
      } else {
        dependency.node = compile(member.value(), place);
      }
      n.dependencies.push_back(std::move(dependency));
    }
  }
  void min_properties(SchemaNode &n, const json::value &v, const std::string &w) {
    n.min_properties = count_at(v, w);
  }
  void max_properties(SchemaNode &n, const json::value &v, const std::string &w) {
    n.max_properties = count_at(v, w);
  }
  void items(SchemaNode &n, const json::value &v, const std::string &w) {
    if (v.is_array()) refuse(w, "must be one schema: 2020-12 has no lists here");
    n.items = compile(v, w);
  }
  void contains(SchemaNode &n, const json::value &v, const std::string &w) {
    n.contains = compile(v, w);
  }
  void min_items(SchemaNode &n, const json::value &v, const std::string &w) {
    n.min_items = count_at(v, w);
  }
  void max_items(SchemaNode &n, const json::value &v, const std::string &w) {
    n.max_items = count_at(v, w);
  }
  void unique(SchemaNode &n, const json::value &v, const std::string &w) {
    n.unique = flag_at(v, w);
  }
  void minimum(SchemaNode &n, const json::value &v, const std::string &w) {
    n.minimum = number_at(v, w);
  }
  void maximum(SchemaNode &n, const json::value &v, const std::string &w) {
    n.maximum = number_at(v, w);
  }
  void above(SchemaNode &n, const json::value &v, const std::string &w) {
    n.above = number_at(v, w);
  }
  void below(SchemaNode &n, const json::value &v, const std::string &w) {
    n.below = number_at(v, w);
  }
  void multiple_of(SchemaNode &n, const json::value &v, const std::string &w) {
    n.multiple_of = number_at(v, w);
    if (n.multiple_of->to_number<double>() <= 0) refuse(w, "must be above 0");
  }
  void min_length(SchemaNode &n, const json::value &v, const std::string &w) {
    n.min_length = count_at(v, w);
  }
  void max_length(SchemaNode &n, const json::value &v, const std::string &w) {
    n.max_length = count_at(v, w);
  }
  void pattern(SchemaNode &n, const json::value &v, const std::string &w) {
    n.pattern_text = text_at(v, w);
    n.pattern = pattern_at(n.pattern_text, w);
  }
  void format(SchemaNode &n, const json::value &v, const std::string &w) {
    const auto name = text_at(v, w);
    n.format = find_format(name);
    if (n.format == nullptr && source_.unknown_formats == UnknownFormats::refused) {
      refuse(w, "the format \"" + name + "\" is not supported");
    }
  }
  void content_encoding(SchemaNode &n, const json::value &v, const std::string &w) {
    n.base64 = text_at(v, w) == "base64";
    if (!n.base64 && source_.unknown_formats == UnknownFormats::refused) {
      refuse(w, "only base64 is supported");
    }
  }
  std::string pointer_of_reference(std::string_view target, const std::string &where) const {
    if (!stands_alone() && !target.starts_with("#/$defs/"))
      refuse(where, "must start with #/$defs/");
    if (!target.starts_with('#')) refuse(where, "must start with #");
    return fragment_text(target.substr(1), where);
  }
  // What a URI's fragment spells (RFC 3986, section 2.1).
  static std::string fragment_text(std::string_view fragment, const std::string &where) {
    const auto hex_digit = [&](char c) {
      const int value = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (value < 0) refuse(where, "has a % without two hexadecimal digits");
      return value;
    };
    std::string out;
    for (std::size_t at = 0; at < fragment.size(); ++at) {
      if (fragment[at] != '%') {
        out.push_back(fragment[at]);
        continue;
      }
      if (at + 2 >= fragment.size()) refuse(where, "has a % without two hexadecimal digits");
      out.push_back(
          static_cast<char>(hex_digit(fragment[at + 1]) << 4 | hex_digit(fragment[at + 2])));
      at += 2;
    }
    return out;
  }
  const json::value *referred_schema(const std::string &pointer, const std::string &where) const {
    Pointer compiled;
    try {
      compiled = Pointer::compile(pointer, where);
    } catch (const std::invalid_argument &) {
      refuse(where, "is no JSON Pointer after the #");
    }
    if (stands_alone()) return compiled.find(*source_.document);
    const auto &tokens = compiled.tokens();
    const auto *at = tokens.size() < 2 ? nullptr : source_.defs->if_contains(tokens[1]);
    if (at == nullptr || tokens.size() == 2) return at;
    constexpr std::size_t prefix = std::string_view("/$defs").size();
    return Pointer::compile(std::string_view(pointer).substr(prefix), where).find(*source_.defs);
  }
  void ref(SchemaNode &n, const json::value &v, const std::string &w) {
    const auto target = text_at(v, w);
    const auto pointer = pointer_of_reference(target, w);
    if (const auto known = referred_.find(pointer); known != referred_.end()) {
      n.ref = known->second;
      n.secret = n.secret || known->second->secret;
      return;
    }
    const auto *schema = referred_schema(pointer, w);
    if (schema == nullptr) refuse(w, "there is no " + target);
    // Known before it is compiled, for it may refer to itself.
    SchemaNode &node = graph_.nodes.emplace_back();
    referred_.emplace(pointer, &node);
    n.ref = &node;
    if (const auto *flag = schema->if_bool()) {
      node.nothing_fits = !*flag;
    } else {
      fill(node, object_at(*schema, target), pointer);
    }
    n.secret = n.secret || node.secret;
  }
  void all_of(SchemaNode &n, const json::value &v, const std::string &w) {
    n.all_of = schemas_at(v, w);
  }
  void any_of(SchemaNode &n, const json::value &v, const std::string &w) {
    n.any_of = schemas_at(v, w);
  }
  void one_of(SchemaNode &n, const json::value &v, const std::string &w) {
    n.one_of = schemas_at(v, w);
  }
  void not_this(SchemaNode &n, const json::value &v, const std::string &w) {
    n.not_this = compile(v, w);
  }
  void if_this(SchemaNode &n, const json::value &v, const std::string &w) {
    n.if_this = compile(v, w);
  }
  void then_this(SchemaNode &n, const json::value &v, const std::string &w) {
    n.then_this = compile(v, w);
  }
  void else_this(SchemaNode &n, const json::value &v, const std::string &w) {
    n.else_this = compile(v, w);
  }

  void visit(const SchemaNode *node, const std::string &where) {
    if (node == nullptr || finished_.contains(node)) return;
    if (!entered_.insert(node).second) {
      refuse(where, "a $ref leads back to itself without going into the value");
    }
    visit(node->ref, where);
    for (const auto &each : node->dependencies) visit(each.node, where);
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
  const SchemaSource &source_;
  std::vector<SchemaError> *errors_;
  std::map<std::string, const SchemaNode *, std::less<>> referred_;
  std::set<const SchemaNode *> entered_;
  std::set<const SchemaNode *> finished_;
  int depth_ = 0;
};

}  // namespace

void compile_schema(Schema::Graph &graph, const json::value &schema, const SchemaSource &source,
                    std::string_view where) {
  SchemaCompiler compiler(graph, source, nullptr);
  graph.root = compiler.compile(schema, std::string(where));
  compiler.refuse_loops(std::string(where));
}

std::vector<SchemaError> errors_in_schema(const json::value &schema, const SchemaSource &source,
                                          std::string_view where) {
  Schema::Graph graph;
  std::vector<SchemaError> errors;
  SchemaCompiler compiler(graph, source, &errors);
  try {
    compiler.compile(schema, std::string(where));
    if (errors.empty()) compiler.refuse_loops(std::string(where));
  } catch (SchemaError &error) {
    errors.push_back(std::move(error));
  }
  return errors;
}

}  // namespace cpi
