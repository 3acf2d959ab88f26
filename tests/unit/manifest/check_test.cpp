// Each code of check() has a bad document here: the good one, spoilt in one place.
#include "cpi/manifest/check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

// Writes of a probe that would be well if thing.create were idempotent.
constexpr std::string_view probe_writes = R"(probe:
  max_requests: 20
  requests:
    - {id: things, request: {method: GET, path: /things}, rows: ""}
  assumptions:
    - {id: one, description: So it is., of: things, check: {descending: /id}}
  writes:
    max_requests: 60
    place: {name: box, title: box, type: integer, make: Make a box.}
    description: [Puts a rake into it.]
    before:
      - {id: empty, request: {method: GET, path: "/boxes/{box}/things"}, rows: "", needs: [{check: {row_count: 0}, refusal: It is not empty.}]}
    steps:
      - {id: create, action: thing.create, input: {box_id: {$from: /box}, name: rake}, undo: rake}
    cleanup:
      - id: rake
        description: Removes the rake.
        action: thing.create
        input: {box_id: {$from: /box}, name: rake}
        verify: {request: {method: GET, path: "/boxes/{box}/things"}, rows: "", check: {has_none: {at: /name, is: [rake]}}}
        by_hand: Remove the rake.
    assumptions:
      - {id: two, description: So it is., of: create, check: {status: [200]}}
limitations:
)";

struct Spoilt {
  std::string_view code;
  std::string_view from;
  std::string_view to;
  std::string_view pointer;  // where the problem must be
};

std::ostream &operator<<(std::ostream &out, const Spoilt &spoilt) {
  return out << spoilt.code << " by " << spoilt.to;
}

