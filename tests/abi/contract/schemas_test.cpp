// What a plugin gives fits the schemas of its manifest, whatever types its service uses: items of
// samples, choices of lookups, outputs of actions, data of events. The canned answers are written
// in other ways, by a seed that a failure names.
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract_test.hpp"
#include "cpi/json/document.hpp"
#include "cpi/json/schema.hpp"

namespace contract {
namespace {

namespace json = boost::json;

// Writes a document as services do that change their types without notice.
class OddWriter {
 public:
  explicit OddWriter(std::uint64_t seed) : random_(seed) {}

  std::string write(const json::value &value) {
    out_.clear();
    put(value);
    return out_;
  }

 private:
  bool one_in(std::uint64_t count) { return random_() % count == 0; }

  void put(const json::value &value) {
    if (one_in(24)) {
      // A value of another type, that nothing turns into the one that belongs here.
      constexpr std::array<std::string_view, 6> others = {"null",         "[]",         "{}",
                                                          R"({"odd":1})", R"(["odd"])", R"("odd")"};
      out_ += others[random_() % others.size()];
    } else if (const json::array *list = value.if_array()) {
      put_list(*list);
    } else if (const json::object *object = value.if_object()) {
      put_object(*object);
    } else if (const json::string *text = value.if_string()) {
      put_text(*text);
    } else if (value.is_number() && one_in(3)) {
      out_ += '"' + json::serialize(value) + '"';
    } else if (value.is_bool() && one_in(3)) {
      constexpr std::array<std::string_view, 2> forms[] = {{"0", "1"}, {R"("false")", R"("true")"}};
      out_ += forms[random_() % 2][value.get_bool() ? 1 : 0];
    } else {
      out_ += json::serialize(value);
    }
  }

  void put_list(const json::array &list) {
    if (list.empty() && one_in(2)) {
      out_ += one_in(2) ? "null" : "{}";
      return;
    }
    const bool numbered = !list.empty() && one_in(4);
    out_ += numbered ? '{' : '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += ',';
      if (numbered) out_ += '"' + std::to_string(2 * i) + "\":";
      put(list[i]);
    }
    out_ += numbered ? '}' : ']';
  }

  void put_object(const json::object &object) {
    if (object.empty() && one_in(2)) {
      out_ += "[]";
      return;
    }
    out_ += '{';
    bool first = true;
    for (const auto &member : object) {
      if (one_in(40)) continue;  // left out
      const std::string name = json::serialize(json::value(member.key()));
      if (!std::exchange(first, false)) out_ += ',';
      // The last of two members counts.
      if (one_in(12)) out_ += name + R"(:{"stale":1},)";
      out_ += name + ':';
      put(member.value());
    }
    out_ += '}';
  }

  void put_text(const json::string &text) {
    const std::string plain(text);
    const bool digits =
        !plain.empty() && plain.size() < 16 && plain.find_first_not_of("0123456789") == plain.npos;
    if (digits && (plain.size() == 1 || plain.front() != '0') && one_in(2)) {
      out_ += plain;
      return;
    }
    std::string written = json::serialize(json::value(plain));
    if (!digits && !plain.empty() && one_in(8)) {
      written.pop_back();
      written += one_in(2) ? "\\ud83d\"" : "\xd0\"";
    }
    out_ += written;
  }

  std::mt19937_64 random_;
  std::string out_;
};

// What cpi/plugin.h says of a lookup's choices.
constexpr std::string_view choice_schema =
    R"({"type": "object", "required": ["value", "label"], "properties": {
          "value": {"type": ["string", "number", "boolean"]},
          "label": {"type": "string"}, "hint": {"type": "string"}}})";

class Schemas : public Contract {
 protected:
  void SetUp() override {
    // The conversions and the repair of cut letters are the SDK's; the connector in plain C passes
    // on what it gets.
    if (plugin.id != "sendpulse") GTEST_SKIP() << "not written with the SDK";
    Contract::SetUp();
  }

  cpi::Schema schema_of(const OperationCase &what) const {
    const json::object defs = json::parse(plugin.defs).as_object();
    const bool lookup = what.kind == CPI_KIND_LOOKUP;
    return cpi::Schema::compile(lookup ? json::parse(choice_schema) : json::parse(what.output),
                                defs, "/output", cpi::UnknownFormats::ignored);
  }

  Service odd(std::uint64_t seed) const {
    return [this, writer = OddWriter(seed)](const Step &step) mutable {
      Answer answer = service(step);
      json::error_code error;
      const json::value body = json::parse(answer.body, error);
      if (!error) answer.body = writer.write(body);
      return answer;
    };
  }

  // Everything that left the plugin in these steps and belongs to the schema, as JSON.
  static std::vector<json::value> given(const OperationCase &what, const std::vector<Step> &steps) {
    std::vector<json::value> all;
    for (const Step &step : steps) {
      for (const Event &event : step.events) all.push_back(read(event.data));
    }
    const Step &last = steps.back();
    if (last.kind != CPI_STEP_DONE || what.kind == CPI_KIND_POLL) return all;
    const json::value output = read(last.output);
    if (what.kind == CPI_KIND_ACTION) return {output};
    if (what.kind == CPI_KIND_TEST) return all;
    for (const json::value &item : output.at("items").as_array()) all.push_back(item);
    return all;
  }

  static json::value read(std::string_view text) {
    json::error_code error;
    json::value value = cpi::parse_document(text, error, 512);
    EXPECT_FALSE(error) << text;
    return value;
  }
};

// "/items/*/email": places in the elements of a list are one.
std::string place_of(const std::string &pointer) {
  std::string place;
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    const std::string token = pointer.substr(at + 1, end - at - 1);
    const bool index = !token.empty() && token.find_first_not_of("0123456789") == token.npos;
    place += '/' + (index ? "*" : token);
    at = end;
  }
  return place;
}

// What leaves fits in every member. Only the answer to a change may lack what is required, or have
// it in a type that cannot be converted: the change was made, whatever its answer looks like, and
// the notes name the place.
TEST_F(Schemas, WhatLeavesAPluginFitsWhateverTypesItsServiceUses) {
  constexpr std::uint64_t seeds = 25;
  const Connector connector(table);
  std::size_t good = 0;
  for_each_case([&](const OperationCase &what) {
    const cpi::Schema schema = schema_of(what);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      const auto steps = converse(connector, what, odd(seed));
      const std::string notes = steps.back().notes + steps.back().output;
      for (const json::value &each : given(what, steps)) {
        const cpi::Violations violations = schema.validate(each, "It");
        good += violations.empty() ? 1 : 0;
        for (const cpi::Violation &violation : violations.listed) {
          const std::string place = place_of(violation.pointer);
          const bool is_named = notes.find(place.empty() ? "The value" : place) != notes.npos;
          EXPECT_TRUE(what.writes && is_named)
              << violation.pointer << ": " << violation.message << "\n"
              << cpi::write_document(each) << "\n"
              << describe(steps.back()) << "\n"
              << steps.back().notes;
        }
      }
    }
  });
  EXPECT_GT(good, taken) << "most answers can be understood";
}

}  // namespace
}  // namespace contract
