/* What zlib packed comes out again, however it is cut. */
#include "unit/check.h"

#include <zlib.h>

#include "platform/gunzip.h"

#include "base/banned.h"

enum { LEN = 3000, PACKED_MAX = 8000 };

static size_t
pack(const char *bytes, size_t len, char *packed)
{
    z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)bytes,
                   .avail_in = (uInt)len, .next_out = (Bytef *)packed,
                   .avail_out = PACKED_MAX / 2 };

    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8,
                                  Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    return PACKED_MAX / 2 - z.avail_out;
}

/* Unpacks pieces of so many bytes into so many; the bytes that came out. */
static size_t
unpack(struct str packed, size_t piece, size_t room, char *out, bool *whole)
{
    struct arena   a = ARENA_INIT;
    struct gunzip *g = gunzip_new(&a);
    struct str     rest = STR_NONE;
    struct error   err;
    size_t         len = 0, got;

    do {
        if (rest.len == 0) {
            rest = str_slice(packed, 0, piece);
            packed = str_slice(packed, piece, packed.len);
        }
        assert_int_equal(gunzip_some(g, &rest, out + len, room, &got, &err),
                         OK);
        len += got;
    } while (got || rest.len || packed.len);
    *whole = gunzip_is_whole(g);
    arena_release(&a);
    return len;
}

static void
members_come_out_however_they_are_cut(void **state)
{
    static char bytes[LEN], packed[PACKED_MAX], out[2 * LEN + PACKED_MAX];
    size_t      len;
    bool        whole;

    (void)state;
    for (size_t i = 0; i < LEN; i++)
        bytes[i] = (char)(i * i % 251);
    len = pack(bytes, LEN, packed);
    len += pack(bytes, LEN, packed + len);
    for (size_t piece = 1; piece < 100; piece += 9)
        for (size_t room = 1; room < PACKED_MAX; room = room * 3 + 1) {
            assert_int_equal(unpack((struct str){ packed, len }, piece, room,
                                    out, &whole), 2 * LEN);
            assert_true(whole);
            assert_memory_equal(out, bytes, LEN);
            assert_memory_equal(out + LEN, bytes, LEN);
        }
    assert_true(unpack((struct str){ packed, len - 1 }, 64, 64, out, &whole) <=
                2 * LEN);
    assert_false(whole);
}

static void
damage_is_found(void **state)
{
    static const char zeros[64];
    char              packed[PACKED_MAX], out[256];
    size_t            len = pack(zeros, sizeof(zeros), packed), got;

    (void)state;
    for (size_t at = 0; at < len; at++) {
        struct arena   a = ARENA_INIT;
        struct gunzip *g = gunzip_new(&a);
        struct str     rest = { packed, len };
        struct error   err;
        enum status    st = OK;

        packed[at] ^= 1;
        while (st == OK && rest.len)
            st = gunzip_some(g, &rest, out, sizeof(out), &got, &err);
        /* Bytes 3 to 9 tell that it is text, a time, a system. */
        assert_true(st == ERR_INPUT || !gunzip_is_whole(g) ||
                    (at >= 3 && at < 10));
        packed[at] ^= 1;
        arena_release(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_out_however_they_are_cut),
        cmocka_unit_test(damage_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
