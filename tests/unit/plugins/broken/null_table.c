/* The entry gives nothing. */
#include "cpi/plugin.h"

const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void) {
  return 0;
}
