// The boundary between C and C++: implements the function table of cpi/plugin.h with a Connector.
// No exception leaves these functions; running out of memory gives a status.
#pragma once

#include "cpi/plugin.h"
#include "cpi/sdk/connector.hpp"

namespace cpi {

// Registers a plugin's own handlers on a new connector.
using Configure = void (*)(Connector &);

cpi_status create_connector(const cpi_host *host, std::uint32_t needs_minor, Configure configure,
                            cpi_connector **out) noexcept;
void destroy_connector(cpi_connector *connector) noexcept;
cpi_status begin_operation(cpi_connector *connector, const cpi_begin *args,
                           cpi_operation **out) noexcept;
cpi_status next_step(cpi_operation *operation, const cpi_answer *answer, cpi_step *step) noexcept;
void end_operation(cpi_operation *operation) noexcept;

}  // namespace cpi
