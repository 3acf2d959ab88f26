#include "cpi/sdk/action.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "scripted.hpp"

namespace {

using scripted::Answer;
using scripted::json;
using scripted::manifest;
using scripted::Outcome;

const std::string &actions() {
  static const std::string text = manifest(R"({
    "errors": [{"pointer": "/error_code", "equals": 791, "class": "quota"}],
    "$defs": {"id": {"type": "integer", "minimum": 1},
              "sender": {"type": "object", "required": ["id"],
                         "properties": {"id": {"type": "integer"}, "status": {"type": "string"}}},
              "done": {"type": "object", "required": ["result"],
                       "properties": {"result": {"type": "boolean"}}}},
    "actions": [
      {"id": "list.get", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object", "required": ["list_id"], "additionalProperties": false,
                 "properties": {"list_id": {"$ref": "#/$defs/id"}}},
       "request": {"method": "GET", "path": "/addressbooks/{list_id}"},
       "answer": {"first": true}},
      {"id": "list.all", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object", "additionalProperties": false,
                 "properties": {"limit": {"type": "integer", "minimum": 1}}},
       "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"},
                  "limit": "/limit"},
       "answer": {"objects": ["/*/info"]}},
      {"id": "list.inside", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"},
                  "rows": "/data"}},
      {"id": "list.counted", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object", "properties": {"limit": {"type": "integer"}}},
       "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"},
                  "rows": "/data", "total": "/total", "limit": "/limit"}},
      {"id": "list.keyed", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"}},
       "output": {"type": "object", "properties": {
         "items": {"type": "array", "items": {"type": "object", "required": ["id", "name"]}}}}},
      {"id": "list.mails", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"}},
       "output": {"type": "object", "properties": {
         "items": {"type": "array", "items": {"type": "object", "required": ["email"]}}}}},
      {"id": "list.logged", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"}},
       "output": {"type": "object", "properties": {
         "items": {"type": "array", "items": {"type": "object", "required": ["to", "at"]}}}}},
      {"id": "list.numbered", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"style": "page", "size": {"name": "size", "value": 2}, "from": {"name": "page"}}},
      {"id": "list.after", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"style": "after", "size": {"name": "size", "value": 2},
                  "after": {"name": "after", "pointer": "/id"}}},
      {"id": "list.once", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"style": "none", "rows": "/data", "total": "/total"},
       "output": {"type": "object", "required": ["items", "complete"], "properties": {
         "items": {"type": "array", "items": {"type": "object", "required": ["id"]}},
         "complete": {"type": "boolean"}}}},
      {"id": "list.loose", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "paging": {"style": "none", "rows": "/data"}},
      {"id": "senders.list", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/senders"},
       "answer": {"pick": "/data", "as": "senders", "numbers": ["/*/id"]},
       "output": {"type": "object", "required": ["senders"], "properties": {
         "senders": {"type": "array", "items": {"$ref": "#/$defs/sender"}}}}},
      {"id": "stats.get", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/stats"},
       "answer": {"as": "stats"},
       "output": {"type": "object", "required": ["stats"],
                  "properties": {"stats": {"type": ["object", "array"]}}}},
      {"id": "domains.list", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/domains"},
       "answer": {"accept": {"pointer": "/ok", "equals": true}, "pick": "/data", "as": "items"},
       "output": {"type": "object", "properties": {
         "items": {"type": "array", "items": {"type": "string"}}}}},
      {"id": "list.picked", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/addressbooks"},
       "answer": {"pick": "/data", "as": "items"}},
      {"id": "campaign.create", "effects": {"read_only": false, "idempotent": false},
       "input": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
       "request": {"method": "POST", "path": "/campaigns", "body": {"name": {"$from": "/name"}}},
       "output": {"type": "object", "required": ["id"],
                  "properties": {"id": {"type": "integer"}}},
       "duplicate_check": {"lookup": "campaigns", "on": "unknown_outcome"}},
      {"id": "contact.create", "effects": {"read_only": false, "idempotent": false},
       "input": {"type": "object"}, "request": {"method": "POST", "path": "/contacts"},
       "answer": {"pick": "/data", "first": true},
       "output": {"type": "object", "required": ["id"]}},
      {"id": "hook.create", "effects": {"read_only": false, "idempotent": false},
       "input": {"type": "object"}, "request": {"method": "POST", "path": "/hooks"},
       "answer": {"pick": "/data", "as": "items"},
       "output": {"type": "object", "required": ["items"], "properties": {"items": {
                  "type": "array", "minItems": 1, "items": {"type": "object", "required": ["id"]}}}}},
      {"id": "note.add", "effects": {"read_only": false, "idempotent": false},
       "input": {"type": "object"}, "request": {"method": "POST", "path": "/notes"}},
      {"id": "list.rename", "effects": {"read_only": false, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "PUT", "path": "/addressbooks/1"},
       "output": {"$ref": "#/$defs/done"}},
      {"id": "list.remove", "effects": {"read_only": false, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "DELETE", "path": "/addressbooks/1"},
       "output": {"$ref": "#/$defs/done"}},
      {"id": "list.leave", "effects": {"read_only": false, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "POST", "path": "/leave"},
       "done_if_repeated": [{"status": [422], "pointer": "/message", "equals": "Nobody is in it"},
                            {"status": [404]}, {"pointer": "/error_code", "equals": [602]}],
       "output": {"$ref": "#/$defs/done"}},
      {"id": "bot.get", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/bot"},
       "output": {"type": "object", "required": ["id"],
                  "properties": {"id": {"type": "string"}}}},
      {"id": "sender.remove", "effects": {"read_only": false, "idempotent": true},
       "input": {"type": "object", "properties": {"code": {"type": "string", "writeOnly": true}}},
       "request": {"method": "DELETE", "path": "/senders", "body": {"code": {"$from": "/code"}}}},
      {"id": "address.check", "effects": {"read_only": true}, "input": {"type": "object"},
       "request": {"method": "GET", "path": "/check"}, "answer": {"false_is_no": true}},
      {"id": "report.get", "effects": {"read_only": true}, "input": {"type": "object"},
       "request": {"method": "GET", "path": "/report"}, "answer": {"file": true}},
      {"id": "note.get", "effects": {"read_only": true}, "input": {"type": "object"},
       "request": {"method": "GET", "path": "/note"},
       "output": {"type": "object", "required": ["id"], "properties": {
           "id": {"type": "integer"}, "name": {"type": "string"},
           "rows": {"type": "array", "items": {"type": "object", "properties": {
               "at": {"type": "string"}}}}}}},
      {"id": "note.all", "effects": {"read_only": true}, "input": {"type": "object"},
       "request": {"method": "GET", "path": "/notes"}, "answer": {"pick": "/data", "as": "items"},
       "output": {"type": "object", "required": ["items"], "properties": {
           "items": {"type": "array", "items": {"type": "object", "required": ["id"]}}}}},
      {"id": "note.by.hand", "effects": {"read_only": true}, "input": {"type": "object"},
       "handler": "by_hand",
       "output": {"type": "object", "properties": {"name": {"type": "string"}}}},
      {"id": "by.hand", "effects": {"read_only": true}, "input": {"type": "object"},
       "handler": "by_hand"}
    ]})");
  return text;
}

