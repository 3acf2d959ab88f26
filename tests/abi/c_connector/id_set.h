/* id_set.h: a set of 64-bit ids, and the bytes it is kept in between polls.
 *
 * Packed: one byte 0x01 (the version), then the ids in rising order, each as its distance from the
 * one before, seven bits a byte, the lowest first (LEB128). Dense ids take one byte each. */
#ifndef ID_SET_H
#define ID_SET_H

#include <stdbool.h>

#include "cpi/plugin.h"

typedef struct id_set {
  uint64_t *ids; /* rising, no two alike; malloc */
  size_t count;
} id_set;

typedef enum id_set_read { ID_SET_READ, ID_SET_FOREIGN, ID_SET_NO_MEMORY } id_set_read;

/* Reads packed bytes; no bytes at all are the empty set. `set` is written on ID_SET_READ only. */
id_set_read id_set_unpack(cpi_bytes packed, id_set *set);

bool id_set_has(const id_set *set, uint64_t id);

/* Packs one more id, greater than `previous`, behind `out`; at most ID_PACKED_MAX bytes. */
enum { ID_PACKED_MAX = 10, ID_SET_VERSION = 1 };
size_t id_pack(uint8_t *out, uint64_t previous, uint64_t id);

void id_set_free(id_set *set);

#endif
