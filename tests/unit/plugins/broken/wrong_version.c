/* Is another release. */
#include "tiny.h"

TINY_PLUGIN(.version = TINY_STR("9.9.9"))
