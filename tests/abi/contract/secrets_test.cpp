// Services answer more than was asked for. Whatever token, password or key stands in an answer, at
// whatever depth: it leaves in no result and in no event, unless the output schema names it.
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <set>

#include "contract_test.hpp"

namespace contract {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 9> secret_names = {
    "access_token", "refresh_token", "token", "secret",       "password",
    "api_key",      "apiKey",        "Token", "client-secret"};
constexpr std::string_view nested = "inner_secret";
constexpr std::string_view harmless = "extra_member";

json::value parsed(std::string_view text) {
  json::parse_options options;
  options.max_depth = 256;
  return json::parse({text.data(), text.size()}, {}, options);
}

// Puts the secrets into every object of an answer.
void spike(json::value &value) {
  if (json::array *list = value.if_array()) {
    for (json::value &each : *list) spike(each);
  }
  json::object *object = value.if_object();
  if (object == nullptr) return;
  for (auto &member : *object) spike(member.value());
  for (const std::string_view name : secret_names) {
    if (!object->contains(name)) (*object)[name] = "leaked";
  }
  (*object)[nested] = {{"value", "leaked"}};
  (*object)[harmless] = "kept";
}

std::string spiked(const std::string &body) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error) return body;
  spike(value);
  return json::serialize(value);
}

// The schemas for one place of an output: itself, what it refers to, and its alternatives.
std::vector<const json::object *> all_of(const json::value *schema, const json::object &defs) {
  std::vector<const json::object *> out;
  const json::object *rules = schema == nullptr ? nullptr : schema->if_object();
  if (rules == nullptr) return out;
  const auto add = [&](const json::value *other) {
    const auto more = all_of(other, defs);
    out.insert(out.end(), more.begin(), more.end());
  };
  if (const json::value *reference = rules->if_contains("$ref")) {
    const std::string_view name = reference->as_string();
    add(defs.if_contains(name.substr(name.rfind('/') + 1)));
    return out;
  }
  out.push_back(rules);
  for (const std::string_view keyword : {"anyOf", "oneOf", "allOf"}) {
    if (const json::value *list = rules->if_contains(keyword)) {
      for (const json::value &each : list->as_array()) add(&each);
    }
  }
  return out;
}

class Secrets : public Contract {
 protected:
  Service spiked_service() const {
    return [this](const Step &step) {
      Answer answer = service(step);
      answer.body = spiked(answer.body);
      return answer;
    };
  }

  // Reports every "leaked" that the schema does not promise; whether anything harmless came out.
  bool look(std::string_view output, const json::value &schema) const {
    const json::value value = parsed(output);
    const json::value defs = parsed(plugin.defs);
    bool found = false;
    walk(value, {&schema}, defs.as_object(), "", false, found);
    return found;
  }

 private:
  static void walk(const json::value &value, const std::vector<const json::value *> &schemas,
                   const json::object &defs, const std::string &place, bool promised,
                   bool &harmless_found) {
    std::vector<const json::object *> rules;
    for (const json::value *schema : schemas) {
      const auto more = all_of(schema, defs);
      rules.insert(rules.end(), more.begin(), more.end());
    }
    if (const json::string *text = value.if_string()) {
      EXPECT_TRUE(promised || *text != "leaked") << place;
      harmless_found = harmless_found || *text == "kept";
    } else if (const json::array *list = value.if_array()) {
      std::vector<const json::value *> inner;
      for (const json::object *each : rules) {
        if (const json::value *items = each->if_contains("items")) inner.push_back(items);
      }
      for (const json::value &each : *list)
        walk(each, inner, defs, place + "/*", promised, harmless_found);
    } else if (const json::object *object = value.if_object()) {
      for (const auto &member : *object) {
        std::vector<const json::value *> inner;
        bool named = false;
        bool own = promised;  // what lies beneath is the user's, or promised as a whole
        for (const json::object *each : rules) {
          const json::value *properties = each->if_contains("properties");
          const json::value *others = each->if_contains("additionalProperties");
          if (properties != nullptr && properties->as_object().contains(member.key())) {
            inner.push_back(&properties->as_object().at(member.key()));
            named = true;
          } else if (others != nullptr && *others != json::value(false)) {
            inner.push_back(others);
            named = true;
            own = own || *others == json::value(true);
          }
        }
        const std::string_view name = member.key();
        const bool is_secret = name == nested || std::ranges::count(secret_names, name) > 0;
        const std::string at = place + "/" + std::string(member.key());
        walk(member.value(), inner, defs, at, own || (is_secret && named), harmless_found);
      }
    }
  }
};

TEST_F(Secrets, NoneLeavesThatTheOutputDoesNotName) {
  const Connector connector(table);
  std::size_t talkative = 0;
  for_each_case([&](const OperationCase &what) {
    const json::value schema = parsed(what.output);
    const json::value list = {{"properties", {{"items", {{"items", schema}}}}}};
    bool harmless_found = false;
    for (const Step &step : converse(connector, what, spiked_service())) {
      for (const Event &event : step.events) {
        harmless_found = look(event.data, schema) || harmless_found;
      }
      if (step.kind != CPI_STEP_DONE || step.output.empty()) continue;
      harmless_found =
          look(step.output, what.kind == CPI_KIND_SAMPLE ? list : schema) || harmless_found;
    }
    if (harmless_found) ++talkative;
  });
  if (plugin.has_answers && plugin.cases.size() > 100) {
    EXPECT_GT(talkative, taken / 4) << "the spiked answers hardly come through";
  }
}

}  // namespace
}  // namespace contract
