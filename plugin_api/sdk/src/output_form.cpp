#include "cpi/sdk/output_form.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <boost/json/array.hpp>

#include "cpi/json/document.hpp"
#include "cpi/json/number.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/sdk/list.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

using PathTokens = std::span<const std::string>;

json::value *value_at(json::value &document, PathTokens path) {
  json::value *at = &document;
  for (const std::string &token : path) {
    if (json::object *object = at->if_object()) {
      at = object->if_contains(token);
    } else if (json::array *array = at->if_array()) {
      std::uint64_t index = array->size();
      at = whole_number(token, index) && index < array->size() ? &(*array)[index] : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

// The same value in other types.
std::vector<json::value> other_forms(const json::value &value) {
  std::vector<json::value> forms;
  if (const json::string *string = value.if_string()) {
    if (is_written_number(value)) {
      forms.emplace_back(number_as_written(value));
      return forms;
    }
    const std::string_view view(string->data(), string->size());
    if (auto number = number_with_digits(view)) forms.push_back(*std::move(number));
    if (view == "true" || view == "1") forms.emplace_back(true);
    if (view == "false" || view == "0") forms.emplace_back(false);
  } else if (value.is_number()) {
    if (const auto written = scalar_text(value)) forms.emplace_back(*written);
    const double number = value.to_number<double>();
    if (number == 0 || number == 1) forms.emplace_back(number == 1);
  } else if (value.is_bool()) {
    forms.emplace_back(value.get_bool() ? "true" : "false");
  } else if (const json::array *list = value.if_array()) {
    if (list->empty()) forms.emplace_back(json::object{});
  } else if (value.is_object()) {
    DocumentsRead rows = read_documents(ListPlace(), {}, write_document(value));
    if (rows.read.ok()) forms.emplace_back(std::move(rows.rows));
  }
  return forms;
}

bool is_at_or_below(std::string_view pointer, std::string_view place) {
  return pointer.starts_with(place) &&
         (pointer.size() == place.size() || pointer[place.size()] == '/');
}

bool accepts(const Schema &schema, const json::value &data, std::string_view place) {
  const Violations violations = schema.validate(data);
  return std::ranges::none_of(violations.listed, [&](const Violation &each) {
    return is_at_or_below(each.pointer, place);
  });
}

bool convert(const Schema &schema, json::value &data, json::value &value, std::string_view place) {
  for (json::value &form : other_forms(value)) {
    std::swap(value, form);
    if (accepts(schema, data, place)) return true;
    std::swap(value, form);
  }
  return false;
}

// The place of the member that is gone now: the innermost that is not required. Empty: there is
// none.
std::string leave_out(const Schema &schema, json::value &data, PathTokens path) {
  for (std::size_t depth = path.size(); depth > 0; --depth) {
    json::value *holder = value_at(data, path.first(depth - 1));
    json::object *object = holder != nullptr ? holder->if_object() : nullptr;
    if (object == nullptr || !object->contains(path[depth - 1])) continue;
    std::string place;
    for (const std::string &token : path.first(depth)) place = pointer_join(place, token);
    json::object rest(object->storage());  // the members keep their order
    for (const auto &member : *object) {
      if (member.key() != path[depth - 1]) rest.emplace(member.key(), member.value());
    }
    std::swap(*object, rest);
    if (accepts(schema, data, place)) return place;
    std::swap(*object, rest);
  }
  return {};
}

// "/items/*/name" for "/items/7/name".
std::string in_any_element(std::string_view pointer) {
  std::string place;
  for (const std::string &token : pointer_tokens(pointer)) {
    std::uint64_t index = 0;
    place = whole_number(token, index) ? place + "/*" : pointer_join(place, token);
  }
  return place;
}

// The schema itself, or what its reference names; null if it is neither.
const json::object *described(const json::value *schema, const json::object &defs) {
  constexpr std::string_view start = "#/$defs/";
  constexpr int longest_chain = 16;
  for (int hops = 0; schema != nullptr && hops < longest_chain; ++hops) {
    const json::object *rules = schema->if_object();
    const json::value *reference = rules != nullptr ? rules->if_contains("$ref") : nullptr;
    if (reference == nullptr) return rules;
    const json::string *name = reference->if_string();
    if (name == nullptr || !std::string_view(*name).starts_with(start)) return nullptr;
    schema = defs.if_contains(std::string_view(*name).substr(start.size()));
  }
  return nullptr;
}

bool is_required(const json::object &rules, std::string_view name) {
  const json::value *required = rules.if_contains("required");
  const json::array *names = required != nullptr ? required->if_array() : nullptr;
  return names != nullptr && std::ranges::any_of(*names, [&](const json::value &each) {
           const json::string *text = each.if_string();
           return text != nullptr && std::string_view(*text) == name;
         });
}

}  // namespace

OutputForm OutputForm::compile(const json::value &schema, const json::object &defs,
                               std::string_view where) {
  return compile(schema, defs, where, 0);
}

OutputForm OutputForm::compile(const json::value &schema, const json::object &defs,
                               std::string_view where, int depth) {
  OutputForm form;
  form.schema_ = Schema::compile(schema, defs, where, UnknownFormats::ignored);
  constexpr int deepest = 4;  // a schema may contain itself
  const json::object *rules = depth < deepest ? described(&schema, defs) : nullptr;
  if (rules == nullptr) return form;
  if (const json::value *element = rules->if_contains("items")) {
    form.lists_.emplace_back(ListAt{}, compile(*element, defs, where, depth + 1));
  }
  const json::value *properties = rules->if_contains("properties");
  if (properties == nullptr || !properties->is_object()) return form;
  for (const auto &member : properties->get_object()) {
    const json::object *list = described(&member.value(), defs);
    const json::value *element = list != nullptr ? list->if_contains("items") : nullptr;
    if (element == nullptr) continue;
    ListAt at{.name = member.key(), .required = is_required(*rules, member.key())};
    form.lists_.emplace_back(std::move(at), compile(*element, defs, where, depth + 1));
  }
  return form;
}

struct OutputForm::Declared {
  bool object = false;  // only `members` may be in it
  std::map<std::string, std::shared_ptr<const Declared>, std::less<>> members;  // null: anything
  std::shared_ptr<const Declared> element;
};

std::shared_ptr<const OutputForm::Declared> OutputForm::declared_by(const json::value &schema,
                                                                    const json::object &defs,
                                                                    int depth) {
  constexpr int deepest = 8;  // a schema may contain itself
  const json::object *rules = described(&schema, defs);
  if (rules == nullptr || depth > deepest) return nullptr;
  auto out = std::make_shared<Declared>();
  const json::value *properties = rules->if_contains("properties");
  out->object = depth == 0 || (properties != nullptr && properties->is_object());
  if (properties != nullptr && properties->is_object()) {
    for (const auto &member : properties->get_object()) {
      out->members.emplace(member.key(), declared_by(member.value(), defs, depth + 1));
    }
  }
  if (const json::value *element = rules->if_contains("items")) {
    out->element = declared_by(*element, defs, depth + 1);
  }
  return out->object || out->element ? out : nullptr;
}

void OutputForm::leave_out_undeclared(const json::value &schema, const json::object &defs) {
  declared_ = declared_by(schema, defs, 0);
}

void OutputForm::cut(json::value &data, const Declared &declared) {
  if (json::array *list = data.if_array()) {
    if (!declared.element) return;
    for (json::value &each : *list) cut(each, *declared.element);
    return;
  }
  json::object *object = data.if_object();
  if (object == nullptr) return;
  json::object rest(object->storage());  // the members keep their order
  for (auto &member : *object) {
    const auto found = declared.members.find(std::string_view(member.key()));
    if (found == declared.members.end() && declared.object) continue;
    const Declared *inner =
        found != declared.members.end() ? found->second.get() : declared.element.get();
    if (inner != nullptr) cut(member.value(), *inner);
    rest.emplace(member.key(), std::move(member.value()));
  }
  *object = std::move(rest);
}

void OutputForm::cut_all(json::value &data, const Declared &declared) {
  std::vector<std::pair<std::string, json::value>> flags;
  if (const json::object *object = data.if_object()) {
    for (const std::string_view name : {"success", "result"}) {
      const json::value *flag = object->if_contains(name);
      if (flag != nullptr && !flag->is_structured()) flags.emplace_back(name, *flag);
    }
  }
  cut(data, declared);
  for (auto &[name, flag] : flags) data.get_object().emplace(name, std::move(flag));
}

void Misfits::keep(std::string_view place) {
  if (std::ranges::find(kept, place) == kept.end()) kept.emplace_back(place);
}

void MisfitCounts::add(const Misfits &misfits) {
  for (const std::string &place : misfits.left_out) ++left_out_[place];
  for (const std::string &place : misfits.kept) ++kept_[place];
  for (const std::string &place : misfits.refused) ++refused_[place];
}

std::vector<std::string> MisfitCounts::sentences(std::string_view one,
                                                 std::string_view many) const {
  const auto counted = [&](std::size_t count) {
    return count == 1 ? std::string(one) : std::to_string(count) + " " + std::string(many);
  };
  constexpr std::size_t most = 20;
  std::vector<std::string> out;
  for (const auto &[place, count] : left_out_) {
    if (out.size() == most) break;
    out.push_back(place + " had another type than described and was left out of " + counted(count) +
                  ".");
  }
  for (const auto &[place, count] : kept_) {
    if (out.size() == most) break;
    out.push_back((place.empty() ? "The value" : place) +
                  " is missing or has another type than described in " + counted(count) + ".");
  }
  for (const auto &[place, count] : refused_) {
    if (out.size() == most) break;
    out.push_back(place + " is missing or has another type than described: " +
                  (count == 1 ? "one item was" : std::to_string(count) + " items were") +
                  " left out.");
  }
  const std::size_t places = left_out_.size() + kept_.size() + refused_.size();
  if (places > most) {
    out.push_back("The same applies to " + std::to_string(places - most) + " more places.");
  }
  return out;
}

Misfits OutputForm::fit(json::value &output, std::vector<std::string> &notes) const {
  Misfits misfits = fit(output);
  MisfitCounts counts;
  counts.add(misfits);
  for (std::string &note : counts.sentences("the output", "entries of the output")) {
    notes.push_back(std::move(note));
  }
  return misfits;
}

Misfits OutputForm::fit(json::value &data) const {
  Misfits misfits;
  if (declared_) cut_all(data, *declared_);
  if (schema_.validate(data).empty()) return misfits;
  for (const auto &[at, elements] : lists_) {
    const std::string &name = at.name;
    const bool drops = at.required && without_unfit_elements_;
    json::object *object = data.if_object();
    json::value *found = name.empty() ? &data : object ? object->if_contains(name) : nullptr;
    json::array *list = found != nullptr ? found->if_array() : nullptr;
    if (list == nullptr) continue;
    const std::string place = (name.empty() ? "" : pointer_join("", name)) + "/*";
    json::array fitting(list->storage());
    for (json::value &each : *list) {
      const Misfits inside = elements.fit(each);
      if (drops && !inside.kept.empty()) {
        misfits.refused.push_back(place + inside.kept.front());
        continue;
      }
      for (const std::string &inner : inside.left_out) misfits.left_out.push_back(place + inner);
      if (drops) fitting.push_back(std::move(each));
    }
    if (drops) *list = std::move(fitting);
  }
  // Each round converts or leaves out at least one member. The bound is for schemas in which one
  // conversion undoes another.
  constexpr int most_rounds = 100;
  for (int round = 0;; ++round) {
    const Violations violations = schema_.validate(data);
    if (round == most_rounds) {
      for (const Violation &each : violations.listed) misfits.keep(in_any_element(each.pointer));
      break;
    }
    bool repaired = false;
    for (const Violation &each : violations.listed) {
      const std::string any = in_any_element(each.pointer);
      if (std::ranges::find(misfits.kept, any) != misfits.kept.end()) continue;
      const std::vector<std::string> path = pointer_tokens(each.pointer);
      json::value *value = value_at(data, path);
      if (value != nullptr && convert(schema_, data, *value, each.pointer)) {
        repaired = true;
        continue;
      }
      std::string place = leave_out(schema_, data, path);
      if (place.empty()) {
        misfits.keep(any);
      } else {
        repaired = true;
        misfits.left_out.push_back(in_any_element(place));
        break;  // the others may have been inside
      }
    }
    if (!repaired) break;
  }
  if (misfits.kept.empty()) return misfits;
  // Each place once until now: as often as there are elements.
  const std::vector<std::string> places = std::exchange(misfits.kept, {});
  for (const Violation &each : schema_.validate(data).listed) {
    std::string any = in_any_element(each.pointer);
    if (std::ranges::find(places, any) != places.end()) misfits.kept.push_back(std::move(any));
  }
  for (const std::string &place : places) misfits.keep(place);
  return misfits;
}

}  // namespace cpi
