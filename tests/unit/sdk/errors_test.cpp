#include "cpi/sdk/errors.hpp"

#include <optional>
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "scripted.hpp"

namespace {

using cpi::ErrorClass;
using cpi::ErrorTable;
using cpi::Failure;
using cpi::Fault;
using scripted::Answer;
using scripted::json;
using scripted::Reply;

ErrorTable table(std::string_view rules = "[]") {
  const auto list = json(rules);
  return ErrorTable::compile(&list, "/errors", "SendPulse");
}

std::optional<Failure> judge(const Answer &answer, bool repeatable = true,
                             const ErrorTable &errors = table()) {
  const Reply reply(answer);
  std::optional<Failure> quick;
  try {
    errors.expect_success(reply.response(), repeatable, scripted::now);
  } catch (const Failure &failure) {
    quick = failure;
  }
  try {
    errors.read_json(reply.response(), repeatable, scripted::now);
  } catch (const Failure &failure) {
    // The quick look may miss that a body is no JSON, and nothing else.
    if (!failure.message.starts_with("The answer of SendPulse ")) {
      EXPECT_TRUE(quick) << answer.body;
      EXPECT_EQ(quick ? quick->message : "", failure.message);
    }
    return failure;
  }
  EXPECT_FALSE(quick) << answer.body;
  return std::nullopt;
}

TEST(ErrorTable, ReadsEveryEnvelope) {
  struct Case {
    int status;
    const char *body;
    ErrorClass error_class;
    std::int64_t code;
    const char *message;
  };
  for (const Case &each : std::initializer_list<Case>{
           {400, R"({"message": "Argument name missing", "error_code": 422})",
            ErrorClass::invalid_input, 422,
            "SendPulse refused the request: Argument name missing."},
           {401, R"({"message":"Unauthorized!","error_code":401})", ErrorClass::auth_expired, 401,
            "SendPulse did not accept the sign-in: Unauthorized!"},
           {401, R"({"error":"invalid_client","error_description":"Client authentication failed",
                     "message":"Client authentication failed"})",
            ErrorClass::auth_expired, 0,
            "SendPulse did not accept the sign-in: Client authentication failed."},
           {400, R"({"result": false, "errors": {"name": "is empty", "url": ["a", "b"]}})",
            ErrorClass::invalid_input, 0,
            "SendPulse refused the request: name: is empty; url: a; b."},
           {200, R"({"success": false, "data": {"message": "Bot is off", "code": "17"}})",
            ErrorClass::invalid_input, 17, "SendPulse refused the request: Bot is off."},
           {200, R"({"result":false,"data":null,"error":"Unauthorized action!","code":401})",
            ErrorClass::invalid_input, 401, "SendPulse refused the request: Unauthorized action!"},
           {200, R"({"is_error": true, "message": "No"})", ErrorClass::invalid_input, 0,
            "SendPulse refused the request: No."},
           {200, R"({"is_error": 1})", ErrorClass::invalid_input, 0,
            "SendPulse refused the request."},
           {200, R"({"message": "Too fast", "error_code": 2020202020})", ErrorClass::invalid_input,
            2020202020, "SendPulse refused the request: Too fast."},
           {200, R"({"error_code": "3030303030"})", ErrorClass::invalid_input, 3030303030,
            "SendPulse refused the request."},
           {403, R"({"error_code":800,"message":"Unauthorized action."})", ErrorClass::forbidden,
            800, "SendPulse does not allow this: Unauthorized action."},
           {404, R"({"error": {"message": "No list", "code": 213}})", ErrorClass::not_found, 213,
            "SendPulse did not find this item: No list."},
           {422, R"(["one", {"message": "two"}])", ErrorClass::invalid_input, 0,
            "SendPulse refused the input."},
           {429, "", ErrorClass::rate_limited, 0, "SendPulse received too many requests."},
           {413, "<html>too large</html>", ErrorClass::too_large, 0,
            "SendPulse rejected the request as too large."},
           {500, "", ErrorClass::unavailable, 0,
            "SendPulse is not available at the moment (HTTP 500)."},
           {502, "<html><body>Bad Gateway</body></html>", ErrorClass::unavailable, 0,
            "SendPulse is not available at the moment (HTTP 502)."},
           {504, "", ErrorClass::timeout, 0,
            "SendPulse is not available at the moment (HTTP 504)."},
           {405, "", ErrorClass::plugin_fault, 0, "SendPulse does not offer this call."},
           {302, "", ErrorClass::bad_response, 0, "SendPulse answered with a redirect (HTTP 302)."},
           {418, R"({"message": "teapot"})", ErrorClass::invalid_input, 0,
            "SendPulse refused the request (HTTP 418): teapot."}}) {
    const auto failure = judge({.status = each.status, .body = each.body});
    ASSERT_TRUE(failure) << each.body;
    EXPECT_EQ(failure->error_class, each.error_class) << each.body;
    EXPECT_EQ(failure->vendor_code, each.code) << each.body;
    EXPECT_EQ(failure->message, each.message);
    EXPECT_EQ(failure->http_status, each.status);
    EXPECT_FALSE(failure->advice.empty());
  }
}

