#include "plugins/error_class.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace host {
namespace {

TEST(ErrorClass, EveryClassOfTheAbiHasItsOwnNameAndIsFoundByIt) {
  std::set<std::string_view> names;
  for (cpi_class number = CPI_CLASS_PLUGIN_FAULT; number <= CPI_CLASS_LIMITATION; ++number) {
    const ErrorClass error_class = error_class_of(number);
    EXPECT_EQ(static_cast<cpi_class>(error_class), number);
    EXPECT_TRUE(names.insert(name(error_class)).second) << name(error_class);
    EXPECT_EQ(error_class_named(name(error_class)), error_class);
  }
  EXPECT_EQ(names.size(), 16u);
}

TEST(ErrorClass, TheNumbersMeanWhatTheHeaderSays) {
  EXPECT_EQ(name(error_class_of(CPI_CLASS_AUTH_EXPIRED)), "auth_expired");
  EXPECT_EQ(name(error_class_of(CPI_CLASS_NEEDS_REAUTH)), "needs_reauth");
  EXPECT_EQ(name(error_class_of(CPI_CLASS_UNKNOWN_OUTCOME)), "unknown_outcome");
  EXPECT_EQ(name(error_class_of(CPI_CLASS_LIMITATION)), "limitation");
}

TEST(ErrorClass, AnUnknownClassIsThePluginsFault) {
  for (const cpi_class number : {0, -1, CPI_CLASS_LIMITATION + 1, 4711, INT32_MIN, INT32_MAX})
    EXPECT_EQ(error_class_of(number), ErrorClass::plugin_fault) << number;
  EXPECT_EQ(error_class_named("nonsense"), std::nullopt);
  EXPECT_EQ(error_class_named(""), std::nullopt);
}

TEST(ErrorClass, TheHostsOwnClassIsNotOfTheAbi) {
  EXPECT_EQ(name(ErrorClass::host_fault), "host_fault");
  EXPECT_EQ(error_class_named("host_fault"), ErrorClass::host_fault);
}

TEST(Fault, NamesAndUnknownOnes) {
  EXPECT_EQ(name(fault_of(CPI_FAULT_USER)), "user");
  EXPECT_EQ(name(fault_of(CPI_FAULT_VENDOR)), "vendor");
  EXPECT_EQ(name(fault_of(CPI_FAULT_CONNECTOR)), "connector");
  EXPECT_EQ(name(fault_of(CPI_FAULT_HOST)), "host");
  EXPECT_EQ(fault_of(0), Fault::connector);
  EXPECT_EQ(fault_of(99), Fault::connector);
}

}  // namespace
}  // namespace host
