/*
 * Half precision by way of the bits of a float.
 *
 * Source: F. Giesen, "Float->half variants" (2012), round to nearest even:
 * the adder of a float does the rounding of what becomes subnormal.
 */
#include "store/half.h"

#include <stdint.h>

#include "base/banned.h"

#define SIGN       UINT32_C(0x80000000)
#define POWER(e)   ((uint32_t)(127 + (e)) << 23)  /* 2^e as a float's bits */
#define INFINITE   POWER(128)
#define TOO_LARGE  POWER(16)
#define LEAST      POWER(-14)                     /* that is not subnormal */
#define ROUNDER    POWER(-1)     /* its last bit is the least of a half */
#define REBIAS     ((uint32_t)(127 - 15) << 23)

enum { HALF_SIGN = 0x8000, HALF_NAN = 0x7E00, HALF_INFINITE = 0x7C00 };

union bits {
    float    value;
    uint32_t word;
};

static uint32_t
to_half(float value)
{
    const union bits rounder = { .word = ROUNDER };
    union bits       f = { .value = value };
    uint32_t         sign = f.word & SIGN;

    f.word ^= sign;
    if (f.word >= TOO_LARGE) {
        f.word = f.word > INFINITE ? HALF_NAN : HALF_INFINITE;
    } else if (f.word < LEAST) {
        f.value += rounder.value;
        f.word -= rounder.word;
    } else {
        uint32_t odd = f.word >> 13 & 1;

        f.word = (f.word - REBIAS + 0xFFF + odd) >> 13;
    }
    return f.word | sign >> 16;
}

static float
from_half(uint32_t half)
{
    const union bits scale = { .word = POWER(112) };
    const union bits most = { .word = TOO_LARGE };
    union bits       f = { .word = (half & (HALF_SIGN - 1)) << 13 };

    f.value *= scale.value;
    if (f.value >= most.value)
        f.word |= INFINITE;
    f.word |= (half & HALF_SIGN) << 16;
    return f.value;
}

void
half_write(const float *values, size_t count, unsigned char *bytes)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t half = to_half(values[i]);

        bytes[HALF_BYTES * i] = (unsigned char)(half & 0xFF);
        bytes[HALF_BYTES * i + 1] = (unsigned char)(half >> 8);
    }
}

void
half_read(const unsigned char *bytes, size_t count, float *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = from_half((uint32_t)bytes[HALF_BYTES * i] |
                              (uint32_t)bytes[HALF_BYTES * i + 1] << 8);
}
