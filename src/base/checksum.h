/*
 * A 64-bit sum over bytes, at the speed of memory, to find damage on disks;
 * not against anybody who means harm.  Any change within one aligned word of
 * 8 bytes gives another sum; other changes go unseen once in 2^64.  Bytes are
 * taken in the order of the processor.  Pure functions.
 */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t checksum_of(const void *bytes, size_t len);

/* The sum of what gave `sum` (0 at the beginning) and then of these. */
uint64_t checksum_more(uint64_t sum, const void *bytes, size_t len);

#endif
