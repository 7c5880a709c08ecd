/*
 * FNV-1a, 64 bits: quick and good enough for tables of words; not for keeping
 * anybody out.  Source: Fowler, Noll, Vo; draft-eastlake-fnv.
 */
#ifndef MEMORY_HASH_H
#define MEMORY_HASH_H

#include "base/str.h"

#define HASH_START UINT64_C(0xCBF29CE484222325)

/* The hash of what gave `hash` and then s. */
static inline uint64_t
hash_more(uint64_t hash, struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001B3);
    return hash;
}

#endif