TEST(ErrorTable, LetsSuccessThrough) {
  for (const auto *body :
       {R"({"result": true})", "[]", "{}", R"([{"result": false}])", R"({"id": 1, "code": 5})",
        R"({"data": {"success": false}})", R"({"is_error": false})", R"({"is_error": 0})",
        R"({"error_code": 0})", R"({"error_code": null})", R"({"message": "Saved"})",
        R"({"a": "\"result\":false", "b": "}{,"})", "\xEF\xBB\xBF{\"id\": 1}", " \n[1]\n", "",
        R"({"code":"request_sended_to_queue","success":true,"failure":false,"http_code":200})"}) {
    EXPECT_FALSE(judge({.body = body})) << body;
  }
  EXPECT_EQ(ErrorTable().read_json(Reply({.body = ""}).response(), true, 0), json("null"));
  EXPECT_FALSE(judge({.status = 204, .body = {}}));
  EXPECT_EQ(
      ErrorTable().read_json(Reply({.body = "{\"id\": 9223372036854775807}"}).response(), true, 0),
      json(R"({"id": 9223372036854775807})"));
}

TEST(ErrorTable, KnowsTheSpellingsOfAFlag) {
  for (const auto *body :
       {R"({"result": "false"})", R"({"result": 0})", R"({"result": "No"})", R"({"success": "0"})",
        R"({"success": 0.0})", R"({"error": "Something failed"})", R"({"error": 1})",
        R"({"errors": ["x"]})", R"({"errors": {"a": "x"}})", R"({"error": {"message": "x"}})",
        R"({"error": true})"}) {
    EXPECT_TRUE(judge({.body = body}, true)) << body;
    EXPECT_EQ(judge({.body = body}, false)->error_class, ErrorClass::invalid_input) << body;
  }
  // A change that is answered with an error and with more may have been made.
  for (const auto *body :
       {R"({"id": 7, "errors": ["the name was cut"]})", R"({"id": 7, "error": {"message": "x"}})",
        R"({"data": {"id": 7}, "error": "x"})", R"({"id": 7, "is_error": true})"}) {
    EXPECT_EQ(judge({.body = body}, false)->error_class, ErrorClass::unknown_outcome) << body;
  }
  for (const auto *body :
       {R"({"id": 7, "result": false})", R"({"errors": {"name": "is empty"}, "data": {"id": 1}})",
        R"({"data": {"message": "x"}, "error_code": 5})"}) {
    EXPECT_EQ(judge({.body = body}, false)->error_class, ErrorClass::invalid_input) << body;
  }
  // An error that blames nothing may be anything, and is worth another try.
  EXPECT_EQ(judge({.body = R"({"error": "Something failed"})"})->error_class,
            ErrorClass::bad_response);
  EXPECT_EQ(judge({.body = R"({"errors": {"a": "x"}})"})->error_class, ErrorClass::invalid_input);
  for (const auto *body :
       {R"({"result": 1})", R"({"result": "true"})", R"({"result": {"a": 1}})", R"({"result": []})",
        R"({"result": null})", R"({"error": null, "errors": []})", R"({"error": false})",
        R"({"error": ""})", R"({"errors": {}})", R"({"error": 0})", R"({"error": "0"})"}) {
    EXPECT_FALSE(judge({.body = body})) << body;
  }
  EXPECT_EQ(cpi::flag_in(json(R"({"result": true})")), cpi::Flag::yes);
  EXPECT_EQ(cpi::flag_in(json(R"({"result": "OK", "success": 1})")), cpi::Flag::yes);
  EXPECT_EQ(cpi::flag_in(json(R"({"result": true, "success": false})")), cpi::Flag::no);
  EXPECT_EQ(cpi::flag_in(json(R"({"result": null})")), cpi::Flag::unclear);
  EXPECT_EQ(cpi::flag_in(json(R"({"success": true, "result": "perhaps"})")), cpi::Flag::unclear);
  EXPECT_EQ(cpi::flag_in(json(R"({"result": {"id": 1}})")), cpi::Flag::nothing);
  EXPECT_EQ(cpi::flag_in(json("[]")), cpi::Flag::nothing);
}