Outcome act(std::string_view id, std::string_view input, const std::vector<Answer> &answers) {
  return scripted::run(actions(), CPI_KIND_ACTION, id, input, answers, [](cpi::Connector &made) {
    made.on_action("by_hand", [](cpi::Call &call) -> cpi::Task<cpi::Result> {
      cpi::Result result;
      result.output = boost::json::serialize(call.input);
      co_return result;
    });
  });
}

TEST(RunAction, SendsAndShapes) {
  const auto outcome = act("list.get", R"({"list_id": 5})", {{.body = R"([{"id": 5}])"}});
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.output, json(R"({"id": 5})"));
  EXPECT_EQ(outcome.sent[0].method, "GET");
  EXPECT_EQ(outcome.sent[0].url, "https://api.sendpulse.com/addressbooks/5");
  EXPECT_TRUE(outcome.sent[0].repeatable);
  EXPECT_EQ(act("list.get", R"({"list_id": 5})", {{.status = 204}}).output, json("{}"));
}

TEST(RunAction, NotesWhatItLeftOutBesideTheOutput) {
  const auto outcome =
      act("note.get", "{}", {{.body = R"({"id": "5", "name": {"first": "Jane"}, "notes": "mine",
                                          "rows": [{"at": []}, {"at": [1]}, {"at": "now"}]})"}});
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.output, json(R"({"id": 5, "notes": "mine", "rows": [{}, {}, {"at": "now"}]})"));
  EXPECT_EQ(outcome.notes, json(R"([
      "/name had another type than described and was left out of the output.",
      "/rows/*/at had another type than described and was left out of 2 entries of the output."])"));
  EXPECT_TRUE(act("note.get", "{}", {{.body = R"({"id": 5})"}}).notes.is_null());
}

TEST(RunAction, TellsAListFromAnObjectInWhatIsRead) {
  const auto items = [](const std::string &data) {
    return act("note.all", "{}", {{.body = R"({"data": )" + data + "}"}});
  };
  EXPECT_EQ(items(R"([{"id": 1}])").output, json(R"({"items": [{"id": 1}]})"));
  EXPECT_EQ(items(R"({"4": {"id": 2}, "0": {"id": 1}})").output,
            json(R"({"items": [{"id": 1}, {"id": 2}]})"));
  EXPECT_EQ(items("{}").output, json(R"({"items": []})"));
  const auto refused = items(R"({"odd": 1})");
  EXPECT_EQ(refused.error_class, CPI_CLASS_BAD_RESPONSE);
}

TEST(RunAction, WhatIsReadLeavesWithWhatItsSchemaRequires) {
  // What identifies: a row without it is left out, and the list is not whole.
  const char *rows = R"({"data": [{"id": 1}, {"id": {"odd": 1}}, {"name": "x"}, "odd"]})";
  const auto once = act("note.all", "{}", {{.body = rows}});
  ASSERT_TRUE(once.done) << once.message;
  EXPECT_EQ(once.output, json(R"({"items": [{"id": 1}, {"id": {"odd": 1}}]})"));
  EXPECT_EQ(once.notes, json(R"([
      "/items/* is missing or has another type than described: one item was left out.",
      "/items/*/id is missing or has another type than described: one item was left out."])"));
  const auto paged = act("list.once", "{}", {{.body = rows}});
  EXPECT_EQ(paged.output, json(R"({"items": [{"id": 1}, {"id": {"odd": 1}}], "complete": false,
      "notes": ["/items/* is missing or has another type than described: one item was left out.",
                "/items/*/id is missing or has another type than described: one item was left out."]})"));
  const auto odd = act("note.get", "{}", {{.body = R"({"id": "x"})"}});
  EXPECT_EQ(odd.error_class, CPI_CLASS_BAD_RESPONSE);
  EXPECT_EQ(odd.message, "The answer of SendPulse has no usable value at \"/id\".");
  // A change that was made is not hidden by its answer.
  const auto made = act("campaign.create", R"({"name": "A"})", {{.body = R"({"id": "x"})"}});
  EXPECT_TRUE(made.done) << made.message;
  EXPECT_EQ(made.output, json(R"({"id": "x"})"));
}

TEST(RunAction, NotesWhatAHandlerGaveInAnotherType) {
  const auto outcome = act("note.by.hand", R"({"id": 5, "name": [1]})", {});
  EXPECT_EQ(outcome.output, json(R"({"id": 5})"));
  EXPECT_EQ(outcome.notes, json(R"([
      "/name had another type than described and was left out of the output."])"));
}

TEST(RunAction, SendsNothingForBadInput) {
  const auto outcome = act("list.get", R"({"list": "x"})", {});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT);
  EXPECT_EQ(outcome.fault, CPI_FAULT_USER);
  ASSERT_EQ(outcome.details.as_array().size(), 2U);
  EXPECT_EQ(outcome.details.at(0).at("pointer"), json("\"/list_id\""));
  EXPECT_EQ(outcome.details.at(1).at("pointer"), json("\"/list\""));
  EXPECT_TRUE(outcome.sent.empty());
}

TEST(RunAction, ABareFalseAnswersAQuestion) {
  EXPECT_EQ(act("address.check", "{}", {{.body = R"({"result": false})"}}).output,
            json(R"({"result": false})"));
  const auto refused = act("address.check", "{}", {{.body = R"({"result":false,"message":"No"})"}});
  EXPECT_FALSE(refused.done);
  EXPECT_NE(refused.message.find("No"), std::string::npos) << refused.message;
  EXPECT_FALSE(act("list.get", R"({"list_id": 5})", {{.body = R"({"result": false})"}}).done);
}

TEST(RunAction, GivesAFileAsBase64) {
  const auto outcome =
      act("report.get", "{}",
          {{.body = std::string("a\0\xff", 3),
            .headers = {{"content-type", "text/csv"},
                        {"content-disposition", "attachment; filename=\"r.csv\""}}}});
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.output, json(R"({"filename": "r.csv", "content_type": "text/csv", "size": 3,
                                     "content": "YQD/"})"));
  const scripted::Headers as_json{{"content-type", "application/json"}};
  for (const Answer &none :
       std::initializer_list<Answer>{{.body = R"({"result": false})", .headers = as_json},
                                     {.body = R"({"result": true})", .headers = as_json},
                                     {.status = 404, .body = "%PDF"},
                                     {.body = "<html>Sign in</html>",
                                     .headers = {{"content-type", "Text/HTML; charset=utf-8"}}},
                                     {.body = ""}}) {
    EXPECT_FALSE(act("report.get", "{}", {none}).done) << none.body;
  }
}

TEST(RunAction, PagesToTheEnd) {
  const auto outcome = act(
      "list.all", "{}",
      {{.body = R"([{"id":1,"info":[]},{"id":2}])"}, {.body = R"([{"id":3}])"}, {.body = "[]"}});
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.output,
            json(R"({"items": [{"id":1,"info":{}},{"id":2},{"id":3}], "complete": true})"));
  EXPECT_EQ(outcome.sent[1].url, "https://api.sendpulse.com/addressbooks?limit=2&offset=2");
}