const std::vector<Spoilt> spoilt_manifests = {
    {"M201", "title: Acme\n", "titel: Acme\n", "/titel"},
    {"M201", "id: acme\n", "id: Acme\n", "/id"},
    {"M201", "interval_s: 300", "interval_s: soon", "/triggers/0/interval_s"},
    {"M201", "      token: /api_key\n", "", "/auth/methods/2"},
    {"M201", "      header: X-Api-Key\n", "", "/auth/methods/3"},
    {"M201", "header: X-Api-Key", "header: \"X Api\"", "/auth/methods/3/header"},
    {"M201", "header: X-Api-Key", "header: \"X-Api:\"", "/auth/methods/3/header"},
    {"M201", "prefix: \"Key \"", "prefix: \"Key\\r\\nX: \"", "/auth/methods/3/prefix"},
    {"M201", "      key: /query_key\n", "", "/auth/methods/4"},
    {"M201", "parameter: api_key", "parameter: a&b", "/auth/methods/4/parameter"},
    {"M201", "parameter: api_key", "parameter: api_key\n      prefix: Key",
     "/auth/methods/4/prefix"},
    {"M201", "      user: /user\n", "", "/auth/methods/5"},
    {"M201", "      password: /password\n", "      password: /password\n      key: /password\n",
     "/auth/methods/5/key"},
    {"M201", "summary: Things and boxes.\n", "", ""},
    {"M201", "strategy: set\n", "strategy: guess\n", "/triggers/0/detect/strategy"},
    {"M201", "strategy: set\n", "strategy: set\n      colour: red\n", "/triggers/0/detect/colour"},
    {"M201", "strategy: set\n", "strategy: win\n      window: {by: 5}\n",
     "/triggers/0/detect/window/by"},
    {"M201", "strategy: set\n", "strategy: edge\n      edge: {valu: /id}\n",
     "/triggers/0/detect/edge/valu"},
    {"M202", R"(manifest_version: "1.0")", R"(manifest_version: "2.0")", "/manifest_version"},
    {"M203", R"(manifest_version: "1.0")", R"(manifest_version: "1.7")", "/manifest_version"},
    {"M204", "{skew_s: 300}", "{skew_s: 300, rotates: true}", "/auth/methods/0/refresh/rotates"},
    {"M204", "      refresh: {", "      redirect: loopback\n      refresh: {",
     "/auth/methods/0/redirect"},
    {"M204", "      refresh: {", "      pkce: S256\n      refresh: {", "/auth/methods/0/pkce"},
    {"M204", "check: {lookup: boxes}", "check: {lookup: boxes, \"on\": always}",
     "/actions/0/duplicate_check/on"},
    {"M210", "minimum: 1, maximum: 500", "minimum: one, maximum: 500",
     "/actions/1/input/properties/limit/minimum"},
    {"M210", "{type: array, items: {$ref", "{type: list, items: {$ref",
     "/actions/1/output/properties/items/type"},
    {"M211", "additionalProperties: false\n      properties: {limit",
     "unevaluatedProperties: false\n      properties: {limit",
     "/actions/1/input/unevaluatedProperties"},
    {"M212", R"(properties: {box_id: {$ref: "#/$defs/box_id"}})",
     R"(properties: {box_id: {$ref: "#/$defs/bax_id"}})",
     "/triggers/0/input/properties/box_id/$ref"},
    {"M212", R"(properties: {box_id: {$ref: "#/$defs/box_id"}})",
     R"(properties: {box_id: {title: Box, $ref: "#/$defs/box_id"}})",
     "/triggers/0/input/properties/box_id/$ref"},
    {"M212", R"(items: {type: array, items: {$ref: "#/$defs/thing"}})",
     R"(items: {type: array, items: {$ref: "https://acme.example/thing"}})",
     "/actions/1/output/properties/items/items/$ref"},
    {"M213", "      name: {type: string}\n",
     "      name: {type: string}\n      inner: {$ref: \"#/$defs/thing\"}\n", "/$defs/thing"},
    {"M214", R"("^[a-z ]+$")", R"("^([a-z]+ ?)+$")", "/actions/0/input/properties/name/pattern"},
    {"M214", R"("^[a-z ]+$")", R"("^[a-z +$")", "/actions/0/input/properties/name/pattern"},
    {"M215", "additionalProperties: false\n      properties: {limit", "properties: {limit",
     "/actions/1/input"},
    {"M215", "            additionalProperties: false\n            properties: {word",
     "            properties: {word", "/actions/0/input/properties/tags/items"},
    {"M216", "    required: [id]\n    properties:",
     "    required: [id]\n    additionalProperties: "
     "false\n    properties:",
     "/$defs/thing/additionalProperties"},
    {"M217", ", title: At most", "", "/actions/1/input/properties/limit"},
    {"M218", "default: 100}", "default: 1000}", "/actions/1/input/properties/limit/default"},
    {"M218", "examples: [a spade]", "examples: [A SPADE]",
     "/actions/0/input/properties/name/examples/0"},
    {"M219", "client_id: {type: string, minLength: 1, ", "client_id: {type: string, ",
     "/auth/methods/0/input/properties/client_id"},
    {"M220", "title: At most, description: Things to return.", "title: At most",
     "/actions/1/input/properties/limit"},
    {"M220", "title: Box, x-options: {lookup: boxes}}\n  thing", "title: Box}\n  thing",
     "/$defs/box_id"},
    {"M301", "id: thing.list", "id: thing.create", "/actions/1/id"},
    {"M302", "title: Acme\n", "title: \"Acme \"\n", "/title"},
    {"M302", "title: New thing", "title: \"  \"", "/triggers/0/title"},
    {"M303", "x-options: {lookup: shelves}", "x-options: {lookup: racks}",
     "/actions/0/input/properties/shelf_id/x-options/lookup"},
    {"M303", "check: {lookup: boxes}", "check: {lookup: bins}",
     "/actions/0/duplicate_check/lookup"},
    {"M304", "box_id: {type: integer, minimum: 1, title: Box, x-options: {lookup: boxes}}",
     "box_id: {type: integer, minimum: 1, title: Box, x-options: {lookup: shelves}}",
     "/actions/0/input"},
    {"M305", "depends_on: [box_id]", "depends_on: [crate_id]", "/lookups/1/depends_on/0"},
    {"M305", "properties: {limit: {",
     "properties: {shelf: {type: integer, title: Shelf, x-options: "
     "{lookup: shelves}}, limit: {",
     "/actions/1/input/properties/shelf/x-options/lookup"},
    {"M306", "key: [/id], version", "key: [/uid], version", "/triggers/0/dedupe/key/0"},
    {"M307", "key: [/id], version", "key: [/name], version", "/triggers/0/dedupe/key/0"},
    {"M308", "sample: {id: 7, name: Spade}", "sample: {name: Spade}", "/triggers/0/sample"},
    {"M308", "sample: {id: 8, name: Rake}\n    sample_input: {box",
     "sample: {id: eight}\n    sample_input: {box", "/actions/0/sample/id"},
    {"M309", "{box_id: 3, name: rake}", "{box_id: 3, name: rake, size: 1}",
     "/actions/0/sample_input/size"},
    {"M310", "interval_s: 300", "interval_s: 30", "/triggers/0/interval_s"},
    {"M311", "base_url: https://api.", "base_url: https://other.", "/network/base_url"},
    {"M311", "host: files.acme.example", "host: evil.example", "/actions/1/request/host"},
    {"M311", "https://api.acme.example/token\n      refresh",
     "https://api.acme.example.evil.example/token\n      refresh", "/auth/methods/0/token_url"},
    {"M311", "https://api.acme.example/token\n      refresh",
     "https://api.acme.example@evil.example/token\n      refresh", "/auth/methods/0/token_url"},
    {"M312", "visible_when: {when: later}", "visible_when: {when: never}",
     "/actions/0/input/properties/at/x-ui/visible_when/when"},
    {"M312", "required: [box_id, name]\n", "required: [box_id, name, at]\n",
     "/actions/0/input/properties/at/x-ui/visible_when/when"},
    {"M312", "required: [box_id, name]\n", "required: [box_id, name, size]\n",
     "/actions/0/input/required/2"},
    {"M312", "visible_when: {when: later}", "visible_when: {when: now}",
     "/actions/0/input/then/required/0"},
    {"M312", "enum: [now, later], default: now}",
     "enum: [now, later], default: now, x-ui: {visible_when: {at: x}}}",
     "/actions/0/input/properties/when/x-ui/visible_when/at"},
    {"M313", "visible_when: {when: later}", "visible_when: {wen: later}",
     "/actions/0/input/properties/at/x-ui/visible_when/wen"},
    {"M314", "title: Client secret, writeOnly: true", "title: Client secret",
     "/auth/methods/0/input/properties/client_secret"},
    {"M315", "query: {notify: {$from: /when, $values: {now: true}}}",
     "query: {notify: {$from: /code}}", "/actions/0/request/query/notify/$from"},
    {"M315", R"(path: "/boxes/{box_id}/things")", R"(path: "/boxes/{code}/things")",
     "/actions/0/request/path"},
    {"M316", R"(path: "/boxes/{box_id}/things")", R"(path: "/boxes/{bax_id}/things")",
     "/actions/0/request/path"},
    {"M316", R"({/input/box_id})", R"({/gate/id})", "/triggers/0/read/request/path"},
    {"M317", "strategy: set\n",
     "strategy: edge\n      edge: {value: /id, below: {$from: /input/least}}\n",
     "/triggers/0/detect/edge/below/$from"},
    {"M316", "strategy: set\n",
     "strategy: watch\n      watch: {request: {method: GET, path: \"/things/{/window/day}\"}}\n",
     "/triggers/0/detect/watch/request/path"},
    {"M317", "{at: {$from: /at}}", "{at: {$from: /att}}",
     "/actions/0/request/body/at/$merge/1/at/$from"},
    {"M317", "{$from: ./word}", "{$from: ./words}", "/actions/0/request/body/tags/$item/tag/$from"},
    {"M317", "{$each: /tags,", "{$each: /name,", "/actions/0/request/body/tags/$each"},
    {"M317", "    search: true\n", "", "/lookups/0/request/query/q/$from"},
    {"M317", "    search: true\n",
     "    search: true\n    where: [{pointer: /a, in: {$from: /b}}]\n",
     "/lookups/0/where/0/in/$from"},
    {"M317", "    search: true\n",
     "    search: true\n    where: [{any: [{pointer: /a, min: {$from: /b}}]}]\n",
     "/lookups/0/where/0/any/0/min/$from"},
    {"M201", "    search: true\n", "    search: true\n    where: [{pointer: /a}]\n",
     "/lookups/0/where/0"},
    {"M317", "        - {pointer: /name, in: {$from: /input/box_id}}\n",
     "        - any:\n            - {pointer: /name, in: {$from: /input/box_id}}\n"
     "            - {pointer: /name, min: {$from: /input/least}}\n",
     "/triggers/0/detect/when/0/any/1/min/$from"},
    {"M318", "[lower, base64]", "[lower, rot13]", "/actions/0/request/body/name/$encode/1"},
    {"M319", "{$from: /code}", "{$form: /code}", "/actions/0/request/body/code/$form"},
    {"M319", "{$from: /code}", "{$from: code}", "/actions/0/request/body/code/$from"},
    {"M319", "{$from: /code}", "{$from: ./code}", "/actions/0/request/body/code/$from"},
    {"M319", "{$from: /code}", "{$from: /code, also: 1}", "/actions/0/request/body/code/also"},
    {"M319", "$item: {tag", "$itm: {tag", "/actions/0/request/body/tags"},
    {"M319", "{$from: /code}", "{$switch: /code}", "/actions/0/request/body/code/$cases"},
    {"M317", "{$from: /code}", "{$switch: /cod, $cases: {a: 1}}",
     "/actions/0/request/body/code/$switch"},
    {"M317", "{$from: /code}", "{$switch: /code, $cases: {a: {$from: /cod}}}",
     "/actions/0/request/body/code/$cases/a/$from"},
    {"M317", "{$from: /code}", "{$switch: /code, $cases: {a: 1}, $default: {$from: /cod}}",
     "/actions/0/request/body/code/$default/$from"},
    {"M319", "{$from: /code}", "{$concat: []}", "/actions/0/request/body/code/$concat"},
    {"M317", "{$from: /code}", "{$concat: [{$from: /cod}]}",
     "/actions/0/request/body/code/$concat/0/$from"},
    {"M317", "path: /things, host", "path: \"/{a}\", segments: {a: {$from: /aa}}, host",
     "/actions/1/request/segments/a/$from"},
    {"M319", "path: /things, host", "path: /things, segments: {a: [x]}, host",
     "/actions/1/request/segments/a"},
    {"M319", "path: /things, host", "path: \"/things{\", host", "/actions/1/request/path"},
    {"M319", "path: /things, host", "path: /a/../things, host", "/actions/1/request/path"},
    {"M319", "path: /things, host", "path: /a//things, host", "/actions/1/request/path"},
    {"M319", "path: /things, host", "path: \"/things{limit?}\", host", "/actions/1/request/path"},
    {"M319", "path: /things, host", "path: \"/things/{/}\", host", "/actions/1/request/path"},
    {"M319", "path: /things, host", "path: \"/th\u00efngs\", host", "/actions/1/request/path"},
    {"M319", "path: /things, host", "path: /things, body: {a: 1}, host", "/actions/1/request/body"},
    {"M317", "check: {lookup: boxes}",
     R"(check: {lookup: boxes, match: {input: /nome, choice: label}})",
     "/actions/0/duplicate_check/match/input"},
    {"M320", "path: /things, host", "path: /hidden/things, host", "/actions/1/request/path"},
    {"M321", "applies_to: [thing.create]", "applies_to: [thing.make]",
     "/rate_limits/1/applies_to/0"},
    {"M332", "applies_to: [thing.create]}", "applies_to: [thing.create], per: /nothing}",
     "/rate_limits/1/per"},
    {"M332", ", applies_to: [thing.create]}", ", per: /name}", "/rate_limits/1/per"},
    {"M335", "complete: {type: boolean}", "access_token: {type: string}",
     "/actions/1/output/properties/access_token"},
    {"M333", "{shelf: {$from: /shelf_id}}", "{shelf: 1}", "/actions/0/input/properties/shelf_id"},
    {"M333", "{tag: {$from: ./word}}", "{tag: 1}", "/actions/0/input/properties/tags"},
    {"M334", "{at: {$from: /at}}", "{at: {$from: /at, $encode: datetime}}",
     "/actions/0/request/body/at/$merge/1/at/$encode"},
    {"M334", "{at: {$from: /at}}", "{at: {$from: /at, $encode: [date, lower]}}",
     "/actions/0/request/body/at/$merge/1/at/$encode"},
    {"M346", "required: [id]\n    properties:", "required: [id, name]\n    properties:",
     "/triggers/0/output"},
    {"M338", "at: {type: string, format: date-time,", "at: {type: string, format: date,",
     "/actions/0/input/properties/at"},
    {"M339", "at: {type: string, format: date-time,",
     "at: {type: string, format: date-time, x-zone: account,",
     "/actions/0/input/properties/at/x-zone"},
    {"M339", "at: {type: string, format: date-time,",
     "at: {type: string, format: date-time-local, x-zone: account,",
     "/actions/0/input/properties/at/x-zone"},
    {"M339", "complete: {type: boolean}", "made: {type: string, x-zone: offset}",
     "/actions/1/output/properties/made/x-zone"},
    {"M322", "{default: now, allow: [now, all]}", "{default: last_n, allow: [now, all]}",
     "/triggers/0/start/default"},
    {"M323", "{read_only: true, destructive: false", "{read_only: true, destructive: true",
     "/actions/1/effects"},
    {"M324", "    request: {method: GET, path: /things, host: files.acme.example}\n", "",
     "/actions/1"},
    {"M324", "    paging: {size: {name: limit, value: 100}, from: {name: offset}",
     "    handler: list\n    paging: {size: {name: limit, value: 100}, from: {name: offset}",
     "/actions/1"},
    {"M325", "token: /api_key\n", "token: /api_kee\n", "/auth/methods/2/token"},
    {"M325", "key: /header_key\n", "key: /header_kee\n", "/auth/methods/3/key"},
    {"M325", "user: /user\n", "user: /usr\n", "/auth/methods/5/user"},
    {"M314", "      password: /password\n", "", "/auth/methods/5/user"},
    {"M314", "password: /password\n", "password: /user\n", "/auth/methods/5/password"},
    {"M336", "header: X-Api-Key", "header: Content-Length", "/auth/methods/3/header"},
    {"M336", "header: X-Api-Key", "header: hOST", "/auth/methods/3/header"},
    {"M326", "{status: [401], class", "{class", "/errors/0"},
    {"M337", "{status: [401], class", "{status: [401], pointer: \"\", class", "/errors/0"},
    {"M337", "    paging: {size: {name: limit, value: 100}, from: {name: offset}",
     "    answer: {file: true, as: x}\n"
     "    paging: {size: {name: limit, value: 100}, from: {name: offset}",
     "/actions/1/answer"},
    {"M201", "    duplicate_check: {lookup: boxes}\n",
     "    done_if_repeated: [{equals: 1}]\n    duplicate_check: {lookup: boxes}\n",
     "/actions/0/done_if_repeated/0"},
    {"M337", "    duplicate_check: {lookup: boxes}\n",
     "    done_if_repeated: [{status: [404], pointer: \"\"}]\n", "/actions/0/done_if_repeated/0"},
    {"M327", "limit: /limit}", "limit: /most}", "/actions/1/paging/limit"},
    {"M328", "request: {method: GET, path: /things,", "request: {method: PUT, path: /things,",
     "/actions/1/request/method"},
    {"M329", "    label: /name\n    cache_s", "    cache_s", "/lookups/0"},
    {"M329", "label: /email", "label: /mail", "/auth/test/label"},
    {"M340", "path: \"/things/{}/shadow\"", "path: /boxes", "/omissions/0"},
    {"M201", "in: {$from: /input/box_id}}", "in: [1], not_in: [2]}", "/triggers/0/detect/when/0"},
    {"M341", "limitations:\n", probe_writes, "/probe/writes/steps/0/action"},
    {"M341", "limitations:\n", probe_writes, "/probe/writes/cleanup/0/action"},
    {"M345", "limitations:\n",
     "probe:\n  max_requests: 20\n  requests:\n"
     "    - {id: others, request: {method: GET, path: /others}}\n  assumptions:\n"
     "    - {id: one, description: So it is., of: others, check: {present: [/id]}}\n"
     "    - {id: two, description: So it is., of: others, of_all: true, check: {present: [/id]}}\n"
     "limitations:\n",
     "/probe/assumptions/0"},
    {"M330", "use: thing.create", "use: thing.make", "/actions/1/deprecated/use"},
};

// The good manifest with a probe of these requests and checks.
std::string probing(std::string_view requests, std::string_view check) {
  return edited("limitations:\n",
                "probe:\n  max_requests: 20\n  requests:\n" + std::string(requests) +
                    "  assumptions:\n"
                    "    - {id: one, description: So it is., of: things, check: " +
                    std::string(check) + "}\nlimitations:\n");
}

constexpr std::string_view probed_things =
    "    - {id: things, request: {method: GET, path: /things}, rows: \"\", take: {thing: /id}}\n";

class Check : public testing::TestWithParam<Spoilt> {};

TEST(CheckGood, HasNoProblem) {
  const Document document = document_of(good_manifest());
  EXPECT_EQ(briefs(check(document)), std::vector<std::string>{});
}

TEST_P(Check, FindsExactlyThisProblem) {
  const Spoilt &spoilt = GetParam();
  const Document document = document_of(edited(spoilt.from, spoilt.to));
  const std::vector<Problem> problems = check(document);
  ASSERT_FALSE(problems.empty());
  bool found = false;
  for (const Problem &problem : problems) {
    EXPECT_EQ(problem.code, spoilt.code) << problem;
    EXPECT_GT(problem.line, 0U) << problem;
    EXPECT_EQ(problem.file, "m.yaml");
    found = found || problem.pointer == spoilt.pointer;
  }
  EXPECT_TRUE(found) << "not at " << spoilt.pointer << " but " << problems.front();
}

INSTANTIATE_TEST_SUITE_P(Codes, Check, testing::ValuesIn(spoilt_manifests),
                         [](const testing::TestParamInfo<Spoilt> &each) {
                           return std::string(each.param.code) + "_" + std::to_string(each.index);
                         });

TEST(CheckGood, AnOperationMayUseWhatALimitationExcepts) {
  const std::string text = edited("path: /things, host", "path: /hidden/names, host");
  EXPECT_EQ(briefs(check(document_of(text))), std::vector<std::string>{});
}

TEST(CheckGood, AnExceptedPathMayHaveParameters) {
  const std::string text = edited("path: /things, host", "path: /hidden/7/names, host");
  EXPECT_EQ(briefs(check(document_of(text))), std::vector<std::string>{});
}

TEST(CheckGood, APathMayEndWithASlash) {
  const std::string text = edited("path: /things, host", "path: /things/, host");
  EXPECT_EQ(briefs(check(document_of(text))), std::vector<std::string>{});
}

// The good manifest whose rows have more to compare, with this duplicate check.
std::vector<std::string> duplicate_problems(std::string_view duplicate_check) {
  std::string text = edited("duplicate_check: {lookup: boxes}",
                            "duplicate_check: " + std::string(duplicate_check));
  const std::string_view member = "      name: {type: string}\n";
  text.insert(text.rfind(member),
              "      made: {type: string, format: date-time}\n"
              "      told: {type: string}\n"
              "      count: {type: integer}\n"
              "      link: {type: string, format: uri}\n"
              "      state: {type: string, enum: [new, old]}\n"
              "      parts: {type: array, items: {type: object, properties: {made: {type: string}, "
              "name: {type: string}}}}\n");
  const std::string_view sample = "sample: {items: [{id: 8, name: Rake}]";
  text.replace(text.find(sample), sample.size(),
               "sample: {items: [{id: 8, name: Rake, told: \"2026-02-07 20:14:15\"}]");
  std::vector<std::string> out;
  for (const Problem &problem : check(document_of(text))) {
    out.push_back(problem.code + " " + problem.pointer + ": " + problem.message);
  }
  return out;
}

TEST(CheckDuplicate, WhatFitsHasNoProblem) {
  for (const std::string_view fits :
       {"{lookup: boxes}", "{lookup: boxes, match: {input: /name, choice: label, unique: true}}",
        "{list: thing.list, same: [{row: /name, input: /name}]}",
        "{list: thing.list, filter: {limit: 5}, same: [{row: /name, input: [/code, /name]}], "
        "newer: /made}",
        "{list: thing.list, filter: {limit: {$from: /box_id}}, same: [{row: /name, input: /name}], "
        "newer: /told}",
        "{list: thing.list, rows: /items, each: /parts, same: [{row: /name, input: /name}, "
        "{row: /parts/name, input: /name}], newer: /parts/made}",
        "{list: thing.list, below: /parts, same: [{row: /name, input: /name}]}",
        "{list: thing.list, same: [{row: /name, input: /name}], details: {action: thing.list, "
        "filter: {limit: {$from: /count}}, rows: /items, row: /name, input: /name, as: text}}"}) {
    EXPECT_EQ(duplicate_problems(fits), std::vector<std::string>{}) << fits;
  }
}

TEST(CheckDuplicate, WhatFindsNothingForEverIsFound) {
  const std::string_view same = "same: [{row: /name, input: /name}]";
  const auto list_with = [&](std::string_view more) {
    return "{list: thing.list, " + std::string(same) + ", " + std::string(more) + "}";
  };
  const std::string at = " /actions/0/duplicate_check";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{list: thing.lists, same: [{row: /name, input: /name}]}",
       "M303" + at + "/list: there is no read-only action \"thing.lists\""},
      {"{list: thing.create, same: [{row: /name, input: /name}]}",
       "M303" + at + "/list: there is no read-only action \"thing.create\""},
      {list_with("filter: {limits: 5}"),
       "M317" + at + "/filter/limits: \"thing.list\" has no field \"limits\""},
      {list_with("filter: {limit: {$from: /limit}}"),
       "M317" + at + "/filter/limit: the input has no \"/limit\""},
      {list_with("filter: {limit: many}"), "M317" + at + "/filter/limit: "},
      {list_with("filter: {limit: 501}"), "M317" + at + "/filter/limit: "},
      {list_with("rows: /rows"),
       "M317" + at + "/rows: the output of \"thing.list\" has no \"/rows\""},
      {list_with("each: /part"),
       "M317" + at + "/each: a row of \"thing.list\" has no list \"/part\""},
      {list_with("each: /count"),
       "M317" + at + "/each: a row of \"thing.list\" has no list \"/count\""},
      {list_with("below: /count"),
       "M317" + at + "/below: a row of \"thing.list\" has no list \"/count\""},
      {"{list: thing.list, same: [{row: /nome, input: /name}]}",
       "M317" + at + "/same/0/row: a row of \"thing.list\" has no \"/nome\""},
      {"{list: thing.list, each: /parts, same: [{row: /parts/id, input: /name}]}",
       "M317" + at + "/same/0/row: a row of \"thing.list\" has no \"/parts/id\""},
      {"{list: thing.list, same: [{row: /name, input: /nome}]}",
       "M317" + at + "/same/0/input: the input has no \"/nome\""},
      {"{list: thing.list, same: [{row: /name, input: [/name, /nome]}]}",
       "M317" + at + "/same/0/input: the input has no \"/nome\""},
      {list_with("newer: /maid"), "M317" + at + "/newer: a row of \"thing.list\" has no \"/maid\""},
      {list_with("newer: /count"),
       "M317" + at + "/newer: in a row of \"thing.list\", \"/count\" is no time"},
      {list_with("newer: /link"),
       "M317" + at + "/newer: in a row of \"thing.list\", \"/link\" is no time"},
      {list_with("newer: /state"),
       "M317" + at + "/newer: in a row of \"thing.list\", \"/state\" is no time"},
      // A text that the list's own sample shows to be none.
      {list_with("newer: /name"),
       "M317" + at + "/newer: in a row of \"thing.list\", \"/name\" is no time"},
      {"{lookup: bins}", "M303" + at + "/lookup: there is no lookup \"bins\""},
      {"{lookup: boxes, match: {input: /box_id, choice: value}}",
       "M317" + at + "/match/input: the input's \"/box_id\" is no text"},
      {"{lookup: boxes, newer: /made}",
       "M317" + at + "/newer: \"newer\" belongs to a list, and this check has none"},
      {"{lookup: boxes, details: {action: thing.list, filter: {}, rows: /items, row: /name, "
       "input: /name}}",
       "M317" + at + "/details: \"details\" belongs to a list, and this check has none"},
      {list_with("details: {action: thing.create, filter: {}, rows: /items, row: /name, input: "
                 "/name}"),
       "M303" + at + "/details/action: there is no read-only action \"thing.create\""},
      {list_with("details: {action: thing.list, filter: {limits: 5}, rows: /items, row: /name, "
                 "input: /name}"),
       "M317" + at + "/details/filter/limits: \"thing.list\" has no field \"limits\""},
      {list_with("details: {action: thing.list, filter: {}, rows: /complete, row: /name, input: "
                 "/name}"),
       "M317" + at + "/details/rows: the output of \"thing.list\" has no list \"/complete\""},
      {list_with("details: {action: thing.list, filter: {}, rows: /items, row: /nome, input: "
                 "/name}"),
       "M317" + at + "/details/row: a row of \"thing.list\" has no \"/nome\""},
      {list_with("details: {action: thing.list, filter: {}, rows: /items, row: /name, input: "
                 "/nome}"),
       "M317" + at + "/details/input: the input has no \"/nome\""},
      {list_with("match: {input: /name, choice: label}"),
       "M317" + at + "/match: \"match\" belongs to a lookup, and this check has none"},
  };
  for (const auto &[duplicate_check, problem] : cases) {
    const auto found = duplicate_problems(duplicate_check);
    ASSERT_EQ(found.size(), 1U) << duplicate_check << testing::PrintToString(found);
    EXPECT_TRUE(found.front().starts_with(problem)) << found.front();
  }
}

