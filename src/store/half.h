/*
 * Half precision (IEEE 754 binary16), little-endian: the form in which vectors
 * are stored.  Exact, rounded to the nearest, ties to even; values beyond the
 * range become infinite.  Any thread.
 */
#ifndef STORE_HALF_H
#define STORE_HALF_H

#include <stddef.h>

enum { HALF_BYTES = 2 };

/* count values into count * HALF_BYTES bytes, and back. */
void half_write(const float *values, size_t count, unsigned char *bytes);
void half_read(const unsigned char *bytes, size_t count, float *values);

#endif