// An answer with a list, as both ways of judging see it: with a document and without.
std::optional<Failure> judge_list(std::string_view body, std::string_view pointer,
                                  const ErrorTable &errors = table()) {
  const Reply reply({.body = std::string(body)});
  const auto list = cpi::Pointer::compile(pointer, "/rows");
  std::optional<Failure> quick;
  try {
    errors.expect_success(reply.response(), true, scripted::now, &list);
  } catch (const Failure &failure) {
    quick = failure;
  }
  try {
    const auto answer = errors.read_json(reply.response(), true, scripted::now);
    errors.expect_list(reply.response(), answer, list, true, scripted::now);
  } catch (const Failure &failure) {
    EXPECT_TRUE(quick) << body;
    EXPECT_EQ(quick ? quick->message : "", failure.message);
    return failure;
  }
  EXPECT_FALSE(quick) << body;
  return std::nullopt;
}

TEST(ErrorTable, AnObjectAroundAListMayDenyIt) {
  for (const auto *rows : {"[]", "null", "{}", R"([{"id": 1, "status": "active"}])"}) {
    for (const auto *says :
         {R"("status": "error")",     R"("status": "Fail")",   R"("status": " failed ")",
          R"("status": "failure")",   R"("status": false)",    R"("status": "false")",
          R"("status": "no")",        R"("status": 500)",      R"("status": 403)",
          R"("status": "500")",       R"("status": 403.0)",    R"("success": false)",
          R"("success": "failed")",   R"("result": false)",    R"("result": "error")",
          R"("is_error": true)",      R"("is_error": "true")", R"("is_error": 1)",
          R"("error": "x")",          R"("error_code": 7)",    R"("stat\u0075s": "error")",
          R"("status": "err\u006fr")"}) {
      const std::string inside = "{" + std::string(says) + R"(, "data": )" + rows + "}";
      EXPECT_TRUE(judge_list(inside, "/data")) << inside;
      const std::string behind = R"({"data": )" + std::string(rows) + ", " + says + "}";
      EXPECT_TRUE(judge_list(behind, "/data")) << behind;
      const std::string deep =
          R"({"success": true, "data": {"list": )" + std::string(rows) + ", " + says + "}}";
      EXPECT_TRUE(judge_list(deep, "/data/list")) << deep;
    }
  }
  EXPECT_EQ(judge_list(R"({"status": "error", "data": []})", "/data")->error_class,
            ErrorClass::bad_response);
  const auto named =
      judge_list(R"({"status": "error", "message": "Bot is off", "data": []})", "/data");
  EXPECT_EQ(named->message, "SendPulse refused the request: Bot is off.");
  const auto rules =
      table(R"([{"pointer": "/status", "equals": "error", "class": "unavailable"}])");
  EXPECT_EQ(judge_list(R"({"status": "error", "data": []})", "/data", rules)->error_class,
            ErrorClass::unavailable);
}

TEST(ErrorTable, AListIsNotDeniedByStatesOfThings) {
  for (const auto *body :
       {R"({"data": []})", R"({"success": true, "data": []})", R"({"status": "ok", "data": []})",
        R"({"status": "success", "data": []})", R"({"status": true, "data": []})",
        R"({"status": 0, "data": []})", R"({"status": 1, "data": []})",
        R"({"status": 200, "data": []})", R"({"status": null, "data": []})",
        R"({"status": "active", "data": []})", R"({"status": {"error": "x"}, "data": []})",
        R"({"id": 5, "status": "failed", "data": []})", R"({"is_error": false, "data": []})",
        R"({"data": [{"status": "error"}, {"success": false}]})",
        R"({"meta": {"status": "error"}, "data": []})",
        R"({"other": ["status", "error"], "data": []})"}) {
    EXPECT_FALSE(judge_list(body, "/data")) << body;
  }
  EXPECT_FALSE(judge_list(R"([{"status": "error"}])", ""));
  EXPECT_FALSE(judge_list(R"({"data": {"list": [{"status": "failed"}]}})", "/data/list"));
}

