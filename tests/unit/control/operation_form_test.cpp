#include "control/operation_form.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace host {
namespace {

namespace json = boost::json;

// A manifest with one of everything that forms are made of.
const cpi::manifest::Manifest &manifest() {
  static const cpi::manifest::Manifest loaded = [] {
    auto result = cpi::manifest::load_text(R"(
manifest_version: "1.0"
id: tiny
version: "1.0.0"
title: Tiny
summary: For tests.
library: {file: tiny, abi_major: 1}
network: {base_url: "https://tiny.example", allowed_hosts: [tiny.example]}
auth:
  test: {request: {method: GET, path: /me}, label: /name}
  methods:
    - id: key
      title: Key
      type: static_bearer
      token: /key
      input:
        type: object
        required: [key]
        additionalProperties: false
        properties: {key: {type: string, title: Key, minLength: 1, writeOnly: true}}
lookups:
  - {id: lists, title: Lists, request: {method: GET, path: /lists}, value: /id, label: /name, cache_s: 60}
  - id: fields
    title: Fields
    depends_on: [list_id]
    input: {type: object, additionalProperties: false, properties: {list_id: {type: integer, title: List}}}
    request: {method: GET, path: "/lists/{list_id}/fields"}
    value: /name
    label: /name
    search: true
actions:
  - id: row.add
    title: Add a row
    description: Adds one.
    group: Rows
    effects: {read_only: false, destructive: false, idempotent: true}
    input:
      type: object
      required: [list_id]
      additionalProperties: false
      properties:
        list_id: {$ref: "#/$defs/list_id"}
        kind: {type: string, title: Kind, enum: [a, b], x-ui: {order: 2, group: Details}}
        when: {type: string, title: When, format: date-time, x-ui: {order: 1, visible_when: {kind: b}}}
        note: {type: string, title: Note, x-ui: {widget: textarea, rows: 5, placeholder: Anything, advanced: true}}
        values:
          type: object
          title: Values
          additionalProperties: {type: string}
          x-options: {lookup: fields, keys: true}
        copies: {type: array, title: Copies, items: {type: integer, x-options: {lookup: lists, allow_other: true}}}
    request:
      method: POST
      path: "/lists/{list_id}"
      body: {kind: {$from: /kind}, when: {$from: /when}, note: {$from: /note}, values: {$from: /values}, copies: {$from: /copies}}
    output: {type: object, properties: {id: {type: integer, title: Id}}}
    sample: {id: 1}
    sample_input: {list_id: 1}
$defs:
  list_id: {type: integer, title: List, x-options: {lookup: lists}}
)",
                                           "tiny.yaml");
    for (const auto &problem : result.problems)
      if (problem.code != "M220")  // its fields are as bare as the tests want them
        ADD_FAILURE() << problem.pointer << ": " << problem.message;
    return std::move(*result.manifest);
  }();
  return loaded;
}

const json::object &form() {
  static const json::object made = action_form(manifest(), *manifest().find_action("row.add"));
  return made;
}

json::value ui_of(std::string_view field) {
  const json::value *found = form().at("ui_schema").as_object().if_contains(field);
  return found == nullptr ? json::value() : *found;
}

TEST(OperationForm, SchemaIsPlain) {
  const std::string text = json::serialize(form().at("schema"));
  EXPECT_EQ(text.find("x-"), std::string::npos) << text;
  EXPECT_EQ(text.find("$"), std::string::npos) << text;
  EXPECT_EQ(form().at("schema").at("properties").at("list_id").at("type").as_string(), "integer");
}

TEST(OperationForm, WidgetsComeFromAnnotationsAndFormats) {
  EXPECT_EQ(ui_of("note"), json::parse(R"({"ui:widget": "textarea", "ui:placeholder": "Anything",
    "ui:options": {"rows": 5, "advanced": true}})"));
  EXPECT_EQ(ui_of("when").at("ui:widget").as_string(), "date_time");
  EXPECT_EQ(ui_of("kind"), json::parse(R"({"ui:options": {"group": "Details"}})"));
}

TEST(OperationForm, ConditionsAreListsOfValues) {
  EXPECT_EQ(ui_of("when").at("ui:options").at("visible_when"), json::parse(R"({"kind": ["b"]})"));
}

TEST(OperationForm, OrderedFieldsGoFirst) {
  EXPECT_EQ(form().at("ui_schema").at("ui:order"), json::parse(R"(["when", "kind", "*"])"));
}

TEST(OperationForm, ChoicesNameTheirLookupAndWhatItNeeds) {
  EXPECT_EQ(ui_of("list_id"), json::parse(R"({"ui:options": {"lookup": "lists"}})"));
  EXPECT_EQ(ui_of("values"), json::parse(R"({"ui:options": {"lookup": "fields",
    "depends_on": {"list_id": "list_id"}, "keys": true}})"));
  EXPECT_EQ(ui_of("copies"),
            json::parse(R"({"items": {"ui:options": {"lookup": "lists", "allow_other": true}}})"));
  ASSERT_EQ(form().at("lookups").as_array().size(), 2U);
  EXPECT_EQ(form().at("lookups").at(1), json::parse(R"({"id": "fields", "title": "Fields",
    "depends_on": ["list_id"], "pages": false, "search": true})"));
}

TEST(MethodForm, HidesSecrets) {
  const json::object key = method_form(manifest(), *manifest().find_auth_method("key"));
  EXPECT_EQ(key.at("ui_schema").at("key").at("ui:widget").as_string(), "password");
  EXPECT_FALSE(key.contains("settings_schema"));
}

TEST(AllForms, AreEveryWayTriggerAndAction) {
  EXPECT_EQ(all_forms(manifest()).at("forms").as_array().size(), 2U);
}

}  // namespace
}  // namespace host
