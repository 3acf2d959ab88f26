/* Is another plugin. */
#include "tiny.h"

TINY_PLUGIN(.id = TINY_STR("huge"))