TEST(ErrorTable, NamesWhatIsWrongWithAnAnswer) {
  struct Case {
    std::string body, message;
  };
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  for (const Case &each : std::initializer_list<Case>{
           {"{\"id\": 1", "The answer of SendPulse ends too early."},
           {"[1,", "The answer of SendPulse ends too early."},
           {"{\"id\": 1} oops", "The answer of SendPulse has extra content after its end."},
           {"<!DOCTYPE html><html>", "The answer of SendPulse is a web page, not JSON."},
           {"Hello", "The answer of SendPulse is not JSON."},
           {"{'id': 1}", "The answer of SendPulse is not JSON."},
           {"\"\xFF\"", "The answer of SendPulse is not JSON."},
           {deep, "The answer of SendPulse is nested too deeply."}}) {
    const auto failure = judge({.body = each.body});
    ASSERT_TRUE(failure) << each.body;
    EXPECT_EQ(failure->error_class, ErrorClass::bad_response);
    EXPECT_EQ(failure->fault, Fault::vendor);
    EXPECT_EQ(failure->message, each.message);
  }
}

TEST(ErrorTable, TellsWhatNobodyKnows) {
  const auto of = [](const Answer &answer, bool repeatable) {
    return judge(answer, repeatable)->error_class;
  };
  for (const int status : {500, 502, 503, 504, 520}) {
    EXPECT_EQ(of({.status = status, .body = {}}, false), ErrorClass::unknown_outcome) << status;
    EXPECT_NE(of({.status = status, .body = {}}, true), ErrorClass::unknown_outcome) << status;
  }
  // Refused before any effect.
  EXPECT_EQ(of({.status = 503, .body = {}, .headers = {{"retry-after", "5"}}}, false),
            ErrorClass::unavailable);
  // Nothing but a refusal says that nothing was done.
  for (const int status : {199, 301, 302, 307, 408, 501}) {
    EXPECT_EQ(of({.status = status, .body = {}}, false), ErrorClass::unknown_outcome) << status;
    EXPECT_NE(of({.status = status, .body = {}}, true), ErrorClass::unknown_outcome) << status;
  }
  for (const auto *body : {"<html>", "[1,", "{} x", "1e999", R"({"result":true,"error":"x"})"}) {
    EXPECT_EQ(of({.body = body}, false), ErrorClass::unknown_outcome) << body;
    EXPECT_EQ(of({.body = body}, true), ErrorClass::bad_response) << body;
  }
  // 0 and a date that has passed are no promise to come back to.
  for (const auto *header : {"0", "Sat, 01 Mar 2025 08:00:00 GMT"}) {
    EXPECT_EQ(of({.status = 503, .body = {}, .headers = {{"retry-after", header}}}, false),
              ErrorClass::unknown_outcome);
  }
  for (const int status : {400, 401, 404, 429}) {
    EXPECT_NE(of({.status = status, .body = {}}, false), ErrorClass::unknown_outcome) << status;
  }
}

TEST(ErrorTable, JudgesSilence) {
  struct Case {
    cpi_transport transport;
    bool maybe_sent;
    bool repeatable;
    ErrorClass error_class;
    Fault fault;
  };
  for (const Case &each : std::initializer_list<Case>{
           {CPI_TRANSPORT_DNS, false, false, ErrorClass::unavailable, Fault::host},
           {CPI_TRANSPORT_CONNECT, false, false, ErrorClass::unavailable, Fault::vendor},
           {CPI_TRANSPORT_TLS, false, false, ErrorClass::unavailable, Fault::vendor},
           {CPI_TRANSPORT_TIMEOUT, true, true, ErrorClass::timeout, Fault::vendor},
           {CPI_TRANSPORT_TIMEOUT, false, false, ErrorClass::timeout, Fault::vendor},
           {CPI_TRANSPORT_TIMEOUT, true, false, ErrorClass::unknown_outcome, Fault::vendor},
           {CPI_TRANSPORT_RESET, true, false, ErrorClass::unknown_outcome, Fault::vendor},
           {CPI_TRANSPORT_RESET, true, true, ErrorClass::unavailable, Fault::vendor},
           {CPI_TRANSPORT_OTHER, true, false, ErrorClass::unknown_outcome, Fault::vendor},
           {CPI_TRANSPORT_TOO_LARGE, true, true, ErrorClass::too_large, Fault::vendor},
           {CPI_TRANSPORT_TOO_LARGE, true, false, ErrorClass::unknown_outcome, Fault::vendor},
           {CPI_TRANSPORT_DENIED, false, false, ErrorClass::plugin_fault, Fault::connector},
           {CPI_TRANSPORT_RATE_LIMITED, false, false, ErrorClass::rate_limited, Fault::host},
           {CPI_TRANSPORT_NO_CREDENTIALS, false, false, ErrorClass::needs_reauth, Fault::user},
           {999, true, false, ErrorClass::unknown_outcome, Fault::vendor},
           {999, true, true, ErrorClass::unavailable, Fault::vendor}}) {
    const auto failure = judge(
        {.body = "the wire\nwas cut", .transport = each.transport, .maybe_sent = each.maybe_sent},
        each.repeatable);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->error_class, each.error_class) << each.transport;
    EXPECT_EQ(failure->fault, each.fault) << each.transport;
    EXPECT_EQ(failure->http_status, 0);
    EXPECT_NE(failure->message.find("(the wire was cut)"), std::string::npos) << failure->message;
  }
}