TEST(CheckDuplicate, AListThatNeedsAFieldIsGivenIt) {
  std::string text =
      edited("duplicate_check: {lookup: boxes}",
             "duplicate_check: {list: thing.list, same: [{row: /name, input: /name}]}");
  const std::string_view form =
      "      additionalProperties: false\n      properties: {limit: {type: integer";
  const auto place = text.find(form);
  ASSERT_NE(place, std::string::npos);
  text.insert(place, "      required: [limit]\n");
  const std::vector<Problem> problems = check(document_of(text));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().code, "M317");
  EXPECT_EQ(problems.front().pointer, "/actions/0/duplicate_check/list");
}

TEST(CheckProbe, ARequestMayUseWhatEarlierOnesTake) {
  const std::string requests =
      std::string(probed_things) +
      "    - {id: thing, request: {method: GET, path: \"/things/{thing}\", query: {from: {$from: "
      "/count/things}}}}\n";
  EXPECT_EQ(briefs(check(document_of(probing(requests, "{descending: /id}")))),
            std::vector<std::string>{});
}

TEST(CheckProbe, WhatIsWrongIsFound) {
  const auto only = [](std::string_view request, std::string_view check_text, std::string_view code,
                       std::string_view pointer) {
    const std::vector<Problem> problems =
        check(document_of(probing(std::string(probed_things) + std::string(request), check_text)));
    ASSERT_EQ(problems.size(), 1U) << request << check_text;
    EXPECT_EQ(problems[0].code, code);
    EXPECT_EQ(problems[0].pointer, pointer);
  };
  only("    - {id: x, request: {method: GET, path: \"/things/{box}\"}}\n", "{descending: /id}",
       "M316", "/probe/requests/1/request/path");
  only("    - {id: x, request: {method: POST, path: /things}}\n", "{descending: /id}", "M319",
       "/probe/requests/1/request/method");
  only("    - {id: x, request: {method: GET, path: /hidden/all}}\n", "{descending: /id}", "M320",
       "/probe/requests/1/request/path");
  only("", "{guess: /id}", "M201", "/probe/assumptions/0/check/guess");
  only("", "{format: {at: /id, is: [nice]}}", "M201", "/probe/assumptions/0/check/format/is/0");
}

