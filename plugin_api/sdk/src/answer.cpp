#include "cpi/sdk/answer.hpp"

#include <stdexcept>
#include <utility>

#include <boost/json/serialize.hpp>

#include "cpi/json/base64.hpp"
#include "cpi/json/number.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/language/manifest_member.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

std::string text_at(const json::value &value, const std::string &where) {
  if (!value.is_string()) refuse(where, "must be text");
  return std::string(value.get_string());
}

std::vector<Pointer> pointers_at(const json::value &value, const std::string &where) {
  const auto *list = value.if_array();
  if (list == nullptr) refuse(where, "must be a list of JSON Pointers");
  std::vector<Pointer> out;
  for (const auto &each : *list) {
    const auto place = pointer_join(where, out.size());
    out.push_back(Pointer::compile(text_at(each, place), place));
  }
  return out;
}

[[noreturn]] void bad_answer(const std::string &what) {
  throw Failure(ErrorClass::bad_response, Fault::vendor, "The service's answer " + what + ".",
                "Try again later. If the error persists, report it to the connector's authors.");
}

std::string spelled(const Pointer &pointer) {
  std::string out;
  for (const auto &token : pointer.tokens()) out = pointer_join(out, token);
  return out.empty() ? "the whole" : out;
}

}  // namespace

AnswerShape AnswerShape::compile(const json::value &node, std::string_view at) {
  const std::string where(at);
  const auto *object = node.if_object();
  if (object == nullptr) refuse(where, "must be an object");
  AnswerShape out;
  for (const auto &member : *object) {
    const std::string_view name = member.key();
    const auto &held = member.value();
    const auto place = pointer_join(where, name);
    if (name == "pick") {
      out.pick_ = Pointer::compile(text_at(held, place), place);
    } else if (name == "first") {
      if (!held.is_bool()) refuse(place, "must be true or false");
      out.first_ = held.get_bool();
    } else if (name == "false_is_no" || name == "file") {
      if (!held.is_bool()) refuse(place, "must be true or false");
      (name == "file" ? out.file_ : out.false_is_no_) = held.get_bool();
    } else if (name == "as") {
      out.as_ = text_at(held, place);
      if (out.as_.empty()) refuse(place, "must not be empty");
    } else if (name == "objects") {
      out.objects_ = pointers_at(held, place);
    } else if (name == "numbers") {
      out.numbers_ = pointers_at(held, place);
    } else if (name == "texts") {
      out.texts_ = pointers_at(held, place);
    } else if (name == "accept") {
      const auto *accept = held.if_object();
      const auto *pointer = accept != nullptr ? accept->if_contains("pointer") : nullptr;
      const auto *equals = accept != nullptr ? accept->if_contains("equals") : nullptr;
      if (pointer == nullptr || equals == nullptr || accept->size() != 2) {
        refuse(place, "must have pointer and equals");
      }
      out.accept_ = Accept{Pointer::compile(text_at(*pointer, place), place), *equals};
    } else {
      refuse(place, "is not a part of an answer");
    }
  }
  if (out.file_ && object->size() > 1) refuse(where, "is a file and cannot have other members");
  return out;
}

namespace {

// The name in content-disposition, RFC 6266: quoted or plain. The extended form filename* is left
// out: a service that needs it gives the plain one too.
std::string filename_in(std::string_view disposition) {
  constexpr std::string_view name = "filename=";
  const auto at = disposition.find(name);
  if (at == std::string_view::npos) return {};
  std::string_view rest = disposition.substr(at + name.size());
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    return presentable(rest.substr(0, rest.find('"')));
  }
  return presentable(rest.substr(0, rest.find_first_of("; ")));
}

}  // namespace

json::value AnswerShape::file(const Response &response) {
  json::object out;
  if (auto filename = filename_in(response.header("content-disposition")); !filename.empty()) {
    out.emplace("filename", std::move(filename));
  }
  const auto type = response.header("content-type");
  out.emplace("content_type", type.empty() ? "application/octet-stream" : presentable(type));
  out.emplace("size", response.body().size());
  out.emplace("content", base64(response.body()));
  return out;
}

json::value AnswerShape::shape(json::value body) const {
  if (accept_) {
    const auto *found = accept_->pointer.find(body);
    if (found == nullptr || *found != accept_->equals) {
      bad_answer("does not report success: " + spelled(accept_->pointer) + " is not " +
                 json::serialize(accept_->equals));
    }
  }
  auto *picked = pick_.find(body);
  if (picked == nullptr) bad_answer("has no " + spelled(pick_));
  json::value out = std::move(*picked);
  if (auto *list = first_ ? out.if_array() : nullptr) {
    if (list->empty()) {
      throw Failure(ErrorClass::not_found, Fault::user, "The service did not find this item.",
                    "Check that it exists and belongs to this account.");
    }
    json::value first = std::move(list->front());
    out = std::move(first);
  }
  mend(out);
  if (!as_.empty()) {
    json::object wrapped;
    wrapped.emplace(as_, std::move(out));
    return wrapped;
  }
  return out;
}

void AnswerShape::mend(json::value &picked) const {
  for (const auto &pointer : objects_) {
    pointer.each(picked, [](json::value &value) {
      if (value.is_array() && value.get_array().empty()) value.emplace_object();
    });
  }
  for (const auto &pointer : numbers_) {
    pointer.each(picked, [](json::value &value) {
      const auto *text = value.if_string();
      if (text == nullptr) return;
      if (auto number = parse_number(*text)) value = std::move(*number);
    });
  }
  for (const auto &pointer : texts_) {
    pointer.each(picked, [](json::value &value) {
      if (value.is_number()) value = json::value(*scalar_text(value));
    });
  }
}

}  // namespace cpi