TEST(RunAction, AsksOnAfterAShortPage) {
  const auto outcome =
      act("list.all", "{}",
          {{.body = R"([{"id":1}])"}, {.body = R"([{"id":2}])"}, {.status = 404, .body = "{}"}});
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.output, json(R"({"items": [{"id":1},{"id":2}], "complete": true})"));
  EXPECT_EQ(outcome.sent[1].url, "https://api.sendpulse.com/addressbooks?limit=2&offset=1");
  EXPECT_EQ(outcome.sent[2].url, "https://api.sendpulse.com/addressbooks?limit=2&offset=2");
  // A service with one page, whatever is asked for.
  EXPECT_EQ(act("list.all", "{}", {{.body = R"([{"id":1}])"}, {.body = R"([{"id":1}])"}}).output,
            json(R"({"items": [{"id":1}], "complete": true})"));
  EXPECT_FALSE(act("list.all", "{}", {{.status = 404, .body = "{}"}}).done);
}

TEST(RunAction, StopsAtTheLimit) {
  const auto outcome = act("list.all", R"({"limit": 3})",
                           {{.body = R"([{"id":1},{"id":2}])"}, {.body = R"([{"id":3}])"}});
  EXPECT_EQ(outcome.output, json(R"({"items": [{"id":1},{"id":2},{"id":3}], "complete": false})"));
  EXPECT_EQ(outcome.sent[1].url, "https://api.sendpulse.com/addressbooks?limit=1&offset=2");
  // A service that ignores the size gives more than wanted.
  EXPECT_EQ(act("list.all", R"({"limit": 1})", {{.body = R"([{"id":1},{"id":2}])"}}).output,
            json(R"({"items": [{"id":1}], "complete": false})"));
}

TEST(RunAction, TakesEmptyAndSingleLists) {
  EXPECT_EQ(act("list.all", "{}", {{.body = "[]"}}).output,
            json(R"({"items": [], "complete": true})"));
  EXPECT_EQ(act("list.all", "{}", {{.body = R"({"4": {"id": 2}, "0": {"id": 1}})"}, {.body = "[]"}})
                .output,
            json(R"({"items": [{"id": 1}, {"id": 2}], "complete": true})"));
  // A single object is no page of a list, least of all an error that came with a success.
  for (const auto *body : {R"({"id": 1})", R"({"message": "Whoops"})", R"({"error": 1})"}) {
    EXPECT_EQ(act("list.all", "{}", {{.body = body}}).error_class, CPI_CLASS_BAD_RESPONSE) << body;
  }
}

TEST(RunAction, AListThatIsDeniedIsAFailure) {
  for (const auto *body :
       {R"({"status": "error", "data": []})", R"({"status": "error", "data": [{"id": 1}]})",
        R"({"success": false, "data": []})", R"({"is_error": true, "data": []})"}) {
    EXPECT_EQ(act("list.inside", "{}", {{.body = body}}).sent.size(), 1u);
    EXPECT_NE(act("list.inside", "{}", {{.body = body}}).error_class, 0) << body;
    EXPECT_NE(act("list.picked", "{}", {{.body = body}}).error_class, 0) << body;
  }
  EXPECT_EQ(act("list.inside", "{}", {{.body = R"({"status": "error", "data": []})"}}).error_class,
            CPI_CLASS_BAD_RESPONSE);
  EXPECT_EQ(act("list.inside", "{}", {{.body = R"({"status": "ok", "data": []})"}}).output,
            json(R"({"items": [], "complete": true})"));
  EXPECT_EQ(act("list.picked", "{}", {{.body = R"({"status": "ok", "data": []})"}}).output,
            json(R"({"items": []})"));
}

struct ListEnd {
  const char *how;
  const char *action;
  const char *input;
  std::vector<Answer> answers;
  std::size_t items;
  bool complete;
  const char *note = "";
};

TEST(RunAction, AListIsCompleteOnlyIfItIs) {
  const Answer full{.body = R"([{"id":1},{"id":2}])"};
  const Answer next{.body = R"([{"id":3},{"id":4}])"};
  const Answer one{.body = R"([{"id":1}])"};
  const Answer three{.body = R"([{"id":1},{"id":2},{"id":3}])"};
  const Answer none{.body = "[]"};
  const Answer gone{.status = 404, .body = "{}"};
  const Answer refused{.status = 422, .body = "{}"};
  const auto counted = [](std::string_view rows, std::string_view total) {
    return Answer{.body = R"({"data":)" + std::string(rows) + R"(,"total":)" + std::string(total) +
                          "}"};
  };
  const auto *two_counted = "SendPulse counts 5 items in this list but gave only 2.";
  const std::vector<ListEnd> ends{
      {"an empty list", "list.all", "{}", {none}, 0, true},
      {"an empty page after a full one", "list.all", "{}", {full, none}, 2, true},
      {"404 after a full page", "list.all", "{}", {full, gone}, 2, true},
      {"422 after a full page", "list.all", "{}", {full, refused}, 2, true},
      {"an empty page after a short one", "list.all", "{}", {one, none}, 1, true},
      {"404 after a short page", "list.all", "{}", {one, gone}, 1, true},
      {"a short page again", "list.all", "{}", {one, one}, 1, true},
      {"more than asked for, again", "list.all", "{}", {three, three}, 3, true},
      {"more than asked for, and then more",
       "list.all",
       "{}",
       {three, {.body = R"([{"id":4}])"}, none},
       4,
       true},
      {"the limit at the end of a page", "list.all", R"({"limit": 2})", {full}, 2, false},
      {"the limit within a short page", "list.all", R"({"limit": 1})", {one}, 1, false},
      {"more than the limit", "list.all", R"({"limit": 1})", {full}, 1, false},
      {"as many as the total", "list.counted", "{}", {counted(full.body, "2")}, 2, true},
      {"as many as the total, which is text",
       "list.counted",
       "{}",
       {counted(full.body, "\"2\"")},
       2,
       true},
      {"the limit and the total",
       "list.counted",
       R"({"limit": 2})",
       {counted(full.body, "2")},
       2,
       true},
      {"the limit below the total",
       "list.counted",
       R"({"limit": 2})",
       {counted(full.body, "5")},
       2,
       false},
      {"short pages up to the total",
       "list.counted",
       "{}",
       {counted(one.body, "3"), counted(next.body, "3")},
       3,
       true},
      {"an empty page before the total",
       "list.counted",
       "{}",
       {counted(full.body, "5"), counted("[]", "5")},
       2,
       false,
       two_counted},
      {"404 before the total",
       "list.counted",
       "{}",
       {counted(full.body, "5"), gone},
       2,
       false,
       two_counted},
      {"a short page again, before the total",
       "list.counted",
       "{}",
       {counted(one.body, "5"), counted(one.body, "5")},
       1,
       false,
       "SendPulse counts 5 items in this list but gave only 1."},
      {"nothing, but a total",
       "list.counted",
       "{}",
       {counted("[]", "5")},
       0,
       false,
       "SendPulse counts 5 items in this list but gave only 0."},
      {"a total below what came",
       "list.counted",
       "{}",
       {counted(full.body, "0"), counted(next.body, "0"), counted("[]", "0")},
       4,
       true},
      {"a total of another type",
       "list.counted",
       "{}",
       {counted(one.body, "null"), counted("[]", "null")},
       1,
       true},
      {"numbered pages up to a short one",
       "list.numbered",
       "{}",
       {full, {.body = R"([{"id":3}])"}, none},
       3,
       true},
      {"numbered pages up to 404", "list.numbered", "{}", {full, next, gone}, 4, true},
      {"an empty page after the last row", "list.after", "{}", {full, none}, 2, true},
      {"a last row that leads nowhere",
       "list.after",
       "{}",
       {{.body = R"([{"id":1},{"id":null}])"}},
       2,
       false},
      {"a last row without an id", "list.after", "{}", {{.body = R"([{"id":1},{}])"}}, 2, false},
      {"a list that is not paged",
       "list.once",
       "{}",
       {{.body = R"({"data":[{"id":1}]})"}},
       1,
       true},
      {"a single object", "list.once", "{}", {{.body = R"({"data":{"id":1}})"}}, 1, true},
      {"a list that is not paged, below its total",
       "list.once",
       "{}",
       {counted(full.body, "5")},
       2,
       false,
       two_counted},
      {"a list that is not paged, with its total",
       "list.once",
       "{}",
       {counted(full.body, "2")},
       2,
       true},
  };
  for (const ListEnd &each : ends) {
    const auto outcome = act(each.action, each.input, each.answers);
    ASSERT_TRUE(outcome.done) << each.how << ": " << outcome.message;
    EXPECT_EQ(outcome.sent.size(), each.answers.size()) << each.how;
    const auto &output = outcome.output.as_object();
    EXPECT_EQ(output.at("items").as_array().size(), each.items) << each.how;
    EXPECT_EQ(output.at("complete").as_bool(), each.complete) << each.how;
    const auto *notes = output.if_contains("notes");
    EXPECT_EQ(notes != nullptr ? notes->at(0).as_string() : "", each.note) << each.how;
  }
}

