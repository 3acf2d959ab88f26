#include "plugins/schema_check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "cpi/json/document.hpp"
#include "cpi/json/schema.hpp"
#include "plugins/operation.hpp"

namespace host {
namespace {

namespace json = boost::json;

// What cpi/plugin.h says of a lookup's choices.
constexpr std::string_view choice_schema =
    R"({"type": "object", "required": ["value", "label"], "properties": {
          "label": {"type": "string"}, "hint": {"type": "string"}}})";

json::value promised(const cpi::manifest::Manifest &manifest, OperationKind kind,
                     std::string_view id) {
  if (kind == OperationKind::lookup) return json::parse(choice_schema);
  const json::object *definition = nullptr;
  if (kind == OperationKind::action) definition = manifest.find_action(id);
  if (kind == OperationKind::poll || kind == OperationKind::sample)
    definition = manifest.find_trigger(id);
  return definition != nullptr ? manifest.schema_of(*definition, "output")
                               : json::value(json::object());
}

}  // namespace

std::string SchemaBreaks::sentence() const {
  return operation + " broke its output schema " +
         (count == 1 ? std::string("once") : std::to_string(count) + " times") + ", first at " +
         (place.empty() ? "the whole output" : place) + ": " + why;
}

std::shared_ptr<const cpi::Schema> SchemaCheck::schema_of(OperationKind kind, std::string_view id) {
  const std::pair<OperationKind, std::string> key(kind, id);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = schemas_.find(key); found != schemas_.end()) return found->second;
  }
  auto schema = std::make_shared<const cpi::Schema>(
      cpi::Schema::compile_document(promised(manifest_, kind, id)));
  const std::lock_guard lock(mutex_);
  return schemas_.emplace(key, std::move(schema)).first->second;
}

Unfit SchemaCheck::check(OperationKind kind, std::string_view id, std::string_view text) {
  constexpr std::size_t deepest = 512;
  if (text.empty() || text.size() > most_bytes || kind == OperationKind::test) return {};
  std::shared_ptr<const cpi::Schema> schema;
  try {
    schema = schema_of(kind, id);
  } catch (const cpi::SchemaError &) {
    return {};  // the manifest's own check reports it
  }
  json::error_code error;
  const json::value output = cpi::parse_document(text, error, deepest);
  if (error) return {};
  std::size_t count = 0;
  cpi::Violation first;
  const auto validate = [&](const json::value &value, const std::string &place) {
    cpi::Violations violations = schema->validate(value, "The output");
    if (violations.empty()) return;
    if (count++ > 0) return;
    first = std::move(violations.listed.front());
    first.pointer = place + first.pointer;
  };
  const bool has_items = kind == OperationKind::sample || kind == OperationKind::lookup;
  const json::object *object = output.if_object();
  const json::value *items =
      has_items && object != nullptr ? object->if_contains("items") : nullptr;
  if (!has_items) {
    validate(output, "");
  } else if (items == nullptr || !items->is_array()) {
    count = 1;
    first = {"/items", "There is no list of items.", "type"};
  } else {
    std::size_t at = 0;
    for (const json::value &each : items->get_array()) {
      validate(each, "/items/" + std::to_string(at++));
    }
  }
  if (count == 0) return {};
  const std::string operation = operation_title(kind, id);
  const std::lock_guard lock(mutex_);
  SchemaBreaks &breaks = breaks_[operation];
  if (breaks.count == 0) {
    breaks.operation = operation;
    breaks.place = first.pointer;
    breaks.why = std::move(first.message);
  }
  breaks.count += count;
  return {.count = count, .place = std::move(first.pointer)};
}

std::vector<SchemaBreaks> SchemaCheck::breaks() const {
  const std::lock_guard lock(mutex_);
  std::vector<SchemaBreaks> out;
  out.reserve(breaks_.size());
  for (const auto &[operation, breaks] : breaks_) out.push_back(breaks);
  return out;
}

}  // namespace host
