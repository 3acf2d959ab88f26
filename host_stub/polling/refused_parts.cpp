#include "polling/refused_parts.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>

#include "text/time_text.hpp"

namespace host {

namespace {

namespace json = boost::json;

json::value parsed(std::string_view text) {
  boost::system::error_code error;
  json::value value = text.empty() ? json::value() : json::parse(text, error);
  return error ? json::value() : value;
}

std::string text_member(const json::object &object, std::string_view name) {
  const json::value *value = object.if_contains(name);
  const json::string *text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

std::vector<RefusedPart> parts_of(const json::value *list) {
  std::vector<RefusedPart> parts;
  const json::array *array = list == nullptr ? nullptr : list->if_array();
  if (array == nullptr) return parts;
  for (const json::value &one : *array) {
    const json::object *object = one.if_object();
    if (object == nullptr) continue;
    RefusedPart part{
        .name = text_member(*object, "name"), .reason = text_member(*object, "reason"), .since = 0};
    if (const json::value *since = object->if_contains("since"); since != nullptr)
      if (const std::int64_t *at = since->if_int64()) part.since = *at;
    if (!part.name.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

const RefusedPart *named(const std::vector<RefusedPart> &parts, std::string_view name) {
  const auto found = std::ranges::find(parts, name, &RefusedPart::name);
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

std::vector<RefusedPart> refused_parts_of(std::string_view stored) {
  const json::value list = parsed(stored);
  return parts_of(&list);
}

std::string stored_form(const std::vector<RefusedPart> &parts) {
  if (parts.empty()) return {};
  json::array list;
  for (const RefusedPart &part : parts)
    list.push_back({{"name", part.name}, {"reason", part.reason}, {"since", part.since}});
  return json::serialize(list);
}

RefusedChange compare_refused(std::string_view before, std::string_view output, std::int64_t now) {
  const std::vector<RefusedPart> known = refused_parts_of(before);
  const json::value result = parsed(output);
  const json::object *object = result.if_object();
  RefusedChange change;
  change.now = parts_of(object == nullptr ? nullptr : object->if_contains("refused"));
  for (RefusedPart &part : change.now) {
    const RefusedPart *was = named(known, part.name);
    part.since = was == nullptr ? now : was->since;
    if (was != nullptr && part.reason.empty()) part.reason = was->reason;
    (was == nullptr ? change.begun : change.lasting).push_back(part);
  }
  for (const RefusedPart &part : known)
    if (named(change.now, part.name) == nullptr) change.ended.push_back(part);
  return change;
}

std::vector<std::string> notes_beside(std::string_view output,
                                      const std::vector<RefusedPart> &lasting) {
  std::vector<std::string> found;
  const json::value result = parsed(output);
  const json::object *object = result.if_object();
  const json::value *notes = object == nullptr ? nullptr : object->if_contains("notes");
  if (notes == nullptr || !notes->is_array()) return found;
  for (const json::value &note : notes->get_array()) {
    const json::string *sentence = note.if_string();
    if (sentence == nullptr) continue;
    const auto is_about = [&](const RefusedPart &part) {
      return std::string_view(*sentence).starts_with(part.name + ' ');
    };
    if (std::ranges::none_of(lasting, is_about)) found.emplace_back(*sentence);
  }
  return found;
}

std::string refused_text(const std::vector<RefusedPart> &parts) {
  if (parts.empty()) return {};
  const RefusedPart &first = parts.front();
  std::string text = first.name;
  if (!first.reason.empty()) text += ": " + first.reason;
  if (first.since != 0) text += " (since " + time_text(first.since) + ')';
  if (parts.size() > 1) text += ", and " + std::to_string(parts.size() - 1) + " more";
  return text;
}

}  // namespace host