TEST(RunAction, ACapEndsAListThatIsNotComplete) {
  // 10,000 rows at most, and 4 requests for each page that would hold them.
  const Answer full{.body = R"([{"id":1},{"id":2}])"};
  std::vector<Answer> pages;
  for (int page = 0; page < 5'000; ++page) {
    const auto id = std::to_string(2 * page);
    pages.push_back({.body = R"([{"id":)" + id + R"(},{"id":)" + id + ".5}]"});
  }
  const auto outcome = act("list.all", "{}", pages);
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.sent.size(), 5'000u);
  EXPECT_EQ(outcome.output.at("items").as_array().size(), 10'000u);
  EXPECT_FALSE(outcome.output.at("complete").as_bool());
}

TEST(RunAction, AListThatIsNotPagedIsReadByTheSameRules) {
  const auto senders = [](std::string_view body) {
    return act("senders.list", "{}", {{.body = std::string(body)}});
  };
  for (const auto *none : {R"({"data": []})", R"({"data": {}})", R"({"data": null})", "[]"}) {
    EXPECT_EQ(senders(none).output, json(R"({"senders": []})")) << none;
  }
  EXPECT_EQ(senders(R"({"data": {"4": {"id": "2"}, "0": {"id": 1}}})").output,
            json(R"({"senders": [{"id": 1}, {"id": 2}]})"));
  EXPECT_EQ(senders(R"({"data": {"id": "7", "status": "failed"}})").output,
            json(R"({"senders": [{"id": 7, "status": "failed"}]})"));
  for (const auto *other :
       {R"({"data": {"message": "Whoops"}})", R"({"data": {"status": "x"}})", R"({"data": "x"})",
        R"({"message": "Whoops"})", "null", "{}", "", "<html>", R"({"data": [1e400]})",
        R"({"data": {"0": {"id": 1}, "total": 1}})", R"({"status": "error", "data": []})"}) {
    EXPECT_EQ(senders(other).error_class, CPI_CLASS_BAD_RESPONSE) << other;
  }
  // This one may be something else.
  EXPECT_EQ(act("stats.get", "{}", {{.body = R"({"sent": 1})"}}).output,
            json(R"({"stats": {"sent": 1}})"));
  // Nothing is required of the rows of this one.
  EXPECT_EQ(act("list.loose", "{}", {{.body = R"({"data": {"id": 1}})"}}).error_class,
            CPI_CLASS_BAD_RESPONSE);
  const auto domains = [](std::string_view body) {
    return act("domains.list", "{}", {{.body = std::string(body)}});
  };
  EXPECT_EQ(domains(R"({"ok": true, "data": null})").output, json(R"({"items": []})"));
  EXPECT_EQ(domains(R"({"ok": true, "data": ["a"]})").output, json(R"({"items": ["a"]})"));
  for (const auto *other : {R"({"ok": false, "data": ["a"]})", R"({"data": ["a"]})",
                            R"({"ok": true, "data": {"name": "a"}})"}) {
    EXPECT_EQ(domains(other).error_class, CPI_CLASS_BAD_RESPONSE) << other;
  }
}

// Of a service that does not know the offset; `n` is another one each time.
std::string rows_at(std::string_view action, int n, std::initializer_list<int> which) {
  std::string text;
  for (const int i : which) {
    const std::string number = std::to_string(i);
    text += (text.empty() ? "" : ",") + std::string("{") +
            (action == "list.keyed"   ? R"("id":)" + number + R"(,"name":"n)" + number + "\""
             : action == "list.mails" ? R"("email":"a)" + number + "@example.org\""
                                      : R"("to":"a","at":")" + number + "\"") +
            R"(,"seen":)" + std::to_string(n) + "}";
  }
  return "[" + text + "]";
}

TEST(RunAction, TheSameRowsWithOtherBytesAreNoNewPage) {
  for (const auto *action : {"list.keyed", "list.logged"}) {
    const auto endless = act(
        action, "{}", {{.body = rows_at(action, 1, {1, 2})}, {.body = rows_at(action, 2, {2, 1})}});
    EXPECT_EQ(endless.error_class, CPI_CLASS_BAD_RESPONSE) << action << endless.message;
    EXPECT_EQ(endless.message, "The answer of SendPulse has the same rows as the pages before.");
    EXPECT_EQ(endless.sent.size(), 2u) << action;
    // It has one page, whatever is asked for.
    for (const auto &page : {std::initializer_list<int>{1}, std::initializer_list<int>{1, 2, 3}}) {
      const auto one = act(
          action, "{}", {{.body = rows_at(action, 1, page)}, {.body = rows_at(action, 2, page)}});
      ASSERT_TRUE(one.done) << action << one.message;
      EXPECT_EQ(one.output.at("items").as_array().size(), page.size()) << action;
      EXPECT_EQ(one.output.at("complete"), json("true")) << action;
    }
  }
}

