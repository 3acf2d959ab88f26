// Whatever the input is, `begin` takes it and `next` says what is wrong with it.
#include "contract_test.hpp"

namespace contract {
namespace {

using Inputs = Contract;

TEST_F(Inputs, WhatIsNoJsonFailsBeforeAnyRequest) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    if (what.kind == CPI_KIND_TEST) return;
    auto wrong = what;
    for (const std::string_view input :
         {std::string_view("{"), std::string_view("[]"), std::string_view("null"),
          std::string_view("{\"a\": \"\xFF\"}"), std::string_view("{}\0", 3),
          std::string_view("{} {}"), std::string_view("{'a': 1}"),
          std::string_view("\xEF\xBB\xBF{}"), std::string_view("{\"a\": 01}"),
          std::string_view("{\"a\": \"\n\"}")}) {
      SCOPED_TRACE(input);
      wrong.input = input;
      const auto steps = converse(connector, wrong, service);
      ASSERT_EQ(steps.size(), 1U) << describe(steps.front());
      EXPECT_EQ(steps.front().kind, CPI_STEP_FAILED);
      EXPECT_EQ(steps.front().error_class, CPI_CLASS_INVALID_INPUT) << describe(steps.front());
      EXPECT_EQ(steps.front().http_status, 0);
    }
  });
}

TEST_F(Inputs, OddJsonComesToAnEnd) {
  const Connector connector(table);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  for_each_case([&](const OperationCase &what) {
    auto odd = what;
    for (const std::string &input :
         {std::string("{}"), std::string(""), std::string(1 << 20, '['), deep,
          std::string(R"({"text": "\ud800"})"), std::string(R"({"text": "\u0000"})"),
          std::string(R"({"input": {}})"), std::string(R"({"input": [], "page": 1})"),
          R"({"text": ")" + std::string(1 << 20, 'a') + "\"}",
          what.input.substr(0, what.input.size() / 2)}) {
      odd.input = input;
      (void)converse(connector, odd, service);
    }
  });
}

TEST_F(Inputs, UnknownFieldsAreNamed) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    if (what.kind != CPI_KIND_ACTION && what.kind != CPI_KIND_POLL) return;
    auto wrong = what;
    wrong.input = wrong.input == "{}" ? "{" : wrong.input.substr(0, wrong.input.size() - 1) + ",";
    wrong.input += R"("no_such_field": 1})";
    const auto steps = converse(connector, wrong, service);
    ASSERT_EQ(steps.back().kind, CPI_STEP_FAILED) << "inputs are closed";
    EXPECT_EQ(steps.back().error_class, CPI_CLASS_INVALID_INPUT);
    EXPECT_NE(steps.back().details.find("/no_such_field"), std::string::npos)
        << steps.back().details;
  });
}

}  // namespace
}  // namespace contract
