/* Nothing is wrong with what it answers, but it never leaves memory (linked with -z nodelete). */
#include "tiny.h"

TINY_PLUGIN(.build = TINY_STR("stays"))