TEST(RunAction, ARowThatComesAgainIsTakenOnceAndTheListIsNotComplete) {
  const auto keyed = [](int n, std::initializer_list<int> which) -> Answer {
    return {.body = rows_at("list.keyed", n, which)};
  };
  const auto moved = act("list.keyed", "{}", {keyed(1, {1, 2}), keyed(2, {2, 3}), {.body = "[]"}});
  ASSERT_TRUE(moved.done) << moved.message;
  EXPECT_EQ(moved.output.at("items").as_array().size(), 3u);
  EXPECT_EQ(moved.output.at("complete"), json("false"));
  EXPECT_EQ(moved.output.at("notes").at(0),
            json(R"("One item of SendPulse came again on a later page and was left out: the list )"
                 R"(changed while it was read, so others may be missing.")"));
  // A shorter page of nothing new is followed by one more request.
  const auto last = act("list.keyed", "{}", {keyed(1, {1, 2}), keyed(2, {2}), keyed(3, {1})});
  ASSERT_TRUE(last.done) << last.message;
  EXPECT_EQ(last.output.at("items").as_array().size(), 2u);
  EXPECT_EQ(last.output.at("complete"), json("false"));
  // What is there twice at once, or has no key, is how the service has it.
  EXPECT_EQ(act("list.mails", "{}", {{.body = rows_at("list.mails", 1, {1, 1})}, {.body = "[]"}})
                .output.at("items")
                .as_array()
                .size(),
            2u);
  // An address is no key: each of these may be another bounce.
  const auto mails = [](int n, std::initializer_list<int> which) -> Answer {
    return {.body = rows_at("list.mails", n, which)};
  };
  const auto bounces =
      act("list.mails", "{}", {mails(1, {1, 2}), mails(2, {2, 1}), mails(3, {1}), {.body = "[]"}});
  ASSERT_TRUE(bounces.done) << bounces.message;
  EXPECT_EQ(bounces.output.at("items").as_array().size(), 5u);
  EXPECT_EQ(bounces.output.at("complete"), json("true"));
  // Rows of a log may look alike.
  const auto logged = act("list.logged", "{}",
                          {{.body = rows_at("list.logged", 1, {1, 2})},
                           {.body = rows_at("list.logged", 1, {2, 2})},
                           {.body = "[]"}});
  EXPECT_EQ(logged.output.at("items").as_array().size(), 4u);
  EXPECT_EQ(logged.output.at("complete"), json("true"));
}

TEST(RunAction, NoticesAServiceThatDoesNotPage) {
  const auto outcome = act(
      "list.all", "{}", {{.body = R"([{"id":1},{"id":2}])"}, {.body = R"([{"id":1},{"id":2}])"}});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_BAD_RESPONSE);
}

TEST(RunAction, FailsWithTheServicesWords) {
  const auto outcome =
      act("campaign.create", R"({"name": "n"})",
          {{.status = 400, .body = R"({"error_code": 791, "message": "Too many campaigns"})"}});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_QUOTA);
  EXPECT_EQ(outcome.vendor_code, 791);
  EXPECT_EQ(outcome.http_status, 400);
  EXPECT_EQ(outcome.message, "SendPulse refused the request: Too many campaigns.");
}

TEST(RunAction, SaysHowToFindOutWhatHappened) {
  for (const Answer &answer :
       {Answer{.status = 502},
        Answer{.body = "reset", .transport = CPI_TRANSPORT_RESET, .maybe_sent = true}}) {
    const auto outcome = act("campaign.create", R"({"name": "n"})", {answer});
    EXPECT_EQ(outcome.error_class, CPI_CLASS_UNKNOWN_OUTCOME);
    EXPECT_EQ(outcome.details.at("duplicate_check").at("lookup"), json("\"campaigns\""));
    EXPECT_FALSE(outcome.sent[0].repeatable);
  }
  const auto known = act("campaign.create", R"({"name": "n"})", {{.status = 404}});
  EXPECT_EQ(known.error_class, CPI_CLASS_NOT_FOUND);
  EXPECT_TRUE(known.details.is_null());
}

