# What nearly every file includes, parsed once for each kind of target instead of once for each file.
# No file relies on it: each includes what it uses.
set(connector_pch
  <boost/json.hpp>
  <algorithm> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <span>
  <stdexcept> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
set(connector_test_pch <gtest/gtest.h> ${connector_pch})
