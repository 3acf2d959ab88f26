/* Was built with another manifest. */
#include "tiny.h"

TINY_PLUGIN(.manifest_sha256 = {0xAB, 0xCD})