TEST(RunAction, WhatCannotBeReadOfAChangeIsUnknown) {
  for (const auto *body :
       {"<html>", R"({"id": 1)", R"({"id": 1e999})", "[1]", R"({"result": null})",
        R"({"name": "n"})", R"({"id": null})", R"({"id": {}})", "", "{}", "[]"}) {
    const auto outcome = act("campaign.create", R"({"name": "n"})", {{.body = body}});
    EXPECT_EQ(outcome.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << body << outcome.message;
    EXPECT_EQ(outcome.details.at("duplicate_check").at("lookup"), json("\"campaigns\"")) << body;
    EXPECT_EQ(outcome.advice,
              "Check in the service whether the request took effect before you try again.");
    EXPECT_EQ(outcome.http_status, 200) << body;
    // What may be repeated may be tried again.
    EXPECT_EQ(act("list.rename", "{}", {{.body = body}}).error_class, CPI_CLASS_BAD_RESPONSE)
        << body;
  }
}

TEST(RunAction, WhatIsNoIdProvesNoChange) {
  for (const auto *id : {"false", "true", "0", "-1", "0.0", R"("")", R"(" ")", R"("0")",
                         R"("null")", R"("false")", "null", "{}", "[]"}) {
    const std::string body = R"({"id": )" + std::string(id) + "}";
    const auto made = act("campaign.create", R"({"name": "n"})", {{.body = body}});
    EXPECT_EQ(made.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << body << made.message;
    EXPECT_EQ(made.details.at("duplicate_check").at("lookup"), json("\"campaigns\"")) << body;
    const auto inside = act("contact.create", "{}", {{.body = R"({"data": )" + body + "}"}});
    EXPECT_EQ(inside.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << body << inside.message;
    const auto listed = act("hook.create", "{}", {{.body = R"({"data": [)" + body + "]}"}});
    EXPECT_EQ(listed.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << body << listed.message;
  }
  for (const auto *id :
       {"5", R"("5")", R"("a1b2")", "18446744073709551615", "12345678901234567890123"})
    EXPECT_TRUE(
        act("campaign.create", R"({"name": "n"})", {{.body = R"({"id": )" + std::string(id) + "}"}})
            .done)
        << id;
}

TEST(RunAction, AYesIsASuccessWithoutWhatIsNoId) {
  for (const auto *id : {"0", R"("")", "null"}) {
    const auto outcome = act("campaign.create", R"({"name": "n"})",
                             {{.body = R"({"success": true, "id": )" + std::string(id) + "}"}});
    ASSERT_TRUE(outcome.done) << id << outcome.message;
    EXPECT_FALSE(outcome.output.as_object().contains("id")) << id;
  }
  EXPECT_EQ(
      act("campaign.create", R"({"name": "n"})", {{.body = R"({"success": true, "id": false})"}})
          .error_class,
      CPI_CLASS_UNKNOWN_OUTCOME);
  // Nobody promised one, but it is there.
  for (const auto *id : {"0", R"("")", "false", R"("0")"}) {
    const std::string body = R"({"id": )" + std::string(id) + "}";
    EXPECT_EQ(act("note.add", "{}", {{.body = body}}).error_class, CPI_CLASS_UNKNOWN_OUTCOME) << id;
    EXPECT_EQ(act("note.add", "{}", {{.body = R"({"data": )" + body + "}"}}).error_class,
              CPI_CLASS_UNKNOWN_OUTCOME)
        << id;
  }
  EXPECT_TRUE(act("note.add", "{}", {{.body = R"({"id": null})"}}).done);
  EXPECT_TRUE(act("note.add", "{}", {{.body = R"({"success": true, "data": {"id": 0}})"}}).done);
}

TEST(RunAction, AFailedStatusIsAFailureAndBesideAnIdNobodyKnows) {
  for (const auto *status : {R"("error")", R"("Failed")", R"("fail")", R"("failure")", "false",
                             "422", R"("422")", "422.0"}) {
    const std::string word = R"("status": )" + std::string(status);
    const auto failed = act("campaign.create", R"({"name": "n"})", {{.body = "{" + word + "}"}});
    EXPECT_EQ(failed.error_class, CPI_CLASS_INVALID_INPUT) << word << failed.message;
    for (const std::string &body :
         {R"({"id": 5, )" + word + "}", R"({"data": {"id": 5}, )" + word + "}",
          R"({"success": true, )" + word + "}", R"({"data": {"id": 5, )" + word + "}}",
          R"({"success": true, "data": {"id": 5, )" + word + "}}"}) {
      for (const auto *action : {"campaign.create", "contact.create", "note.add"}) {
        const auto outcome = act(action, R"({"name": "n"})", {{.body = body}});
        EXPECT_EQ(outcome.error_class, CPI_CLASS_UNKNOWN_OUTCOME)
            << action << body << outcome.message;
      }
      EXPECT_EQ(act("sender.remove", "{}", {{.body = body}}).error_class, CPI_CLASS_BAD_RESPONSE)
          << body;
    }
  }
  // Others are the state of what was made.
  for (const auto *status : {R"("active")", R"("ok")", "0", "1", "26", "true", "null"}) {
    const std::string body = R"({"id": 5, "status": )" + std::string(status) + "}";
    EXPECT_TRUE(act("campaign.create", R"({"name": "n"})", {{.body = body}}).done) << body;
    EXPECT_TRUE(act("note.add", "{}", {{.body = body}}).done) << body;
  }
}

TEST(RunAction, SaysWhatIsMissing) {
  EXPECT_EQ(act("campaign.create", R"({"name": "n"})", {{.body = R"({"name": "n"})"}}).message,
            "The answer of SendPulse has no id, so it is unknown whether the request took effect.");
  EXPECT_EQ(act("list.rename", "{}", {{.body = "<html>"}}).message,
            "The answer of SendPulse is a web page, not JSON.");
}

TEST(RunAction, TheServicesWordForSuccessIsTaken) {
  EXPECT_EQ(act("campaign.create", R"({"name": "n"})", {{.body = R"({"success": true})"}}).output,
            json(R"({"success": true})"));
  EXPECT_EQ(act("contact.create", "{}", {{.body = R"({"success": true})"}}).output,
            json(R"({"success": true})"));
  EXPECT_EQ(act("contact.create", "{}", {{.body = R"({"success": true, "data": []})"}}).output,
            json(R"({"success": true, "data": []})"));
  EXPECT_EQ(act("contact.create", "{}", {{.body = R"({"data": []})"}}).error_class,
            CPI_CLASS_UNKNOWN_OUTCOME);
  // Every spelling becomes the one that the schema promises.
  for (const auto *body :
       {R"({"result": true})", R"({"result": "true"})", R"({"result": 1})", R"({"result": "1"})"}) {
    EXPECT_EQ(act("list.rename", "{}", {{.body = body}}).output, json(R"({"result": true})"));
  }
  // What is inside a row is data.
  EXPECT_TRUE(act("contact.create", "{}",
                  {{.body = R"({"data": [{"id": 1, "error_code": 5, "error": "x"}]})"}})
                  .done);
}

TEST(RunAction, AnEmptyAnswerWillDoWhereNothingIsPromised) {
  for (const Answer &answer : std::initializer_list<Answer>{
           {.body = ""}, {.body = "[]"}, {.body = "{}"}, {.status = 204, .body = ""}}) {
    EXPECT_EQ(act("sender.remove", "{}", {answer}).output, json("{}")) << answer.body;
    EXPECT_FALSE(act("list.rename", "{}", {answer}).done) << answer.body;
  }
}

TEST(RunAction, AListOfWhatWasMadeHasWhatWasMade) {
  for (const auto *body :
       {R"({"data": []})", R"({"data": {}})", R"({"data": null})", R"({"data": [1]})",
        R"({"data": ["text"]})", R"({"data": {"success": false}})", R"({"data": {"odd": 1}})",
        R"({"data": [{"odd": 1}]})", R"({"data": [{"id": 1}, {"id": null}]})"}) {
    const auto outcome = act("hook.create", "{}", {{.body = body}});
    EXPECT_EQ(outcome.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << body << outcome.message;
  }
  EXPECT_EQ(act("hook.create", "{}", {{.body = R"({"data": [{"odd": 1}]})"}}).message,
            "The answer of SendPulse has no id in items, so it is unknown whether the request took "
            "effect.");
  for (const auto *body : {R"({"data": [{"id": 1}]})", R"({"data": {"0": {"id": 1}}})"}) {
    EXPECT_EQ(act("hook.create", "{}", {{.body = body}}).output, json(R"({"items": [{"id": 1}]})"));
  }
  EXPECT_TRUE(act("hook.create", "{}", {{.body = R"({"success": true, "data": []})"}}).done);
}

TEST(RunAction, FailureInAnyWordIsNoSuccessWhereNothingIsPromised) {
  for (const auto *body :
       {R"({"status": "error"})", R"({"status": false})", R"({"status": 404, "message": "No"})",
        R"({"is_error": "true"})", R"({"data": {"success": false}})", R"({"data": {"result": 0}})",
        R"({"status": "400"})", R"({"error_code": 401.0})"}) {
    const auto outcome = act("note.add", "{}", {{.body = body}});
    EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT) << body << outcome.message;
  }
  for (const auto *body :
       {R"({"message": "Whoops"})", R"({"status": 500, "message": "Server Error"})",
        R"({"message": "", "exception": "Error", "trace": []})", R"({"status": "500"})",
        R"({"code": 400})", R"({"status_code": "422"})", R"({"http_code": 500.0})"}) {
    EXPECT_EQ(act("note.add", "{}", {{.body = body}}).error_class, CPI_CLASS_UNKNOWN_OUTCOME)
        << body;
    EXPECT_EQ(act("sender.remove", "{}", {{.body = body}}).error_class, CPI_CLASS_BAD_RESPONSE)
        << body;
  }
  // A state of what was changed is no failure, and neither is a message with a success.
  for (const auto *body :
       {R"({"id": 5, "status": "active"})", R"({"status": 1})", R"({"data": {"status": "new"}})",
        R"({"status": "ok", "message": "Done"})", R"({"status": 200, "message": "Done"})",
        R"({"success": true, "message": "Done"})", R"({"code": 0})",
        R"({"id": 5, "message": "m"})"}) {
    EXPECT_TRUE(act("note.add", "{}", {{.body = body}}).done) << body;
  }
}

TEST(RunAction, AnUnknownOutcomeHasNoTimeToTryAgain) {
  const Answer broken{.status = 500, .headers = {{"retry-after", "7"}}};
  EXPECT_EQ(act("note.add", "{}", {broken}).retry_after_ms, 0U);
  EXPECT_EQ(act("list.rename", "{}", {broken}).retry_after_ms, 7000U);
}

TEST(RunAction, ARepeatedRemovalThatFindsNothingIsDone) {
  const Answer gone{.status = 404, .body = R"({"message": "no"})", .maybe_sent = true};
  EXPECT_EQ(act("list.remove", "{}", {gone}).output, json(R"({"result": true})"));
  EXPECT_EQ(act("list.remove", "{}", {{.status = 404}}).error_class, CPI_CLASS_NOT_FOUND);
  EXPECT_FALSE(act("list.rename", "{}", {gone}).done);
}

TEST(RunAction, ARefusalOfARepeatedRequestIsDoneIfItIsOneOfThose) {
  struct Case {
    int status;
    const char *body;
  };
  for (const Case &each : std::initializer_list<Case>{
           {422, R"({"message": "Nobody is in it", "error_code": 422})"},
           {404, R"({"message": "no"})"},
           {404, "<html>"},
           {400, R"({"message": "Sent", "error_code": 602})"},
           {200, R"({"result": false, "message": "Sent", "error_code": "602"})"}}) {
    const Answer first{.status = each.status, .body = each.body};
    Answer repeated = first;
    repeated.maybe_sent = true;
    EXPECT_FALSE(act("list.leave", "{}", {first}).done) << each.body;
    EXPECT_EQ(act("list.leave", "{}", {repeated}).output, json(R"({"result": true})")) << each.body;
    EXPECT_FALSE(act("list.rename", "{}", {repeated}).done) << each.body;
  }
  // Others are refusals of the repeated request, too; and no answer is none of them.
  for (const Answer &other : std::initializer_list<Answer>{
           {.status = 422, .body = R"({"message": "No list", "error_code": 422})"},
           {.status = 400, .body = R"({"message": "Nobody is in it"})"},
           {.status = 500, .body = "{}"},
           {.body = "lost", .transport = CPI_TRANSPORT_RESET}}) {
    Answer repeated = other;
    repeated.maybe_sent = true;
    EXPECT_FALSE(act("list.leave", "{}", {repeated}).done) << other.body;
  }
}

TEST(RunAction, WhatTheServiceSaidOfARepeatedRequestIsNoted) {
  const auto outcome =
      act("list.leave", "{}",
          {{.status = 422, .body = R"({"message": "Nobody is in it"})", .maybe_sent = true}});
  EXPECT_EQ(outcome.notes, json(R"(["No answer came at first. When the request was repeated: )"
                                R"(SendPulse refused the input: Nobody is in it."])"));
}

TEST(RunAction, ReadingIsHeldAgainstItsPromiseToo) {
  EXPECT_EQ(act("bot.get", "{}", {{.body = R"({"name": "b"})"}}).error_class,
            CPI_CLASS_BAD_RESPONSE);
  EXPECT_TRUE(act("bot.get", "{}", {{.body = R"({"id": "7"})"}}).done);
}

TEST(RunAction, KeepsSecretsOutOfLogs) {
  const auto outcome = act("sender.remove", R"({"code": "s"})", {{.body = "{}"}});
  EXPECT_TRUE(outcome.sent[0].secret);
  EXPECT_TRUE(outcome.sent[0].repeatable);
  EXPECT_EQ(outcome.sent[0].body, R"({"code":"s"})");
}

TEST(RunAction, LeavesHandlersTheirInput) {
  EXPECT_EQ(act("by.hand", R"({"a": 1})", {}).output, json(R"({"a": 1})"));
}

TEST(ActionPlan, RefusesWrongActions) {
  const auto service =
      std::make_shared<const cpi::Service>(cpi::Service::compile(scripted::object(manifest("{}"))));
  struct Case {
    const char *action, *place;
  };
  for (
      const Case &each : std::initializer_list<Case>{
          {"{}", "/actions/0/id"},
          {R"({"id": "a"})", "/actions/0"},
          {R"({"id": "a", "handler": "h", "request": {}})", "/actions/0"},
          {R"({"id": "a", "handler": "h"})", "/actions/0"},
          {R"({"id": "a", "handler": "h", "input": {}})", "/actions/0/effects"},
          {R"({"id": "a", "handler": "h", "input": {"type": 1}})", "/actions/0/input/type"},
          {R"({"id": "a", "handler": "h", "input": {}, "effects": {"idempotent": 1}})",
           "/actions/0/effects/idempotent"},
          {R"({"id": "a", "input": {}, "effects": {}, "request": {}})",
           "/actions/0/request/method"},
          {R"({"id": "a", "handler": "h", "input": {}, "effects": {}, "paging": {}})",
           "/actions/0/paging"},
          {R"({"id": "a", "input": {}, "effects": {"idempotent": true}, "output": {"type": "object",
               "required": ["id"]}, "request": {"method": "POST", "path": "/a"},
               "done_if_repeated": [{"status": [404]}]})",
           "/actions/0/done_if_repeated"},
          {R"({"id": "a", "input": {}, "effects": {}, "request": {"method": "POST", "path": "/a"},
               "done_if_repeated": [{"status": [404]}]})",
           "/actions/0/done_if_repeated"},
          {R"({"id": "a", "handler": "h", "input": {}, "effects": {"idempotent": true},
               "done_if_repeated": [{"status": [404]}]})",
           "/actions/0/done_if_repeated"}}) {
    try {
      cpi::ActionPlan::compile(scripted::object(each.action), service, "/actions/0");
      FAIL() << each.action;
    } catch (const std::invalid_argument &error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(std::string(each.place) + ":"))
          << error.what();
    }
  }
}

