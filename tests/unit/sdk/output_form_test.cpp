#include "cpi/sdk/output_form.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/document.hpp"

namespace cpi {
namespace {

namespace json = boost::json;

OutputForm form_of(std::string_view schema) {
  return OutputForm::compile(json::parse(schema), {}, "/output");
}

using Places = std::vector<std::string>;

// Each type of `a` asks for the other type of `b`, and each type of `b` for its own of `a`: every
// conversion undoes the one before it.
TEST(OutputForm, AConversionThatUndoesAnotherEndsAndIsTold) {
  const OutputForm form = form_of(R"({
      "type": "object", "required": ["a", "b"],
      "allOf": [
        {"if": {"properties": {"a": {"type": "string"}}},
         "then": {"properties": {"b": {"type": "integer"}}},
         "else": {"properties": {"b": {"type": "string"}}}},
        {"if": {"properties": {"b": {"type": "string"}}},
         "then": {"properties": {"a": {"type": "string"}}},
         "else": {"properties": {"a": {"type": "integer"}}}}]})");
  json::value data = json::parse(R"({"a": "1", "b": "2"})");
  const Misfits misfits = form.fit(data);
  EXPECT_TRUE(misfits.left_out.empty());
  ASSERT_EQ(misfits.kept.size(), 1u);
  EXPECT_TRUE(misfits.kept[0] == "/a" || misfits.kept[0] == "/b") << misfits.kept[0];
  // No value is lost on the way.
  EXPECT_EQ(data.as_object().size(), 2u);
  for (const auto &[name, digit] : {std::pair{"a", "1"}, std::pair{"b", "2"}}) {
    const std::string written = json::serialize(data.at(name));
    EXPECT_TRUE(written == digit || written == "\"" + std::string(digit) + "\"") << written;
  }
}

json::value fitted(const OutputForm &form, std::string_view text, Misfits &misfits) {
  json::value data = json::parse(text);
  misfits = form.fit(data);
  return data;
}

TEST(OutputForm, ConvertsWhatSurvivesTheWayBackAndLeavesOutTheRest) {
  const OutputForm form = form_of(R"({
      "type": "object", "required": ["id"], "properties": {
        "id": {"type": "integer"}, "code": {"type": "integer"}, "price": {"type": "number"},
        "note": {"type": "string"}}})");
  Misfits misfits;
  EXPECT_EQ(
      write_document(fitted(
          form, R"({"id": "12345678901234567890123", "price": "0.10", "note": 1.5})", misfits)),
      R"({"id":12345678901234567890123,"price":0.10,"note":"1.5"})");
  EXPECT_TRUE(misfits.left_out.empty() && misfits.kept.empty());
  EXPECT_EQ(write_document(fitted(form, R"({"id": "00123", "code": "00123"})", misfits)),
            R"({"id":"00123"})");
  EXPECT_EQ(misfits.left_out, Places{"/code"});
  EXPECT_EQ(misfits.kept, Places{"/id"});
}

TEST(OutputForm, FitsTheElementsOfAListOneByOne) {
  const OutputForm form = form_of(R"({
      "type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {
          "id": {"type": "integer"}, "name": {"type": "string"}}}}}})");
  json::array items;
  for (int i = 0; i < 2000; ++i) {
    items.push_back(json::object{{"id", std::to_string(i)}, {"name", json::array()}});
  }
  json::value data = json::object{{"items", std::move(items)}};
  const Misfits misfits = form.fit(data);
  EXPECT_TRUE(misfits.kept.empty());
  EXPECT_EQ(misfits.left_out.size(), 2000u);
  for (const auto &each : data.at("items").as_array()) {
    EXPECT_TRUE(each.at("id").is_int64());
    EXPECT_FALSE(each.as_object().contains("name"));
  }
  MisfitCounts counts;
  counts.add(misfits);
  EXPECT_EQ(
      counts.sentences("one item", "items"),
      Places{"/items/*/name had another type than described and was left out of 2000 items."});
}

