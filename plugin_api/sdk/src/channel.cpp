#include "cpi/sdk/channel.hpp"

namespace cpi {

std::string_view Response::header(std::string_view lower_case_name) const noexcept {
  for (const cpi_header &header : headers()) {
    if (view(header.name) == lower_case_name) return view(header.value);
  }
  return {};
}

}  // namespace cpi
