#include "manifest_part.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

namespace cpi {

namespace json = boost::json;

namespace {

// "a, b or c".
std::string one_of(std::initializer_list<std::string_view> words) {
  std::string out;
  std::size_t left = words.size();
  for (const std::string_view word : words) {
    out += word;
    --left;
    if (left > 0) out += left == 1 ? " or " : ", ";
  }
  return out;
}

}  // namespace

ManifestPart::ManifestPart(const json::value &value, std::string where, Problems &problems)
    : object_(value.if_object()), where_(std::move(where)), problems_(&problems) {
  if (object_ == nullptr) refuse("must be an object");
}

const json::value *ManifestPart::find(std::string_view name) const {
  return object_ != nullptr ? object_->if_contains(name) : nullptr;
}

void ManifestPart::only(std::initializer_list<std::string_view> names, const char *why) const {
  if (object_ == nullptr) return;
  for (const auto &member : *object_) {
    const std::string_view name = member.key();
    if (std::ranges::find(names, name) == names.end()) refuse(name, why);
  }
}

void ManifestPart::refuse(std::string why, ProblemKind kind) const {
  problems_->add(where_, std::move(why), kind);
}

void ManifestPart::refuse(std::string_view name, std::string why, ProblemKind kind) const {
  problems_->add(at(name), std::move(why), kind);
}

std::optional<std::string> ManifestPart::text(std::string_view name) const {
  const auto *found = find(name);
  if (found == nullptr) return std::nullopt;
  if (const auto *text = found->if_string()) return std::string(*text);
  refuse(name, "must be text");
  return std::nullopt;
}

std::optional<std::string> ManifestPart::some_text(std::string_view name) const {
  auto found = text(name);
  if (!found || !found->empty()) return found;
  refuse(name, "must not be empty");
  return std::nullopt;
}

std::optional<std::string> ManifestPart::word(std::string_view name,
                                              std::initializer_list<std::string_view> words) const {
  const auto *found = find(name);
  if (found == nullptr) return std::nullopt;
  const auto *text = found->if_string();
  if (text != nullptr && std::ranges::find(words, std::string_view(*text)) != words.end()) {
    return std::string(*text);
  }
  refuse(name, "must be " + one_of(words));
  return std::nullopt;
}

std::optional<bool> ManifestPart::flag(std::string_view name) const {
  const auto *found = find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_bool()) return found->get_bool();
  refuse(name, "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> ManifestPart::whole(std::string_view name, std::int64_t least) const {
  const auto *found = find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_int64() && found->get_int64() >= least) return found->get_int64();
  refuse(name, "must be a whole number from " + std::to_string(least) + " on");
  return std::nullopt;
}

std::optional<Pointer> ManifestPart::pointer_of(const json::value &value,
                                                const std::string &place) const {
  const auto *text = value.if_string();
  if (text != nullptr && is_pointer(*text)) return Pointer::compile(*text, place);
  problems_->add(place, "must be a JSON Pointer");
  return std::nullopt;
}

std::optional<Pointer> ManifestPart::pointer(std::string_view name) const {
  const auto *found = find(name);
  return found != nullptr ? pointer_of(*found, at(name)) : std::nullopt;
}

std::vector<Pointer> ManifestPart::pointers(std::string_view name) const {
  std::vector<Pointer> out;
  const auto *found = find(name);
  if (found == nullptr) return out;
  const auto *list = found->if_array();
  if (list == nullptr) refuse(name, "must be a list of JSON Pointers");
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    if (auto pointer = pointer_of((*list)[i], pointer_join(at(name), i))) {
      out.push_back(*std::move(pointer));
    }
  }
  return out;
}

std::optional<ManifestPart> ManifestPart::part(std::string_view name) const {
  const auto *found = find(name);
  if (found == nullptr) return std::nullopt;
  ManifestPart out(*found, at(name), *problems_);
  return out.given() ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace cpi
