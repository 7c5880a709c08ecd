/*
 * Products of vectors, as fast as this processor can.
 *
 * The widest of AVX-512, AVX2 with FMA and plain C is chosen at the first
 * call.  Vectors need the alignment of a float only.  FAISS uses the same
 * function where the linker could put it in place of its own (configure.ac).
 * Any thread may call these.
 */
#ifndef MEMORY_DOT_H
#define MEMORY_DOT_H

#include <stddef.h>

/* The inner product of two vectors of `width` floats. */
float dot_product(const float *a, const float *b, size_t width);

/* The inner products of `question` with `count` rows of `width` floats that
 * stand one behind the other; several rows a pass, so that long scans run at
 * the speed of the memory. */
void dot_rows(const float *question, const float *rows, size_t count,
              size_t width, float *products);

/* What was chosen: "avx512", "avx2" or "portable". */
const char *dot_kernel(void);

/* The kernels that this processor has, best first, for tests: selects the
 * i-th for the whole process and gives its name, or NULL past the last. */
const char *dot_select(size_t i);

#endif