TEST(ErrorTable, ReadsWhenToComeBack) {
  const auto wait = [](const std::string &value) {
    return judge({.status = 429, .body = {}, .headers = {{"retry-after", value}}})->retry_after_ms;
  };
  EXPECT_EQ(wait("120"), 120'000U);
  EXPECT_EQ(wait(" 1 "), 1000U);
  EXPECT_EQ(wait("0"), 0U);
  EXPECT_EQ(wait("Sat, 01 Mar 2025 09:00:30 GMT"), 30'000U);
  EXPECT_EQ(wait("Sat, 01 Mar 2025 08:00:00 GMT"), 0U);
  EXPECT_EQ(wait("soon"), 0U);
  EXPECT_EQ(wait("-5"), 0U);
  EXPECT_EQ(wait("1.5"), 0U);
  EXPECT_EQ(wait("99999999999999999999999"), 30ULL * 24 * 3600 * 1000);
}

constexpr auto rules = R"([
  {"pointer": "/error_code", "equals": 791, "class": "quota", "retry_after_s": 3600,
   "message": "SendPulse accepts four API campaigns an hour.", "advice": "Wait.", "fault": "user"},
  {"pointer": "/error_code", "equals": [2020202020, 2020202021], "class": "rate_limited",
   "retry_after_s": 1},
  {"status": [403], "pointer": "/error_code", "equals": 403, "class": "forbidden",
   "message": "This account has expired."},
  {"status": [422, 400], "class": "conflict"},
  {"pointer": "/meta/failed", "equals": true, "class": "conflict"},
  {"pointer": "/fatal", "class": "unavailable", "fault": "vendor"}
])";

TEST(ErrorTable, FollowsTheManifestFirst) {
  const auto errors = table(rules);
  struct Case {
    int status;
    const char *body;
    ErrorClass error_class;
    std::uint64_t wait;
    const char *message;
  };
  for (const Case &each : std::initializer_list<Case>{
           {400, R"({"error_code": 791, "message": "x"})", ErrorClass::quota, 3'600'000,
            "SendPulse accepts four API campaigns an hour."},
           {200, R"({"error_code": "791"})", ErrorClass::quota, 3'600'000,
            "SendPulse accepts four API campaigns an hour."},
           {400, R"({"error_code": 2020202020, "message": "slow"})", ErrorClass::rate_limited, 1000,
            "SendPulse refused the request: slow."},
           {403, R"({"error_code": 403})", ErrorClass::forbidden, 0, "This account has expired."},
           {403, R"({"error_code": 404, "message": "m"})", ErrorClass::forbidden, 0,
            "SendPulse does not allow this: m."},
           {422, "", ErrorClass::conflict, 0, "SendPulse refused the input."},
           {200, R"({"meta": {"failed": true}})", ErrorClass::conflict, 0,
            "SendPulse refused the request."},
           {200, R"({"fatal": null})", ErrorClass::unavailable, 0,
            "SendPulse refused the request."}}) {
    const auto failure = judge({.status = each.status, .body = each.body}, false, errors);
    ASSERT_TRUE(failure) << each.body;
    EXPECT_EQ(failure->error_class, each.error_class) << each.body;
    EXPECT_EQ(failure->retry_after_ms, each.wait) << each.body;
    EXPECT_EQ(failure->message, each.message);
  }
  EXPECT_FALSE(judge({.body = R"({"meta": {"failed": false}})"}, true, errors));
  // The longer wait wins.
  EXPECT_EQ(judge({.status = 400,
                   .body = R"({"error_code": 2020202020})",
                   .headers = {{"retry-after", "9"}}},
                  true, errors)
                ->retry_after_ms,
            9000U);
}

