#pragma once

#include <cstdint>
#include <vector>

namespace host {

using Bytes = std::vector<std::uint8_t>;

}  // namespace host