// More members than rounds: all are converted, since a round converts all that it finds.
TEST(OutputForm, CountsWhatTheElementsOfAListMustHaveAndLack) {
  const OutputForm form = form_of(R"({
      "type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": {"type": "object", "required": ["id", "name"],
          "properties": {"id": {"type": "integer"}, "name": {"type": "string"},
                         "size": {"type": "integer"}}}}}})");
  json::value data = json::parse(
      R"({"items": [{"id": [], "name": "a"}, {"name": "b", "size": "no"}, {"id": 3, "name": "c"}]})");
  const Misfits misfits = form.fit(data);
  EXPECT_EQ(data, json::parse(R"({"items": [{"id": [], "name": "a"}, {"name": "b"},
                                           {"id": 3, "name": "c"}]})"));
  EXPECT_EQ(misfits.kept, (Places{"/items/*/id", "/items/*/id"}));
  MisfitCounts counts;
  counts.add(misfits);
  EXPECT_EQ(counts.sentences("one item", "items"),
            (Places{"/items/*/size had another type than described and was left out of one item.",
                    "/items/*/id is missing or has another type than described in 2 items."}));
}

TEST(OutputForm, LeavesOutOfARequiredListWhatLacksARequiredMember) {
  OutputForm form = form_of(R"({
      "type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": {"type": "object", "required": ["id"],
          "properties": {"id": {"type": "integer"}, "size": {"type": "integer"}}}},
        "more": {"type": "array", "items": {"type": "object", "required": ["id"]}}}})");
  form.leave_out_unfit_elements();
  json::value data = json::parse(
      R"({"items": [{"id": [], "size": 1}, {"size": "no"}, {"id": "3", "size": "no"}, "odd"],
          "more": [{"id": 1}]})");
  const Misfits misfits = form.fit(data);
  EXPECT_EQ(data, json::parse(R"({"items": [{"id": 3}], "more": [{"id": 1}]})"));
  EXPECT_TRUE(misfits.kept.empty());
  EXPECT_EQ(misfits.refused, (Places{"/items/*/id", "/items/*/id", "/items/*"}));
  MisfitCounts counts;
  counts.add(misfits);
  EXPECT_EQ(
      counts.sentences("the output", "entries of the output"),
      (Places{"/items/*/size had another type than described and was left out of the output.",
              "/items/* is missing or has another type than described: one item was left out.",
              "/items/*/id is missing or has another type than described: 2 items were left "
              "out."}));
  EXPECT_TRUE(form.fit(data).refused.empty());
}

TEST(OutputForm, ConvertsMoreMembersThanItHasRounds) {
  const OutputForm form =
      form_of(R"({"type": "object", "additionalProperties": {"type": "integer"}})");
  json::object object;
  for (int i = 0; i < 1000; ++i) object["m" + std::to_string(i)] = std::to_string(i);
  json::value data = std::move(object);
  EXPECT_TRUE(form.fit(data).kept.empty());
  for (const auto &member : data.as_object()) EXPECT_TRUE(member.value().is_int64());
}

TEST(OutputForm, LeavesOutWhatIsNotDeclaredWhereTheServiceTellsTooMuch) {
  const json::value schema = json::parse(R"({"type": "object", "properties": {
      "id": {"type": "integer"}, "any": {}, "phones": {"type": "array"},
      "owner": {"type": "object", "properties": {"id": {"type": "integer"}}},
      "items": {"type": "array", "items": {"type": "object",
                "properties": {"id": {"type": "integer"}}}}}})");
  OutputForm form = OutputForm::compile(schema, {}, "/output");
  const auto *given = R"({"id":1,"note":"x","any":{"a":1},"phones":[{"p":1}],)"
                      R"("owner":{"id":2,"name":"J"},"items":[{"id":3,"name":"K"}]})";
  Misfits misfits;
  EXPECT_EQ(fitted(form, given, misfits), json::parse(given));
  form.leave_out_undeclared(schema, {});
  EXPECT_EQ(fitted(form, given, misfits), json::parse(R"({"id":1,"any":{"a":1},"phones":[{"p":1}],)"
                                                      R"("owner":{"id":2},"items":[{"id":3}]})"));
  const json::value nothing = json::parse(R"({"type": "object"})");
  form.leave_out_undeclared(nothing, {});
  EXPECT_EQ(fitted(form, R"({"id":1})", misfits), json::object());
  EXPECT_EQ(fitted(form, R"({"id":1,"success":true,"result":{"name":"K"}})", misfits),
            json::parse(R"({"success":true})"));
}

}  // namespace
}  // namespace cpi
