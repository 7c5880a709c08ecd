/* Sums that find damage. */
#include "unit/check.h"

#include "base/checksum.h"

#include "base/banned.h"

enum { LEN = 300 };

static void
fill(unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)(i * 37 + i / 256 * 5 + 11);
}

static void
every_changed_bit_of_every_length_is_found(void **state)
{
    unsigned char bytes[LEN];

    (void)state;
    fill(bytes, sizeof(bytes));
    for (size_t len = 1; len <= LEN; len += 7) {
        uint64_t sum = checksum_of(bytes, len);

        for (size_t bit = 0; bit < len * 8; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_true(checksum_of(bytes, len) != sum);
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        assert_true(checksum_of(bytes, len) == sum);
    }
}

static void
lengths_and_zeros_count(void **state)
{
    static const unsigned char zeros[LEN];
    uint64_t                   before = checksum_of(zeros, 0);

    (void)state;
    for (size_t len = 1; len <= LEN; len++) {
        assert_true(checksum_of(zeros, len) != before);
        before = checksum_of(zeros, len);
    }
}

static void
exchanged_words_are_found(void **state)
{
    unsigned char bytes[LEN], other[LEN];

    (void)state;
    fill(bytes, sizeof(bytes));
    for (size_t from = 0; from + 16 <= LEN; from += 8)
        for (size_t to = from + 8; to + 8 <= LEN; to += 8) {
            memcpy(other, bytes, LEN);
            memcpy(other + from, bytes + to, 8);
            memcpy(other + to, bytes + from, 8);
            assert_true(checksum_of(other, LEN) != checksum_of(bytes, LEN));
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_changed_bit_of_every_length_is_found),
        cmocka_unit_test(lengths_and_zeros_count),
        cmocka_unit_test(exchanged_words_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
