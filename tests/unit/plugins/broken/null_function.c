/* A table with a hole. */
#include "tiny.h"

TINY_PLUGIN(.next = NULL)