TEST(ErrorTable, RefusesWrongRules) {
  struct Case {
    const char *rules, *place;
  };
  for (const Case &each : std::initializer_list<Case>{
           {"{}", "/errors"},
           {"[1]", "/errors/0"},
           {R"([{"status": [400]}])", "/errors/0"},
           {R"([{"class": "quota"}])", "/errors/0"},
           {R"([{"status": [400], "class": "quota"}, {"status": 4, "class": "quota"}])",
            "/errors/1/status"},
           {R"([{"status": [400], "class": "odd"}])", "/errors/0/class"},
           {R"([{"status": [400], "class": "quota", "equals": 1}])", "/errors/0"},
           {R"([{"pointer": "x", "class": "quota"}])", "/errors/0/pointer"},
           {R"([{"pointer": "", "class": "quota"}])", "/errors/0"},
           {R"([{"status": [400], "class": "quota", "fault": "god"}])", "/errors/0/fault"},
           {R"([{"status": [400], "class": "quota", "retry_after_s": "1"}])",
            "/errors/0/retry_after_s"},
           {R"([{"status": [400], "class": "quota", "mesage": "x"}])", "/errors/0/mesage"}}) {
    try {
      table(each.rules);
      FAIL() << each.rules;
    } catch (const std::invalid_argument &error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(std::string(each.place) + ":"))
          << error.what();
    }
  }
}

TEST(ErrorTable, KeepsTheFieldsOfAnError) {
  const auto failure = judge(
      {.status = 422, .body = R"({"message": "Invalid", "errors": {"email": ["bad", "old"]}})"});
  EXPECT_EQ(failure->message, "SendPulse refused the input: Invalid (email: bad; old).");
  EXPECT_EQ(json(failure->details), json(R"({"fields": {"email": "bad; old"}})"));
}

// Both ways of looking agree on whatever comes.
TEST(ErrorTable, LooksQuicklyAndThoroughlyTheSame) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const char *pieces[] = {"{",
                          "}",
                          "[",
                          "]",
                          ",",
                          ":",
                          "\"result\"",
                          "true",
                          "false",
                          "\"success\"",
                          "\"a\\\"\"",
                          " ",
                          "1",
                          "\"error_code\"",
                          "0",
                          "\"x\"",
                          "\"is_error\"",
                          "\"error\"",
                          "\"errors\"",
                          "null",
                          "{\"result\":false}",
                          "\"\\u0072esult\"",
                          "\\",
                          "\""};
  const auto errors = table(rules);
  int failures = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string body = random() % 4 == 0 ? "" : "{\"k\":1,";
    for (auto n = random() % 8; n > 0; --n) body += pieces[random() % std::size(pieces)];
    if (random() % 2 == 0) body += "}";
    failures += judge({.body = body}, true, errors) ? 1 : 0;
  }
  EXPECT_GT(failures, 0);
}

TEST(Presentable, TrimsAndCleans) {
  EXPECT_EQ(cpi::presentable("  a\r\n\tb\x01 c\x7F "), "a b c");
  EXPECT_EQ(cpi::presentable("a\u202Eb\u0085c"), "a b c");
  EXPECT_EQ(cpi::presentable("a\xFF\xC3"), "a\uFFFD\uFFFD");
  std::string long_text;
  for (int i = 0; i < 400; ++i) long_text += "ю";
  const auto trimmed = cpi::presentable(long_text);
  EXPECT_EQ(trimmed.size(), 2 * 300 + 3U);
  EXPECT_TRUE(trimmed.ends_with("..."));
}

TEST(ReadJson, AnAnswerWithACutCharacterIsRead) {
  const cpi::ErrorTable errors;
  const scripted::Reply reply({.body = R"({"name":"cut \ud83d","id":7})"});
  const auto value = errors.read_json(reply.response(), true, 0);
  EXPECT_EQ(value.at("name").as_string(), "cut \xEF\xBF\xBD");
  EXPECT_EQ(value.at("id"), 7);
}

}  // namespace
