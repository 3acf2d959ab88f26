#include "plugins/outcome.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(OperationError, JsonCarriesWhatThereIs) {
  OperationError error;
  error.error_class = ErrorClass::quota;
  error.fault = Fault::vendor;
  error.message = "Four campaigns an hour.";
  error.advice = "Wait.";
  error.details = R"([{"pointer":"/a"}])";
  error.http_status = 400;
  error.vendor_code = 9'007'199'254'740'993;
  error.retry_after = std::chrono::seconds{90};
  EXPECT_EQ(error.to_json(),
            R"({"class":"quota","fault":"vendor","message":"Four campaigns an hour.",)"
            R"("advice":"Wait.","details":[{"pointer":"/a"}],"http_status":400,)"
            R"("vendor_code":9007199254740993,"retry_after_ms":90000})");
}

TEST(OperationError, JsonLeavesOutWhatThereIsNot) {
  OperationError error;
  error.message = "Broken.";
  EXPECT_EQ(error.to_json(), R"({"class":"plugin_fault","fault":"connector","message":"Broken."})");
}

}  // namespace
}  // namespace host
