/* Eight sums beside each other, so that the processor can overlap them. */
#include "base/checksum.h"

#include <string.h>

#include "base/banned.h"

enum { LANES = 8, BLOCK = LANES * sizeof(uint64_t) };

/* For a given `sum` no two words give the same, and the other way round: each
 * step can be undone. */
static uint64_t
step(uint64_t sum, uint64_t word)
{
    sum ^= word;
    sum = sum << 29 | sum >> 35;
    return sum * UINT64_C(0x9E3779B97F4A7C15);
}

static void
add_block(uint64_t sums[LANES], const char *block)
{
    uint64_t words[LANES];

    memcpy(words, block, sizeof(words));
    for (size_t i = 0; i < LANES; i++)
        sums[i] = step(sums[i], words[i]);
}

uint64_t
checksum_more(uint64_t sum, const void *bytes, size_t len)
{
    const char *next = bytes;
    uint64_t    sums[LANES];
    char        rest[BLOCK] = { 0 };
    size_t      left = len;

    for (size_t i = 0; i < LANES; i++)
        sums[i] = sum + i;
    for (; left >= BLOCK; left -= BLOCK, next += BLOCK)
        add_block(sums, next);
    if (left) {
        memcpy(rest, next, left);
        add_block(sums, rest);
    }
    sum = step(sum, len);
    for (size_t i = 0; i < LANES; i++)
        sum = step(sum, sums[i]);
    return sum;
}

uint64_t
checksum_of(const void *bytes, size_t len)
{
    return checksum_more(0, bytes, len);
}