// ---- Lookups ----

const std::string &lookups() {
  static const std::string text = manifest(R"({"lookups": [
    {"id": "lists", "pages": true, "search": true, "value": "/id", "label": "/name", "hint": "/n",
     "request": {"method": "GET", "path": "/addressbooks"},
     "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"}}},
    {"id": "variables", "depends_on": ["list_id"], "value": "/name", "label": "/name",
     "input": {"type": "object", "required": ["list_id"], "additionalProperties": false,
               "properties": {"list_id": {"type": "integer", "title": "Mailing list"}}},
     "request": {"method": "GET", "path": "/addressbooks/{list_id}/variables"}},
    {"id": "tags", "value": "/id", "label": "/name", "answer": {"pick": "/tags"},
     "request": {"method": "GET", "path": "/tags"}},
    {"id": "inside", "value": "/id", "label": "/name", "paging": {"style": "none", "rows": "/tags"},
     "request": {"method": "GET", "path": "/tags"}},
    {"id": "bots", "value": "/id", "label": ["/page/name", "/name"],
     "request": {"method": "GET", "path": "/bots"}},
    {"id": "blocked", "value": "", "label": "",
     "request": {"method": "GET", "path": "/blacklist"}},
    {"id": "stages", "value": "/id", "label": "/name", "depends_on": ["kind"],
     "input": {"type": "object", "additionalProperties": false,
               "properties": {"kind": {"type": "string", "title": "Kind"}}},
     "request": {"method": "GET", "path": "/stages"}, "below": "/children",
     "where": [{"pointer": "/status", "not_in": [0, 2]},
               {"pointer": "/kind", "in": {"$from": "/kind"}}]},
    {"id": "found", "search": true, "value": "/id", "label": "/name",
     "request": {"method": "GET", "path": "/find", "query": {"q": {"$from": "/search"}}}}
  ]})");
  return text;
}

