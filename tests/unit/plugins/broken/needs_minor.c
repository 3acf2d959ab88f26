/* Wants a newer host. */
#include "tiny.h"

TINY_PLUGIN(.abi_minor = CPI_ABI_MINOR + 7, .needs_minor = CPI_ABI_MINOR + 7)
