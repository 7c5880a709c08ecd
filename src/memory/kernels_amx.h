/* Products by the matrix unit of x86 processors, for kernels_avx512.c. */
#ifndef MEMORY_KERNELS_AMX_H
#define MEMORY_KERNELS_AMX_H

#include "memory/kernels.h"

/* kernels.multiply, once the system lets this process use the unit. */
void kernels_amx_multiply(const struct kernels_matrix *m, const uint8_t *rows,
                          size_t count, int32_t *products);

#endif