Outcome look(std::string_view id, std::string_view input, const std::vector<Answer> &answers) {
  return scripted::run(lookups(), CPI_KIND_LOOKUP, id, input, answers);
}

TEST(RunLookup, GivesOnePageAndTheWayOn) {
  const auto first = look(
      "lists", "{}", {{.body = R"([{"id": 1, "name": "News", "n": 12}, {"id": 2, "name": ""}])"}});
  ASSERT_TRUE(first.done) << first.message;
  EXPECT_EQ(first.output, json(R"({"items": [{"value": 1, "label": "News", "hint": "12"},
                                             {"value": 2, "label": "2"}], "next": "o2"})"));
  const auto second =
      look("lists", R"({"page": "o2"})", {{.body = R"([{"id": 3, "name": "C"}])"}, {.body = "[]"}});
  EXPECT_EQ(second.output, json(R"({"items": [{"value": 3, "label": "C"}]})"));
  EXPECT_EQ(second.sent[0].url, "https://api.sendpulse.com/addressbooks?limit=2&offset=2");
  EXPECT_EQ(look("lists", R"({"page": "elsewhere"})", {}).error_class, CPI_CLASS_INVALID_INPUT);
}

TEST(RunLookup, LeavesNoRowOutOfAPageThatIsTooLarge) {
  const auto outcome = look("lists", "{}", {{.body = R"([{"id": 1}, {"id": 2}, {"id": 3}])"}});
  EXPECT_EQ(outcome.output, json(R"({"items": [{"value": 1, "label": "1"},
                                     {"value": 2, "label": "2"}, {"value": 3, "label": "3"}],
                                     "next": "o3"})"));
  // The service has given everything at once; the next page is the same again or empty.
  EXPECT_EQ(look("lists", R"({"page": "o3"})", {{.body = "[]"}}).output, json(R"({"items": []})"));
  EXPECT_EQ(look("lists", R"({"page": "o3"})", {{.status = 404, .body = "{}"}}).output,
            json(R"({"items": []})"));
}

TEST(RunLookup, TakesTheFirstLabelThatIsThere) {
  const auto outcome = look("bots", "{}", {{.body = R"([
      {"id": 1, "name": "a", "page": {"name": "b"}}, {"id": 2, "name": "c", "page": {"name": ""}},
      {"id": 3, "page": []}])"}});
  EXPECT_EQ(outcome.output, json(R"({"items": [{"value": 1, "label": "b"},
      {"value": 2, "label": "c"}, {"value": 3, "label": "3"}]})"));
}

TEST(RunLookup, SearchesPageAfterPage) {
  const auto outcome = look("lists", R"({"search": "КЛІЄ"})",
                            {{.body = R"([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])"},
                             {.body = R"([{"id": 3, "name": "Наші клієнти"}])"},
                             {.body = "[]"}});
  EXPECT_EQ(outcome.output, json(R"({"items": [{"value": 3, "label": "Наші клієнти"}]})"));
}

TEST(RunLookup, LetsTheServiceSearch) {
  const auto outcome =
      look("found", R"({"search": "a b"})", {{.body = R"([{"id": 1, "name": "x"}])"}});
  EXPECT_EQ(outcome.sent[0].url, "https://api.sendpulse.com/find?q=a%20b");
  EXPECT_EQ(outcome.output, json(R"({"items": [{"value": 1, "label": "x"}]})"));
}

TEST(RunLookup, UsesTheFieldsItDependsOn) {
  EXPECT_EQ(look("variables", R"({"input": {"list_id": 7}})", {{.body = R"([{"name": "age"}])"}})
                .sent[0]
                .url,
            "https://api.sendpulse.com/addressbooks/7/variables");
  const auto missing = look("variables", "{}", {});
  EXPECT_EQ(missing.error_class, CPI_CLASS_INVALID_INPUT);
  EXPECT_EQ(missing.details.at(0).at("pointer"), json("\"/input\""));
  EXPECT_EQ(look("variables", R"({"input": {}})", {}).message, "Mailing list is required.");
}

TEST(RunLookup, OffersWhatPassesAndWhatIsBelowIt) {
  const Answer answer{.body = R"([
      {"id": 1, "name": "a", "status": 1, "kind": "x", "children": [
          {"id": 2, "name": "b", "status": "1", "kind": "y", "children": [{"id": 3, "name": "c"}]},
          {"id": 4, "name": "d", "status": 2}]},
      {"id": 5, "name": "e", "status": "0", "children": [{"id": 6, "name": "f"}]},
      {"id": 7, "name": "g", "children": null}])"};
  const auto ids = [](const Outcome &outcome) {
    boost::json::array out;
    for (const auto &each : outcome.output.at("items").as_array()) out.push_back(each.at("value"));
    return boost::json::value(out);
  };
  EXPECT_EQ(ids(look("stages", "{}", {answer})), json("[1, 2, 3, 7]"));
  EXPECT_EQ(ids(look("stages", R"({"input": {"kind": "x"}})", {answer})), json("[1]"));
  EXPECT_EQ(ids(look("stages", R"({"search": "C"})", {answer})), json("[3]"));
}

TEST(RunLookup, TakesEveryShapeOfList) {
  EXPECT_EQ(look("tags", "{}", {{.body = R"({"tags": [{"id": 1, "name": "t"}]})"}}).output,
            json(R"({"items": [{"value": 1, "label": "t"}]})"));
  EXPECT_EQ(look("tags", "{}", {{.body = R"({"tags": []})"}}).output, json(R"({"items": []})"));
  EXPECT_EQ(look("blocked", "{}", {{.body = R"(["a@b.c", null, {}])"}}).output,
            json(R"({"items": [{"value": "a@b.c", "label": "a@b.c"}],
                    "notes": ["2 rows of SendPulse have no value to choose and were left out."]})"));
  EXPECT_EQ(look("tags", "{}", {{.body = "<html>"}}).error_class, CPI_CLASS_BAD_RESPONSE);
  for (const auto *body : {R"({"status": "error", "tags": []})", R"({"status": "failed"})",
                           R"({"status": false, "tags": [{"id": 1, "name": "t"}]})"}) {
    EXPECT_EQ(look("tags", "{}", {{.body = body}}).error_class, CPI_CLASS_BAD_RESPONSE) << body;
    EXPECT_EQ(look("inside", "{}", {{.body = body}}).error_class, CPI_CLASS_BAD_RESPONSE) << body;
  }
}

// ---- Connection test ----

TEST(RunTest, SaysWhoseAccountItIs) {
  const auto test = [](const Answer &answer) {
    return scripted::run(manifest("{}"), CPI_KIND_TEST, "", "", {answer});
  };
  const auto outcome = test({.body = R"({"email": "jane@example.org", "id": 5})"});
  EXPECT_EQ(outcome.output, json(R"({"email": "jane@example.org", "id": 5})"));
  EXPECT_EQ(outcome.sent[0].url, "https://api.sendpulse.com/user/info");
  EXPECT_EQ(test({.status = 401}).error_class, CPI_CLASS_AUTH_EXPIRED);
  for (const auto *body : {"{}", "[]", "", R"({"email": ""})", R"({"email": null})"}) {
    EXPECT_EQ(test({.body = body}).error_class, CPI_CLASS_BAD_RESPONSE) << body;
  }
}

}  // namespace
