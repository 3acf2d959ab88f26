#include "odd_answers.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace writes {
namespace {

OddBody literal(Says says, std::string body, std::string name = {}) {
  if (name.empty()) name = body;
  return {.name = std::move(name),
          .says = says,
          .make = [body = std::move(body)](const std::string &) { return body; }};
}

OddBody made(Says says, std::string name, std::string (*make)(const std::string &)) {
  return {.name = std::move(name), .says = says, .make = make};
}

// The documented object with more members, or another one where it is no object.
std::string with_members(const std::string &documented, std::string_view members) {
  const auto end = documented.rfind('}');
  const bool is_object = documented.starts_with('{') && documented.find_first_of(":") < end;
  return (is_object ? documented.substr(0, end) : R"({"id":1)") + "," + std::string(members) + "}";
}

std::vector<OddBody> all_bodies() {
  using enum Says;
  const std::string bom = "\xEF\xBB\xBF";
  std::vector<OddBody> all;
  const auto add = [&](Says says, std::initializer_list<const char *> bodies) {
    for (const char *body : bodies) all.push_back(literal(says, body));
  };

  all.push_back(literal(nothing, "", "empty"));
  all.push_back(literal(nothing, " \r\n", "blank"));
  all.push_back(literal(nothing, bom, "BOM alone"));
  add(nothing, {"{}", "[]", "null"});

  all.push_back(made(documented, "documented", [](const std::string &body) { return body; }));
  all.push_back(made(documented, "BOM + documented",
                     [](const std::string &body) { return "\xEF\xBB\xBF" + body; }));
  all.push_back(made(documented, "line break + documented",
                     [](const std::string &body) { return "\r\n" + body + "\r\n"; }));
  all.push_back(made(documented, "documented + no errors", [](const std::string &body) {
    if (!body.starts_with('{')) return body;
    return with_members(body, R"("error":null,"errors":[],"is_error":false,"error_code":0)");
  }));

  add(confirmed, {R"({"success":true})", R"({"result":true})", R"({"success":"true"})",
                  R"({"result":1})", R"({"success":"ok"})", R"({"success":true,"data":null})",
                  R"({"success":true,"data":[]})", R"({"success":true,"data":{}})",
                  R"({"success":true,"error":null,"errors":[]})", R"({"success":true,"id":0})"});

  add(refused, {R"({"success":false})",
                R"({"success":"false"})",
                R"({"success":"False"})",
                R"({"success":0})",
                R"({"success":"0"})",
                R"({"success":"no"})",
                R"({"result":false})",
                R"({"result":"false"})",
                R"({"result":0})",
                R"({"success":false,"data":{"id":1}})",
                R"({"result":false,"id":1})",
                R"({"error":"Something failed"})",
                R"({"error":1})",
                R"({"error":true})",
                R"({"error":"invalid_token"})",
                R"({"error":{"message":"It failed"}})",
                R"({"errors":["It failed"]})",
                R"({"errors":[{"message":"It failed"}]})",
                R"({"errors":{"name":["is empty"]}})",
                R"({"errors":{"name":["is empty"]},"data":{"id":1}})",
                R"({"is_error":true})",
                R"({"is_error":1})",
                R"({"is_error":"1"})",
                R"({"is_error":"true"})",
                R"({"error_code":422})",
                R"({"error_code":"422"})",
                R"({"error_code":791})",
                R"({"error_code":502,"message":"No such list"})",
                R"({"message":"It failed","error_code":8})",
                R"({"success":false,"message":"It failed"})",
                R"({"data":{"success":false}})",
                R"({"data":{"result":0}})",
                R"({"status":"error"})",
                R"({"status":false})",
                R"({"status":"400"})",
                R"({"status":500,"message":"It failed"})",
                R"({"message":"Whoops, looks like something went wrong."})"});
  all.push_back(literal(refused, bom + R"({"result":false})", R"(BOM + {"result":false})"));

  add(expired, {R"({"error_code":401})", R"({"message":"Unauthorized!","error_code":"401"})"});
  all.push_back(literal(expired, bom + "\n" + R"({"error_code":401})",
                        R"(BOM + line break + {"error_code":401})"));
  add(later, {R"({"error_code":2020202020})"});

  add(doubtful, {R"({"result":null})",
                 R"({"success":null})",
                 R"({"success":"perhaps"})",
                 R"({"success":""})",
                 R"({"result":true,"error":"It failed"})",
                 R"({"success":true,"errors":["It failed"]})",
                 R"({"id":1,"error":"It failed"})",
                 R"({"data":{"id":1},"is_error":true})",
                 R"({"id":5,"status":"error"})",
                 R"({"id":5,"status":422})",
                 R"({"id":5,"status":"422"})",
                 R"({"status":"500"})",
                 R"({"code":400})",
                 R"({"status_code":422})",
                 R"({"http_code":500})",
                 R"({"data":{"id":5,"status":"error"}})",
                 R"({"status":"error","data":{"id":5}})",
                 R"({"success":true,"status":"error"})",
                 R"({"id":false})",
                 R"({"data":{"id":false}})",
                 R"({"success":true,"id":false})",
                 R"({"id":0})",
                 R"({"id":""})",
                 R"({"id":"0"})",
                 R"({"data":{"id":0}})"});
  all.push_back(made(doubtful, "documented + error", [](const std::string &body) {
    return with_members(body, R"("error":"It failed")");
  }));

  all.push_back(
      literal(unreadable, "<!DOCTYPE html><html><body>Please sign in</body></html>", "HTML page"));
  all.back().is_page = true;
  all.push_back(made(unreadable, "documented, cut short",
                     [](const std::string &body) { return body.substr(0, body.size() - 1); }));
  all.push_back(made(unreadable, "documented and more",
                     [](const std::string &body) { return body + " and more"; }));
  all.push_back(
      made(unreadable, "documented twice", [](const std::string &body) { return body + body; }));
  add(unreadable, {R"({"result":tru)", R"("text")", "text", "5", "true", "false", "[1]",
                   R"(["It failed"])", R"({"result":true,"id":1e400})"});
  all.push_back(
      literal(unreadable, std::string(100, '[') + std::string(100, ']'), "100 lists deep"));
  add(other,
      {R"({"odd":1})", R"([{"odd":1}])", R"({"id":null})", R"({"data":null})", R"({"data":"text"})",
       R"({"data":[1]})", R"({"data":{"odd":1}})", R"({"message":"Accepted"})"});
  add(vague,
      {R"({"data":[]})", R"({"data":{}})", R"({"data":[{"odd":1}]})", R"({"data":[{"id":0}]})"});
  // One of each kind: the spellings of it differ in the reading of a success only.
  constexpr std::array<std::string_view, 32> everywhere = {
      "empty",
      "blank",
      "{}",
      "[]",
      "null",
      "documented",
      "BOM + documented",
      R"({"success":true})",
      R"({"result":true})",
      R"({"success":false})",
      R"({"success":"false"})",
      R"({"result":0})",
      R"({"error":"Something failed"})",
      R"({"error":1})",
      R"({"errors":["It failed"]})",
      R"({"errors":{"name":["is empty"]}})",
      R"({"is_error":true})",
      R"({"error_code":422})",
      R"({"error_code":"422"})",
      R"({"error_code":791})",
      R"({"message":"It failed","error_code":8})",
      R"({"error_code":401})",
      R"({"message":"Unauthorized!","error_code":"401"})",
      R"({"error_code":2020202020})",
      R"({"result":null})",
      R"({"result":true,"error":"It failed"})",
      R"({"odd":1})",
      "HTML page",
      "documented, cut short",
      R"("text")",
      "[1]",
      R"({"status":500,"message":"It failed"})"};
  for (const std::string_view name : everywhere) {
    const auto found = std::ranges::find(all, name, &OddBody::name);
    if (found == all.end()) throw std::logic_error("no body " + std::string(name));
    found->everywhere = true;
  }
  return all;
}

}  // namespace

const std::vector<OddBody> &odd_bodies() {
  static const std::vector<OddBody> all = all_bodies();
  return all;
}

std::string_view name(Says says) {
  switch (says) {
    case Says::nothing:
      return "says nothing";
    case Says::documented:
      return "the documented success";
    case Says::confirmed:
      return "success, and no more";
    case Says::refused:
      return "a failure";
    case Says::expired:
      return "credentials refused";
    case Says::later:
      return "too many requests";
    case Says::doubtful:
      return "neither or both";
    case Says::other:
      return "another object";
    case Says::vague:
      return "an object with an empty or another part";
    case Says::unreadable:
      break;
  }
  return "unreadable";
}

}  // namespace writes