TEST(CheckProbe, WritesHaveValidInputsAndIdsOfTheirOwn) {
  const auto problems = [](std::string_view from, std::string_view to) {
    std::string text = edited("limitations:\n", probe_writes);
    const auto replace = [&text](std::string_view old, std::string_view by) {
      const std::size_t at = text.find(old);
      ASSERT_NE(at, std::string::npos) << old;
      text.replace(at, old.size(), by);
    };
    replace("destructive: false, idempotent: false}", "destructive: false, idempotent: true}");
    replace(from, to);
    std::vector<std::string> out;
    for (const Problem &each : check(document_of(text)))
      out.push_back(std::string(each.code) + ' ' + each.pointer);
    return out;
  };
  using Found = std::vector<std::string>;
  EXPECT_EQ(problems("name: rake}, undo", "name: rake}, undo"), Found{});
  EXPECT_EQ(problems("name: rake}, undo", "name: RAKE}, undo"),
            Found{"M309 /probe/writes/steps/0/input/name"});
  EXPECT_EQ(problems("id: two", "id: one"), Found{"M301 /probe/writes/assumptions/0/id"});
  EXPECT_EQ(problems("\"/boxes/{box}/things\"}, rows: \"\", needs", "/things}, rows: \"\", needs"),
            Found{"M341 /probe/writes/before/0/request"});
  EXPECT_EQ(problems("max_requests: 60", "max_requests: 300"),
            Found{"M201 /probe/writes/max_requests"});
}

