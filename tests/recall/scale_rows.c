/*
 * Prints rows of made-up memories as LOAD DATA reads them; tests/recall/scale
 * runs it.
 *
 *     scale_rows memory|session FIRST_VAULT VAULTS MEMORIES
 *     scale_rows embedding FIRST_VAULT VAULTS MEMORIES MODEL_ID DIMENSIONS
 */
#include <stdio.h>
#include <stdlib.h>

#include "memory/split.h"
#include "platform/crypto.h"
#include "recall/made.h"

#include "base/banned.h"

/* Memories spread over the year 2025. */
static const int64_t YEAR_BEGIN_MS = 1735689600000, YEAR_MS = 31536000000;

enum { SESSIONS_PER_VAULT_MAX = 1 << 20 };

struct rows {
    uint64_t first_vault, vaults, memories;
    uint64_t model_id, dimensions;
};

static unsigned long long
session_of(uint64_t vault, uint64_t seq)
{
    return vault * SESSIONS_PER_VAULT_MAX + (seq - 1) / MADE_SESSION_ROWS + 1;
}

static void
print_hex(const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < count; i++) {
        putchar(digits[bytes[i] >> 4]);
        putchar(digits[bytes[i] & 15]);
    }
}

/* The columns of `memory` that have no default, hash in hex. */
static void
print_memory(const struct rows *r, uint64_t vault, uint64_t seq)
{
    struct buf text = BUF_INIT(MADE_TEXT_MAX);
    uint8_t    hash[CRYPTO_HASH_BYTES];
    int64_t    ms = YEAR_BEGIN_MS + (int64_t)seq * (YEAR_MS /
                                                    (int64_t)r->memories);

    made_text(&text, vault, seq);
    crypto_hash_text(buf_str(&text), hash);
    printf("%llu\t%llu\t%llu\t%llu\t%llu\t0\t%llu\t\t%.*s\t",
           (unsigned long long)vault, (unsigned long long)seq,
           (unsigned long long)seq, session_of(vault, seq),
           (unsigned long long)(seq - (seq - 1) % 2),
           (unsigned long long)((seq - 1) % 2), STR_ARG(buf_str(&text)));
    print_hex(hash, sizeof(hash));
    printf("\t%zu\t%lld\t%lld\tscale\n", split_tokens(buf_str(&text)),
           (long long)ms, (long long)ms);
    buf_release(&text);
}

static void
print_session(const struct rows *r, uint64_t vault, uint64_t seq)
{
    (void)r;
    if ((seq - 1) % MADE_SESSION_ROWS)
        return;
    printf("%llu\t%llu\tsession %llu\t%lld\n", session_of(vault, seq),
           (unsigned long long)vault,
           (unsigned long long)((seq - 1) / MADE_SESSION_ROWS + 1),
           (long long)YEAR_BEGIN_MS);
}

/* A number of length 1 at most as a half: no infinity, and what is too small
 * is nothing. */
static unsigned
to_half(float number)
{
    uint32_t bits;
    int32_t  exponent;

    memcpy(&bits, &number, sizeof(bits));
    exponent = (int32_t)(bits >> 23 & 255) - 127 + 15;
    if (exponent <= 0)
        return 0;
    return (bits >> 16 & 0x8000) + ((uint32_t)exponent << 10) +
           (((bits & 0x7FFFFF) + 0x1000) >> 13);
}

static void
print_embedding(const struct rows *r, uint64_t vault, uint64_t seq)
{
    float   vector[MADE_DIMENSIONS_MAX];
    uint8_t halves[2 * MADE_DIMENSIONS_MAX];

    made_vector(vector, r->dimensions, vault, seq);
    for (size_t i = 0; i < r->dimensions; i++) {
        unsigned half = to_half(vector[i]);

        halves[2 * i] = (uint8_t)half;
        halves[2 * i + 1] = (uint8_t)(half >> 8);
    }
    printf("%llu\t%llu\t%llu\t", (unsigned long long)vault,
           (unsigned long long)r->model_id, (unsigned long long)seq);
    print_hex(halves, 2 * r->dimensions);
    printf("\t%lld\n", (long long)YEAR_BEGIN_MS);
}

static void
print_all(const struct rows *r,
          void (*print)(const struct rows *r, uint64_t vault, uint64_t seq))
{
    for (uint64_t v = 0; v < r->vaults; v++)
        for (uint64_t seq = 1; seq <= r->memories; seq++)
            print(r, r->first_vault + v, seq);
}

int
main(int argc, char **argv)
{
    struct rows  r = { 0 };
    uint64_t    *numbers[] = { &r.first_vault, &r.vaults, &r.memories,
                               &r.model_id, &r.dimensions };
    struct error err;

    for (int i = 2; i < argc && i < 7; i++)
        *numbers[i - 2] = strtoull(argv[i], NULL, 10);
    if (argc < 5 || r.memories == 0 || r.dimensions > MADE_DIMENSIONS_MAX ||
        crypto_init(&err) != OK)
        return 2;
    if (strcmp(argv[1], "memory") == 0)
        print_all(&r, print_memory);
    else if (strcmp(argv[1], "session") == 0)
        print_all(&r, print_session);
    else if (strcmp(argv[1], "embedding") == 0 && r.dimensions > 0)
        print_all(&r, print_embedding);
    else
        return 2;
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
