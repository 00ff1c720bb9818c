/*
 * memory.h - how the process uses its memory and its descriptors; one call at the start of main.
 */
#ifndef CARTWAY_MEMORY_H
#define CARTWAY_MEMORY_H

#include <stdint.h>

/* Tells malloc to keep bodies of 128 KB and more in its heap instead of mapping and unmapping each of
 * them (measured: 2.4 times the CPU of a 144 KB pass-through), and how many arenas `threads` need.
 * Call it before the first thread starts. */
void memory_tune(uint32_t threads);

/* Raises the soft limit of open descriptors to what `connections` clients need: two each (a client,
 * its shop) and 1,024 for the rest, as far as the hard limit allows.  Returns the limit then in force. */
uint64_t memory_descriptors(uint32_t connections);

#endif
