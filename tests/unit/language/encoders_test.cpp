#include "cpi/language/encoders.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "json_text.hpp"

namespace {

using cpi::language::test::json;

boost::json::value encode(std::string_view name, std::string_view value) {
  return cpi::find_encoder(name)->encode(json(value));
}

TEST(Encoders, DoWhatTheirNamesSay) {
  struct Case {
    const char *name, *from, *to;
  };
  for (const Case &each : std::initializer_list<Case>{
           {"base64", R"("<p>Привет</p>")", R"("PHA+0J/RgNC40LLQtdGCPC9wPg==")"},
           {"base64", R"("")", R"("")"},
           {"comma", R"(["a@b.c", 12, true])", R"("a@b.c,12,true")"},
           {"comma", "[]", R"("")"},
           {"json", R"({"a": [1, 2]})", R"("{\"a\":[1,2]}")"},
           {"text", "9223372036854775807", R"("9223372036854775807")"},
           {"text", "18446744073709551615", R"("18446744073709551615")"},
           {"text", "0.5", R"("0.5")"},
           {"text", "-1234.0625", R"("-1234.0625")"},
           {"text", "1e3", R"("1000")"},
           {"text", "false", R"("false")"},
           {"number", R"("2020202020")", "2020202020"},
           {"number", R"("-0.25")", "-0.25"},
           {"number", "7", "7"},
           {"date", R"("2025-03-01T23:30:00-05:00")", R"("2025-03-01")"},
           {"datetime", R"("2025-03-01T23:30:09.5-05:00")", R"("2025-03-01 23:30:09")"},
           {"datetime", R"("2025-03-01T09:00:00Z")", R"("2025-03-01 09:00:00")"},
           {"datetime_minute", R"("2025-03-01T09:00:59Z")", R"("2025-03-01 09:00")"},
           {"unix", R"("2025-03-01T11:00:00+02:00")", "1740819600"},
           {"unix", R"("2025-03-01 09:00:00")", "1740819600"},
           {"utc_minute", R"("2025-03-01T00:30:00+02:00")", R"("2025-02-28 22:30")"},
           {"utc_minute", R"("2025-03-01T09:00:59Z")", R"("2025-03-01 09:00")"},
           {"utc_minute", R"("2025-03-01")", R"("2025-03-01 00:00")"},
           {"name_value", R"({"n": 1, "m": "x"})",
            R"([{"name": "n", "value": 1}, {"name": "m", "value": "x"}])"},
           {"by_name", R"([{"name": "n", "value": 1}, {"name": "m", "value": "x"}])",
            R"({"n": 1, "m": "x"})"},
           {"lower", R"("Jane@EXAMPLE.org Ö")", R"("jane@example.org Ö")"},
           {"digits", R"("+380 (50) 123-45-67")", R"("380501234567")"},
           {"digits", R"("380.50/1234567")", R"("380501234567")"},
           {"digits", "380501234567", R"("380501234567")"},
           {"digits", R"(["+1 23", "45"])", R"(["123", "45"])"},
           {"digits", "[]", "[]"},
           {"unique", R"(["1", "2", "1", 1, {"a": 1}, {"a": 1}])", R"(["1", "2", 1, {"a": 1}])"},
           {"bool01", "true", "1"},
           {"bool01", "false", "0"}}) {
    EXPECT_EQ(encode(each.name, each.from), json(each.to)) << each.name << " of " << each.from;
  }
}

TEST(Encoders, RefuseWhatTheyCannotTake) {
  struct Case {
    const char *name, *from;
  };
  for (const Case &each : std::initializer_list<Case>{{"base64", "1"},
                                                      {"digits", R"("call me")"},
                                                      {"digits", R"("+380x")"},
                                                      {"digits", R"(" + ")"},
                                                      {"digits", "true"},
                                                      {"digits", R"(["1", null])"},
                                                      {"unique", R"("1")"},
                                                      {"comma", R"("a")"},
                                                      {"comma", "[null]"},
                                                      {"comma", R"(["a,b"])"},
                                                      {"text", "null"},
                                                      {"text", "[]"},
                                                      {"number", R"("1x")"},
                                                      {"number", R"(" 1")"},
                                                      {"number", R"("01")"},
                                                      {"number", R"("1e999")"},
                                                      {"number", R"("")"},
                                                      {"number", R"("NaN")"},
                                                      {"date", R"("soon")"},
                                                      {"datetime", "5"},
                                                      {"unix", "1740819600"},
                                                      {"name_value", "[]"},
                                                      {"by_name", R"([{"name": 1, "value": 2}])"},
                                                      {"by_name", R"([{"name": "a"}])"},
                                                      {"lower", "1"},
                                                      {"bool01", "1"}}) {
    EXPECT_THROW(encode(each.name, each.from), std::invalid_argument)
        << each.name << " of " << each.from;
  }
  EXPECT_THROW(encode("by_name", R"([{"name": "a", "value": 1}, {"name": "a", "value": 2}])"),
               std::invalid_argument);
}

TEST(Encoders, AreFoundByName) {
  EXPECT_EQ(cpi::find_encoder("rot13"), nullptr);
  EXPECT_EQ(cpi::find_encoder(""), nullptr);
  for (const auto name : cpi::encoder_names()) EXPECT_NE(cpi::find_encoder(name), nullptr) << name;
}

TEST(PercentEncoding, LeavesUnreservedAlone) {
  EXPECT_EQ(cpi::percent_encode("jane+news@example.org/50%"), "jane%2Bnews%40example.org%2F50%25");
  EXPECT_EQ(cpi::percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(cpi::percent_encode("ü \r\n"), "%C3%BC%20%0D%0A");
}

}  // namespace
