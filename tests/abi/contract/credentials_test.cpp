// What a plugin does when the service says, in words that only the plugin knows, that it does not
// take the credentials: it asks for renewed ones and goes on where it was. A host of 1.0 cannot be
// asked; there the operation fails, and the host begins it again. The words are those of the
// manifest's `errors`.
#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "contract_test.hpp"

namespace contract {
namespace {

namespace json = boost::json;

bool renews(const Step &step) {
  return step.kind == CPI_STEP_SEND && (step.flags & CPI_REQUEST_RENEW_CREDENTIALS) != 0;
}

class Credentials : public Contract {
 protected:
  struct Refusal {
    std::string name;
    Answer answer;
  };

  // Every rule of the class that looks into the body, under the statuses it is for.
  std::vector<Refusal> refusals() const {
    std::vector<Refusal> all;
    const json::object manifest = json::parse(plugin.manifest_json).as_object();
    for (const json::value &each : manifest.at("errors").as_array()) {
      const json::object &rule = each.as_object();
      if (rule.at("class") != "auth_expired" || !rule.contains("pointer")) continue;
      const json::value &equals = rule.at("equals");
      json::value body = json::object{{"message", "Sign in, please"}};
      json::value *at = &body;
      std::string_view pointer = rule.at("pointer").as_string();
      while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view name = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(name.size());
        if (!at->is_object()) *at = json::object();
        at = &at->get_object()[name];
      }
      *at = equals.is_array() ? equals.as_array().at(0) : equals;
      std::vector<int> statuses = {200, 201, 400, 403, 422};
      if (const json::value *only = rule.if_contains("status"))
        statuses = {only->as_array().at(0).to_number<int>()};
      for (const int status : statuses) {
        const std::string text = json::serialize(body);
        all.push_back({std::to_string(status) + " " + text, response(status, text)});
        all.push_back({std::to_string(status) + " after a line break: " + text,
                       response(status, "\r\n " + text)});
      }
    }
    return all;
  }

  // The good answers, but the refusal first for the request of that number (from 0).
  Service refusing(const Refusal &refusal, std::size_t request, std::size_t times) const {
    return [this, &refusal, request, times, asked = std::size_t{0}](const Step &step) mutable {
      const std::size_t now = asked++;
      return now >= request && now < request + times ? refusal.answer : service(step);
    };
  }
};

TEST_F(Credentials, AreAskedForInTheMiddleOfAnOperationThatThenGoesOn) {
  const auto all = refusals();
  ASSERT_FALSE(all.empty());
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto good = converse(connector, what, service);
    const auto requests =
        static_cast<std::size_t>(std::ranges::count(good, CPI_STEP_SEND, &Step::kind));
    for (const Refusal &refusal : all) {
      for (std::size_t request = 0; request < requests; ++request) {
        if (request > 1 && request + 1 < requests) continue;
        SCOPED_TRACE("request " + std::to_string(request) + " answered by " + refusal.name);
        auto steps = converse(connector, what, refusing(refusal, request, 1));
        const auto again = std::ranges::find_if(steps, renews);
        ASSERT_NE(again, steps.end()) << describe(steps.back());
        ASSERT_NE(again, steps.begin());
        Step before = *(again - 1);
        EXPECT_NE(before.flags & CPI_REQUEST_CREDENTIALS, 0U);
        before.flags |= CPI_REQUEST_RENEW_CREDENTIALS;
        EXPECT_EQ(*again, before) << "the same request";
        steps.erase(again);
        EXPECT_EQ(steps.size(), good.size());
        EXPECT_EQ(steps.back().kind, good.back().kind);
        EXPECT_EQ(std::ranges::count_if(steps, renews), 0);
      }
    }
  });
}

TEST_F(Credentials, AreNotAskedOfAHostThatCannotRenewThem) {
  const Connector connector(table, 0);
  const auto all = refusals();
  for_each_case([&](const OperationCase &what) {
    for (const Refusal &refusal : all) {
      SCOPED_TRACE(refusal.name);
      const auto steps = converse(connector, what, refusing(refusal, 0, SIZE_MAX));
      if (steps.front().kind != CPI_STEP_SEND) continue;
      EXPECT_EQ(std::ranges::count_if(steps, renews), 0);
      EXPECT_EQ(steps.back().kind, CPI_STEP_FAILED);
      EXPECT_EQ(steps.back().error_class, CPI_CLASS_AUTH_EXPIRED) << describe(steps.back());
    }
  });
}

TEST_F(Credentials, ThatAreRefusedForEverEndTheOperation) {
  const Connector connector(table);
  const auto all = refusals();
  for_each_case([&](const OperationCase &what) {
    for (const Refusal &refusal : all) {
      SCOPED_TRACE(refusal.name);
      const auto steps = converse(connector, what, refusing(refusal, 0, SIZE_MAX));
      EXPECT_LT(steps.size(), 12U);
      EXPECT_EQ(steps.back().error_class, CPI_CLASS_AUTH_EXPIRED) << describe(steps.back());
    }
  });
}

}  // namespace
}  // namespace contract
