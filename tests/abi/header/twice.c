/* The header alone in a translation unit, twice, with its macros used. Compiled as C and as C++. */
#include "cpi/plugin.h"
#include "cpi/plugin.h"

int header_covers(const cpi_answer *answer);
int header_covers(const cpi_answer *answer) { return CPI_HAS(answer, cpi_answer, detail) ? 1 : 0; }

uint32_t header_through(void);
uint32_t header_through(void) { return CPI_THROUGH(cpi_plugin, extension); }

cpi_plugin_entry_fn header_entry(void);
cpi_plugin_entry_fn header_entry(void) { return &cpi_plugin_entry_v1; }

const char *header_names(void);
const char *header_names(void) { return CPI_PLUGIN_ENTRY; }
