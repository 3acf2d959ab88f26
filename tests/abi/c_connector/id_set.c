/* id_set.c: see id_set.h for the format. */
#include "id_set.h"

#include <stdlib.h>

size_t id_pack(uint8_t *out, uint64_t previous, uint64_t id) {
  uint64_t distance = id - previous;
  size_t size = 0;
  for (; distance >= 0x80; distance >>= 7) out[size++] = (uint8_t)(distance | 0x80);
  out[size++] = (uint8_t)distance;
  return size;
}

/* Takes one number off the front; false when it is cut off or too large. */
static bool take_number(cpi_bytes *packed, uint64_t *number) {
  uint64_t result = 0;
  for (unsigned shift = 0; packed->size > 0 && shift < 64; shift += 7) {
    const uint8_t byte = *packed->data++;
    --packed->size;
    if (shift == 63 && byte > 1) return false;
    result |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) {
      *number = result;
      return true;
    }
  }
  return false;
}

id_set_read id_set_unpack(cpi_bytes packed, id_set *set) {
  if (packed.size == 0) {
    *set = (id_set){NULL, 0};
    return ID_SET_READ;
  }
  if (packed.data[0] != ID_SET_VERSION) return ID_SET_FOREIGN;
  /* No id takes less than a byte, and the version's byte makes this at least one. */
  uint64_t *ids = malloc(packed.size * sizeof *ids);
  if (ids == NULL) return ID_SET_NO_MEMORY;
  ++packed.data;
  --packed.size;
  size_t count = 0;
  uint64_t previous = 0;
  while (packed.size > 0) {
    uint64_t distance = 0;
    const bool good = take_number(&packed, &distance) && distance <= UINT64_MAX - previous &&
                      (distance > 0 || count == 0);
    if (!good) {
      free(ids);
      return ID_SET_FOREIGN;
    }
    previous += distance;
    ids[count++] = previous;
  }
  *set = (id_set){ids, count};
  return ID_SET_READ;
}

bool id_set_has(const id_set *set, uint64_t id) {
  size_t low = 0;
  size_t high = set->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (set->ids[middle] == id) return true;
    if (set->ids[middle] < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

void id_set_free(id_set *set) {
  free(set->ids);
  *set = (id_set){NULL, 0};
}
