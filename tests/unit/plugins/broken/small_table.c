/* A table that ends before its functions. */
#include "tiny.h"

TINY_PLUGIN(.struct_size = CPI_THROUGH(cpi_plugin, manifest_sha256))