TEST(CheckCodes, EachHasABadDocument) {
  std::set<std::string_view> tested;
  for (const Spoilt &spoilt : spoilt_manifests) tested.insert(spoilt.code);
  for (const Code &code : all_codes()) {
    const bool of_check = code.code.starts_with("M2") || code.code.starts_with("M3");
    // M331 compares with the name that the build gives; see tool_test.cpp.
    if (of_check && code.code != "M331") {
      EXPECT_TRUE(tested.contains(code.code)) << code.code;
    }
  }
}

TEST(CheckPlaces, LinesAndColumnsAreExact) {
  const Document document = document_of(edited("key: [/id], version", "key: [/uid], version"));
  const std::string text = edited("key: [/id], version", "key: [/uid], version");
  const auto offset = text.find("/uid");
  const auto line =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n') + 1;
  const auto column = offset - text.rfind('\n', offset);
  const std::vector<Problem> problems = check(document);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].line, line);
  EXPECT_EQ(problems[0].column, column);
}

TEST(CheckOrder, ErrorsFirstThenByLine) {
  std::string text = edited("use: thing.create", "use: thing.make");
  const auto method = text.find("request: {method: GET, path: /things,");
  text.replace(text.find("GET", method), 3, "PUT");
  text.replace(text.find("title: Acme"), 11, "title: \"Acme \"");
  const std::vector<Problem> problems = check(document_of(text));
  EXPECT_EQ(codes_of(problems), (std::vector<std::string>{"M302", "M330", "M328"}));
}

