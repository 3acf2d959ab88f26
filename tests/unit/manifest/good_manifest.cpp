#include "good_manifest.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpi::manifest::test {

std::string_view good_manifest() {
  return R"yaml(manifest_version: "1.0"
id: acme
version: 1.2.0
title: Acme
summary: Things and boxes.
icon: {light: icons/acme.svg}
links: {docs: "https://acme.example/docs"}
library: {file: acme, abi_major: 1}
network:
  base_url: https://api.acme.example
  allowed_hosts: [api.acme.example, files.acme.example]
  timeouts_ms: {connect: 4000, total: 20000}
rate_limits:
  - {id: second, window_s: 1, limit: 10}
  - {id: makes, window_s: 60, limit: 4, applies_to: [thing.create]}
auth:
  test:
    request: {method: GET, path: /me}
    label: /email
    output: {type: object, required: [email], properties: {email: {type: string}}}
  methods:
    - id: oauth
      title: Sign in
      type: oauth2_authorization_code
      authorize_url: https://login.acme.example/authorize
      token_url: https://api.acme.example/token
      refresh: {skew_s: 300}
      input: &client
        type: object
        required: [client_id, client_secret]
        additionalProperties: false
        properties:
          client_id: {type: string, minLength: 1, title: Client ID, description: Under Settings.}
          client_secret: {type: string, minLength: 1, title: Client secret, writeOnly: true, description: Beside the ID.}
    - id: app
      title: Application
      type: oauth2_client_credentials
      token_url: https://api.acme.example/token
      input: *client
    - id: key
      title: API key
      type: static_bearer
      token: /api_key
      input:
        type: object
        required: [api_key]
        additionalProperties: false
        properties: {api_key: {type: string, minLength: 1, title: API key, description: Under Settings., writeOnly: true}}
    - id: header
      title: API key in a header
      type: api_key_header
      header: X-Api-Key
      prefix: "Key "
      key: /header_key
      input:
        type: object
        required: [header_key]
        additionalProperties: false
        properties: {header_key: {type: string, minLength: 1, title: API key, description: Under Settings., writeOnly: true}}
    - id: query
      title: API key in the URL
      type: api_key_query
      parameter: api_key
      key: /query_key
      input:
        type: object
        required: [query_key]
        additionalProperties: false
        properties: {query_key: {type: string, minLength: 1, title: API key, description: Under Settings., writeOnly: true}}
    - id: basic
      title: User name and password
      type: basic
      user: /user
      password: /password
      input:
        type: object
        required: [user, password]
        additionalProperties: false
        properties:
          user: {type: string, minLength: 1, title: User name}
          password: {type: string, minLength: 1, title: Password, writeOnly: true}
errors:
  - {status: [401], class: auth_expired}
limitations:
  - id: secret-things
    message: Secret things can't be read.
    applies_to: {entities: [thing.hidden], capabilities: [query]}
    paths:
      - {methods: [GET], path: "/hidden/{*}", except: [/hidden/names, "/hidden/{}/names"]}
omissions:
  - {methods: [GET], path: "/things/{}/shadow", reason: It returns what thing.get returns.}
lookups:
  - id: boxes
    title: Boxes
    request: {method: GET, path: /boxes, query: {q: {$from: /search}}}
    search: true
    value: /id
    label: /name
    cache_s: 60
  - id: shelves
    title: Shelves of a box
    depends_on: [box_id]
    input:
      type: object
      additionalProperties: false
      properties: {box_id: {type: integer, minimum: 1, title: Box, description: Its number.}}
    request: {method: GET, path: "/boxes/{box_id}/shelves"}
    value: /id
    label: /name
triggers:
  - id: thing.created
    title: New thing
    description: Triggers when a thing appears.
    group: Things
    type: poll
    interval_s: 300
    min_interval_s: 60
    start: {default: now, allow: [now, all]}
    input:
      type: object
      additionalProperties: false
      properties: {box_id: {$ref: "#/$defs/box_id"}}
    output: {$ref: "#/$defs/thing"}
    sample: {id: 7, name: Spade}
    sample_input: {box_id: 3}
    dedupe: {key: [/id], version: 1}
    read:
      request: {method: GET, path: "/boxes/{/input/box_id}/things"}
      paging: {style: page, size: {name: limit, value: 100}, from: {name: page}}
    detect:
      strategy: set
      when:
        - {pointer: /name, in: {$from: /input/box_id}}
      subject: ["thing/", {$from: /row/id}]
actions:
  - id: thing.create
    title: Create a thing
    description: Puts a new thing into a box.
    group: Things
    effects: {read_only: false, destructive: false, idempotent: false}
    duplicate_check: {lookup: boxes}
    input:
      type: object
      required: [box_id, name]
      additionalProperties: false
      properties:
        box_id: {$ref: "#/$defs/box_id"}
        shelf_id: {type: integer, minimum: 1, title: Shelf, x-options: {lookup: shelves}}
        name: {type: string, minLength: 1, maxLength: 80, title: Name, pattern: "^[a-z ]+$", examples: [a spade]}
        code: {type: string, minLength: 1, title: Door code, description: Four digits., writeOnly: true}
        when: {type: string, title: When, description: Now by default., enum: [now, later], default: now}
        at: {type: string, format: date-time, title: At, description: Needed for later., x-ui: {visible_when: {when: later}}}
        tags:
          type: array
          title: Tags
          items:
            type: object
            additionalProperties: false
            properties: {word: {type: string, title: Word, examples: [garden]}}
      if: {required: [when], properties: {when: {const: later}}}
      then: {required: [at]}
    output: {$ref: "#/$defs/thing"}
    sample: {id: 8, name: Rake}
    sample_input: {box_id: 3, name: rake}
    request:
      method: POST
      path: "/boxes/{box_id}/things"
      query: {notify: {$from: /when, $values: {now: true}}}
      body:
        name: {$from: /name, $encode: [lower, base64]}
        code: {$from: /code}
        tags: {$each: /tags, $item: {tag: {$from: ./word}}}
        at: {$merge: [{shelf: {$from: /shelf_id}}, {at: {$from: /at}}]}
  - id: thing.list
    title: List things
    description: Returns all things.
    group: Things
    effects: {read_only: true, destructive: false, idempotent: true}
    deprecated: {since: 1.1.0, remove_after: 2.0.0, use: thing.create}
    input:
      type: object
      additionalProperties: false
      properties: {limit: {type: integer, minimum: 1, maximum: 500, title: At most, description: Things to return., default: 100}}
    output:
      type: object
      required: [items, complete]
      properties:
        items: {type: array, items: {$ref: "#/$defs/thing"}}
        complete: {type: boolean}
    sample: {items: [{id: 8, name: Rake}], complete: true}
    sample_input: {limit: 10}
    request: {method: GET, path: /things, host: files.acme.example}
    paging: {size: {name: limit, value: 100}, from: {name: offset}, limit: /limit}
$defs:
  box_id: {type: integer, minimum: 1, title: Box, x-options: {lookup: boxes}}
  thing:
    type: object
    required: [id]
    properties:
      id: {type: integer}
      name: {type: string}
)yaml";
}

std::string edited(std::string_view from, std::string_view to) {
  std::string text(good_manifest());
  const auto at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos) {
    throw std::invalid_argument("not exactly once in the good manifest: " + std::string(from));
  }
  return text.replace(at, from.size(), to);
}

Document document_of(std::string_view yaml, std::string file) {
  ReadResult result = read_yaml(yaml, std::move(file));
  if (!result.document) throw std::invalid_argument(to_line(result.problems.at(0)));
  return *std::move(result.document);
}

std::vector<std::string> briefs(const std::vector<Problem> &problems) {
  std::vector<std::string> result;
  for (const Problem &problem : problems) {
    result.push_back(problem.code + ' ' + std::to_string(problem.line) + ':' +
                     std::to_string(problem.column) + ' ' + problem.pointer);
  }
  return result;
}

std::vector<std::string> codes_of(const std::vector<Problem> &problems) {
  std::vector<std::string> result;
  for (const Problem &problem : problems) result.push_back(problem.code);
  return result;
}

}  // namespace cpi::manifest::test
