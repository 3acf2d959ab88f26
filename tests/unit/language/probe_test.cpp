// A probe is compiled whole: what is wrong in it is told with its place.
#include "cpi/language/probe.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "json_text.hpp"

namespace cpi::language::test {
namespace {

Network acme_network() {
  Network network;
  network.base_url = "https://api.example.org";
  network.allowed_hosts = {"api.example.org"};
  return network;
}

std::string probe_text(std::string_view request, std::string_view check,
                       std::string_view most = "20") {
  return R"({"max_requests": )" + std::string(most) +
         R"(, "requests": [{"id": "things", "request": {"method": "GET", "path": "/things"},
                            "rows": "/data", "take": {"thing": {"from": "/id", "largest": "/size"}, "kind": "/kind"}},)" +
         std::string(request) +
         R"(], "assumptions": [{"id": "one", "description": "So it is.", "of": "things", "check": )" +
         std::string(check) + "}]}";
}

constexpr std::string_view good_request =
    R"({"id": "thing", "request": {"method": "GET", "path": "/things/{thing}", "query": {"limit": 5, "all": true, "after": {"$from": "/count/things"}}}})";

TEST(Probe, WhatIsReadOfIt) {
  const Probe probe = Probe::compile(
      json(probe_text(good_request, R"({"page_maximum": {"rows": 100, "next": "thing"}})")),
      acme_network(), "/probe");
  ASSERT_EQ(probe.requests.size(), 2U);
  EXPECT_EQ(probe.max_requests, 20U);
  EXPECT_EQ(probe.requests[0].take.size(), 2U);
  EXPECT_TRUE(probe.requests[0].take[0].largest);
  EXPECT_EQ(probe.requests[1].known, (std::vector<std::string>{"count", "thing", "kind"}));
  EXPECT_EQ(probe.requests[1].query, json(R"({"limit": "5", "all": "true", "after": "{}"})"));
  EXPECT_EQ(probe.requests[1].request.path_shape(), "/things/{}");
  EXPECT_FALSE(probe.requests[1].rows);
  EXPECT_EQ(probe.assumptions[0].check.kind, ProbeCheck::Kind::page_maximum);
  EXPECT_EQ(probe.assumptions[0].check.number, 100U);
  EXPECT_EQ(probe.assumptions[0].check.next, "thing");
}

TEST(Probe, WhatIsWrongHasItsPlace) {
  const struct {
    std::string_view request;
    std::string_view check;
    std::string_view most;
    std::string_view place;
  } wrong[] = {
      {R"({"id": "x", "request": {"method": "POST", "path": "/things"}})", R"({"status": [200]})",
       "20", "/probe/requests/1/request/method"},
      {R"({"id": "x", "request": {"method": "GET", "path": "/things", "repeatable": false}})",
       R"({"status": [200]})", "20", "/probe/requests/1/request/method"},
      {R"({"id": "things", "request": {"method": "GET", "path": "/things"}})",
       R"({"status": [200]})", "20", "/probe/requests/1/id"},
      {R"({"id": "x"})", R"({"status": [200]})", "20", "/probe/requests/1"},
      {good_request, R"({"status": [200]})", "9", "/probe/max_requests"},
      {good_request, R"({"guess": "/id"})", "20", "/probe/assumptions/0/check/guess"},
      {good_request, R"({"status": [200], "unique": "/id"})", "20", "/probe/assumptions/0/check"},
      {good_request, R"({"descending": "id"})", "20", "/probe/assumptions/0/check/descending"},
      {good_request, R"({"format": {"is": ["date"]}})", "20", "/probe/assumptions/0/check/format"},
      {good_request, R"({"type": {"at": "/id", "is": []}})", "20",
       "/probe/assumptions/0/check/type/is"},
      {good_request, R"({"page_maximum": {"rows": 5, "next": "nothing"}})", "20",
       "/probe/assumptions/0/check/page_maximum"},
      {good_request, R"({"http_version": "9"})", "20", "/probe/assumptions/0/check/http_version"},
  };
  for (const auto &each : wrong) {
    Problems problems;
    Probe::compile(json(probe_text(each.request, each.check, each.most)), acme_network(), "/probe",
                   problems);
    ASSERT_FALSE(problems.empty()) << each.place;
    EXPECT_EQ(problems.listed().front().place, each.place) << problems.listed().front().why;
    EXPECT_THROW(Probe::compile(json(probe_text(each.request, each.check, each.most)),
                                acme_network(), "/probe"),
                 LanguageError);
  }
}

}  // namespace
}  // namespace cpi::language::test
