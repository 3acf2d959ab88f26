#include "cpi/language/answer_shape.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/document.hpp"
#include "cpi/json/number.hpp"
#include "cpi/language/failure.hpp"
#include "manifest_part.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

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

AnswerShape AnswerShape::compile(const json::value &node, std::string_view where) {
  Problems problems;
  AnswerShape out = compile(node, where, problems);
  problems.throw_first();
  return out;
}

AnswerShape AnswerShape::compile(const json::value &node, std::string_view where,
                                 Problems &problems) {
  const ManifestPart part(node, std::string(where), problems);
  part.only({"pick", "first", "false_is_no", "file", "as", "objects", "numbers", "texts", "accept"},
            "is not a part of an answer");
  AnswerShape out;
  out.pick_ = part.pointer("pick").value_or(Pointer());
  out.first_ = part.flag("first").value_or(false);
  out.false_is_no_ = part.flag("false_is_no").value_or(false);
  out.file_ = part.flag("file").value_or(false);
  out.as_ = part.some_text("as").value_or("");
  out.objects_ = part.pointers("objects");
  out.numbers_ = part.pointers("numbers");
  out.texts_ = part.pointers("texts");
  if (const auto accept = part.part("accept")) {
    accept->only({"pointer", "equals"}, "is not a part of accept");
    auto pointer = accept->pointer("pointer");
    const auto *equals = accept->find("equals");
    if (!accept->has("pointer") || equals == nullptr) {
      accept->refuse("must have pointer and equals");
    } else if (pointer) {
      out.accept_ = Accept{*std::move(pointer), *equals};
    }
  }
  if (out.file_ && part.size() > 1) part.refuse("is a file and cannot have other members");
  return out;
}

void AnswerShape::expect_accepted(const json::value &body) const {
  if (!accept_) return;
  const auto *found = accept_->pointer.find(body);
  if (found == nullptr || *found != accept_->equals) {
    bad_answer("does not report success: " + spelled(accept_->pointer) + " is not " +
               json::serialize(accept_->equals));
  }
}

json::value AnswerShape::shape(json::value body) const {
  expect_accepted(body);
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
  repair(out);
  if (!as_.empty()) {
    json::object wrapped;
    wrapped.emplace(as_, std::move(out));
    return wrapped;
  }
  return out;
}

void AnswerShape::repair(json::value &picked) const {
  for (const auto &pointer : objects_) {
    pointer.each(picked, [](json::value &value) {
      if (value.is_array() && value.get_array().empty()) value.emplace_object();
    });
  }
  for (const auto &pointer : numbers_) {
    pointer.each(picked, [](json::value &value) {
      const auto *text = value.if_string();
      if (text == nullptr) return;
      if (auto number = number_with_digits(*text)) value = std::move(*number);
    });
  }
  for (const auto &pointer : texts_) {
    pointer.each(picked, [](json::value &value) {
      if (value.is_number() || is_written_number(value)) value = json::value(*scalar_text(value));
    });
  }
}

}  // namespace cpi
