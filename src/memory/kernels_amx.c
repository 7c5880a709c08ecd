/*
 * Products by the matrix unit of x86 processors (AMX); the rest is AVX-512.
 * A tile is 16 rows of 64 bytes: of activations 16 rows and 64 inputs, of the
 * matrix 64 inputs and 16 columns, of products 16 rows and 16 columns.
 * Source: Intel, Instruction Set Extensions Programming Reference, chapter 3.
 */
#include "memory/kernels_amx.h"

#ifdef __x86_64__

#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("amx-tile,amx-int8"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("amx-tile,amx-int8")
#endif

#include "base/banned.h"

enum { TILE = 16, TILES = 8, TILE_BYTES = 64 };

/* What LDTILECFG reads. */
struct shapes {
    uint8_t  palette;
    uint8_t  start_row;
    uint8_t  reserved[14];
    uint16_t row_bytes[16];
    uint8_t  rows[16];
};

static void
whole_tiles(void)
{
    struct shapes shapes = { .palette = 1 };

    for (size_t i = 0; i < TILES; i++) {
        shapes.row_bytes[i] = TILE_BYTES;
        shapes.rows[i] = TILE;
    }
    _tile_loadconfig(&shapes);
}

/* The numbers of tiles are part of the instructions: 0-3 are products, 4 and
 * 5 activations, 6 and 7 of the matrix. */
static void
two_by_two(const struct kernels_matrix *m, const int8_t *columns,
           const uint8_t *rows, int32_t *products)
{
    const size_t below = m->out * TILE, stride = m->out * sizeof(int32_t);

    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t i = 0; i < m->in; i += 64) {
        _tile_loadd(6, columns + i * 64, 256);
        _tile_loadd(4, rows + i, m->in);
        _tile_dpbusd(0, 4, 6);
        _tile_loadd(7, columns + i * 64 + 64, 256);
        _tile_dpbusd(1, 4, 7);
        _tile_loadd(5, rows + TILE * m->in + i, m->in);
        _tile_dpbusd(2, 5, 6);
        _tile_dpbusd(3, 5, 7);
    }
    _tile_stored(0, products, stride);
    _tile_stored(1, products + TILE, stride);
    _tile_stored(2, products + below, stride);
    _tile_stored(3, products + below + TILE, stride);
}

static void
one_by_four(const struct kernels_matrix *m, const int8_t *columns,
            const uint8_t *rows, int32_t *products)
{
    const size_t stride = m->out * sizeof(int32_t);

    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t i = 0; i < m->in; i += 64) {
        _tile_loadd(4, rows + i, m->in);
        _tile_loadd(5, columns + i * 64, 256);
        _tile_dpbusd(0, 4, 5);
        _tile_loadd(6, columns + i * 64 + 64, 256);
        _tile_dpbusd(1, 4, 6);
        _tile_loadd(7, columns + i * 64 + 128, 256);
        _tile_dpbusd(2, 4, 7);
        _tile_loadd(5, columns + i * 64 + 192, 256);
        _tile_dpbusd(3, 4, 5);
    }
    _tile_stored(0, products, stride);
    _tile_stored(1, products + TILE, stride);
    _tile_stored(2, products + 2 * TILE, stride);
    _tile_stored(3, products + 3 * TILE, stride);
}

void
kernels_amx_multiply(const struct kernels_matrix *m, const uint8_t *rows,
                     size_t count, int32_t *products)
{
    whole_tiles();
    for (size_t c = 0; c < m->out; c += 64) {
        const int8_t *panel = m->panels + c * m->in;
        size_t        r = 0;

        for (; r + TILE < count; r += 2 * TILE) {
            two_by_two(m, panel, rows + r * m->in, products + r * m->out + c);
            two_by_two(m, panel + 2 * TILE * 4, rows + r * m->in,
                       products + r * m->out + c + 2 * TILE);
        }
        if (r < count)
            one_by_four(m, panel, rows + r * m->in,
                        products + r * m->out + c);
    }
    _tile_release();
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
