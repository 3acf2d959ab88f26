// A small probe with answers to it, for the tests of this folder.
#pragma once

#include <boost/json/parse.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/language/network.hpp"
#include "cpi/language/probe.hpp"
#include "probe/verdict.hpp"

namespace host::test {

inline ProbeAnswer answer_of(std::string body, int status = 200,
                             std::vector<HttpHeader> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.http_version = 20;
  response.headers = std::move(headers);
  response.body = std::move(body);
  return read_answer(std::move(response));
}

// A probe with the request `things`, whose answer is a list, the request `more`, and one check.
inline cpi::Probe probe_with(std::string_view check) {
  const std::string text = R"({"max_requests": 10, "requests": [
      {"id": "things", "request": {"method": "GET", "path": "/things", "query": {"limit": 1000}}, "rows": ""},
      {"id": "more", "request": {"method": "GET", "path": "/things"}, "rows": ""}],
    "assumptions": [{"id": "one", "description": "It is so.", "of": "things", "check": )" +
                           std::string(check) + "}]}";
  cpi::Network network;
  network.base_url = "https://api.example.org";
  network.allowed_hosts = {"api.example.org"};
  return cpi::Probe::compile(boost::json::parse(text), network, "/probe");
}

inline ProbeAnswers answers_of(ProbeAnswer things, ProbeAnswer more = answer_of("[]")) {
  ProbeAnswers answers;
  answers["things"] = std::move(things);
  answers["more"] = std::move(more);
  return answers;
}

}  // namespace host::test
