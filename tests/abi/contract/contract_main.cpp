// abi_contract: drives one plugin through the C ABI only, without a network.
//   CPI_PLUGIN   its library; the manifest lies beside it
//   CPI_ANSWERS  the folder with the canned answers
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "contract_test.hpp"

namespace {

struct Examined {
  contract::PluginUnderTest plugin;
  contract::LoadedPlugin loaded;
};

Examined &examined() {
  static Examined it = [] {
    const char *library = std::getenv("CPI_PLUGIN");   // NOLINT(concurrency-mt-unsafe)
    const char *answers = std::getenv("CPI_ANSWERS");  // NOLINT(concurrency-mt-unsafe)
    if (library == nullptr || answers == nullptr) {
      throw std::runtime_error("set CPI_PLUGIN and CPI_ANSWERS");
    }
    return Examined{.plugin = contract::read_plugin(library, answers),
                    .loaded = contract::LoadedPlugin(library)};
  }();
  return it;
}

}  // namespace

const contract::PluginUnderTest &contract::plugin_under_test() {
  return examined().plugin;
}
const contract::LoadedPlugin &contract::loaded_plugin() {
  return examined().loaded;
}

bool contract::in_this_run([[maybe_unused]] std::size_t index) {
#ifdef __SANITIZE_ADDRESS__
  std::size_t number = 1;
  std::size_t of = 1;
  const char *share = std::getenv("CONNECTOR_SHARE");  // NOLINT(concurrency-mt-unsafe)
  if (share != nullptr && std::sscanf(share, "%zu/%zu", &number, &of) == 2 && of > 0)
    return index % of + 1 == number;
#endif
  return true;
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    examined();
  } catch (const std::exception &e) {
    std::cerr << "abi_contract: " << e.what() << '\n';
    return 64;
  }
  const int result = RUN_ALL_TESTS();
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
    std::cerr << "abi_contract: the filter leaves no test\n";
    return 64;
  }
  return result;
}
