#include "cpi/sdk/answer.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "cpi/language/failure.hpp"
#include "scripted.hpp"

namespace {

using cpi::AnswerShape;
using scripted::json;

boost::json::value shape(std::string_view node, std::string_view body) {
  return AnswerShape::compile(json(node), "/answer").shape(json(body));
}

TEST(AnswerShape, PicksAndRepairs) {
  struct Case {
    const char *node, *body, *shaped;
  };
  for (const Case &each : std::initializer_list<Case>{
           {"{}", R"({"a": 1})", R"({"a": 1})"},
           {R"({"pick": "/data/0"})", R"({"data": [{"id": 1}]})", R"({"id": 1})"},
           {R"({"first": true})", R"([{"id": 1}])", R"({"id": 1})"},
           {R"({"first": true})", R"({"id": 1})", R"({"id": 1})"},
           {R"({"as": "items"})", "[1, 2]", R"({"items": [1, 2]})"},
           {R"({"objects": ["/info", "/rows/*/info"]})",
            R"({"info": [], "rows": [{"info": []}, {"info": [1]}, {"info": {"a": 1}}, {}]})",
            R"({"info": {}, "rows": [{"info": {}}, {"info": [1]}, {"info": {"a": 1}}, {}]})"},
           {R"({"numbers": ["/a", "/b", "/c", "/d"]})",
            R"({"a": "0.25", "b": "12345678901234567", "c": "", "d": "x1"})",
            R"({"a": 0.25, "b": 12345678901234567, "c": "", "d": "x1"})"},
           {R"({"texts": ["/*/phone"]})", R"([{"phone": 380991112233}, {"phone": "1"}])",
            R"([{"phone": "380991112233"}, {"phone": "1"}])"},
           {R"({"pick": "/d", "first": true, "numbers": ["/n"], "as": "x",
               "accept": {"pointer": "/ok", "equals": true}})",
            R"({"ok": true, "d": [{"n": "5"}]})", R"({"x": {"n": 5}})"}}) {
    EXPECT_EQ(shape(each.node, each.body), json(each.shaped)) << each.node;
  }
}

TEST(AnswerShape, SaysWhatIsMissing) {
  struct Case {
    const char *node, *body;
    cpi::ErrorClass error_class;
    const char *message;
  };
  for (const Case &each : std::initializer_list<Case>{
           {R"({"pick": "/data/id"})", R"({"data": []})", cpi::ErrorClass::bad_response,
            "The service's answer has no /data/id."},
           {R"({"first": true})", "[]", cpi::ErrorClass::not_found,
            "The service did not find this item."},
           {R"({"accept": {"pointer": "/result", "equals": true}})", "{}",
            cpi::ErrorClass::bad_response,
            "The service's answer does not report success: /result is not true."}}) {
    try {
      shape(each.node, each.body);
      FAIL() << each.node;
    } catch (const cpi::Failure &failure) {
      EXPECT_EQ(failure.error_class, each.error_class);
      EXPECT_EQ(failure.message, each.message);
    }
  }
}

TEST(AnswerShape, RefusesWrongNodes) {
  for (const auto *node :
       {"1", R"({"pick": "x"})", R"({"first": 1})", R"({"as": ""})", R"({"objects": "/a"})",
        R"({"numbers": [1]})", R"({"accept": {"pointer": "/a"}})", R"({"pck": ""})",
        R"({"file": 1})", R"({"file": true, "as": "x"})"}) {
    EXPECT_THROW(AnswerShape::compile(json(node), "/answer"), std::invalid_argument) << node;
  }
}

}  // namespace