// What is broken is reported once; what hangs on it is not judged.
TEST(CheckBroken, FollowUpsAreLeftOut) {
  const Document document =
      document_of(edited("      id: {type: integer}\n      name: {type: string}\n",
                         "      id: {type: integr}\n      name: {type: string}\n"));
  EXPECT_EQ(codes_of(check(document)), (std::vector<std::string>{"M210"}));
}

TEST(CheckBroken, AnythingMayBeGiven) {
  for (const std::string_view text : {"null", "[]", "7", "{}", "{actions: 7}", "{actions: [7]}",
                                      "{auth: {methods: {}}}", "{$defs: []}", "text"}) {
    EXPECT_TRUE(has_errors(check(document_of(text)))) << text;
  }
}

TEST(CheckDefinitions, ThatExplodeAreRefused) {
  std::string defs = "  d0: {type: object, properties: {a: {type: string}}}\n";
  for (int i = 1; i < 40; ++i) {
    const std::string inner = "{$ref: \"#/$defs/d" + std::to_string(i - 1) + "\"}";
    defs += "  d" + std::to_string(i) + ": {type: object, properties: {a: " + inner +
            ", b: " + inner + "}}\n";
  }
  const Document document = document_of(std::string(good_manifest()) + defs);
  const std::vector<std::string> codes = codes_of(check(document));
  ASSERT_FALSE(codes.empty());
  EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()), std::set<std::string>{"M213"});
}

}  // namespace
}  // namespace cpi::manifest::test
