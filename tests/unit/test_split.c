/* Cutting texts into pieces. */
#include "unit/check.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "memory/split.h"

#include "base/banned.h"

static struct str
piece(struct arena *a, const char *text, size_t tokens, size_t i,
      size_t *count)
{
    struct str *pieces;

    split_text(a, str_from(text), tokens, &pieces, count);
    return i < *count ? pieces[i] : STR_NONE;
}

static void
short_texts_stay_whole(void **state)
{
    struct arena a = ARENA_INIT;
    size_t       count;

    (void)state;
    check_str(piece(&a, "  One. Two.\n\nThree. ", 16, 0, &count),
              "One. Two.\n\nThree.");
    assert_int_equal(count, 1);
    (void)piece(&a, " \n\t ", 16, 0, &count);
    assert_int_equal(count, 0);
    (void)piece(&a, "", 16, 0, &count);
    assert_int_equal(count, 0);
    arena_release(&a);
}

static void
long_texts_are_cut_at_sentence_ends(void **state)
{
    static const char text[] =
        "We drove to the lake early in the morning, all of us. \"It is cold "
        "today!\" said my sister. Then we rented two boats, a red one and a "
        "blue one, and rowed across.";
    struct arena a = ARENA_INIT;
    size_t       count;

    (void)state;
    check_str(piece(&a, text, 16, 0, &count),
              "We drove to the lake early in the morning, all of us.");
    check_str(piece(&a, text, 16, 1, &count),
              "\"It is cold today!\" said my sister.");
    check_str(piece(&a, text, 16, 2, &count),
              "Then we rented two boats, a red one and a blue one, "
              "and rowed across.");
    assert_int_equal(count, 3);
    arena_release(&a);
}

static void
dense_scripts_are_cut_behind_their_full_stops(void **state)
{
    static const char text[] =
        "我最喜欢的颜色是蓝色。我住在北京已经十年了。我的狗叫小白！你喜欢什么？请告诉我。";
    struct arena a = ARENA_INIT;
    size_t       count;

    (void)state;
    check_str(piece(&a, text, 16, 0, &count), "我最喜欢的颜色是蓝色。");
    check_str(piece(&a, text, 16, 1, &count), "我住在北京已经十年了。");
    check_str(piece(&a, text, 16, 2, &count), "我的狗叫小白！你喜欢什么？请告诉我。");
    arena_release(&a);
}

static void
tokens_are_estimated_by_script(void **state)
{
    (void)state;
    assert_int_equal(split_tokens(STR("")), 0);
    assert_int_equal(split_tokens(STR("a")), 1);
    assert_int_equal(split_tokens(STR("four four four!!")), 4);
    assert_int_equal(split_tokens(STR("颜色是蓝色")), 5);
}

/* Appends the text without the spaces that make_text() writes. */
static void
add_solid(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != ' ' && text.ptr[i] != '\n')
            buf_add_byte(b, text.ptr[i]);
}

static uint32_t
next_number(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void
make_text(struct buf *b, uint32_t *seed)
{
    static const char *const parts[] = { "a", "word", "длинное", ". ", "! ",
                                         " ", "\n", "\n\n", "。", "蓝", "😀",
                                         "é", "\"", ") ", "...", "        " };
    size_t count = next_number(seed) % 600;

    for (size_t i = 0; i < count; i++)
        buf_add(b, str_from(parts[next_number(seed) % COUNT(parts)]));
}

static void
nothing_is_lost_and_no_piece_is_too_long(void **state)
{
    struct arena a = ARENA_INIT;
    uint32_t     seed = 1;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct buf *text = buf_new(&a, 1 << 20);
        struct buf *want = buf_new(&a, 1 << 20);
        struct buf *got = buf_new(&a, 1 << 20);
        size_t      tokens = 16 + next_number(&seed) % 100, count;
        struct str *pieces;

        make_text(text, &seed);
        split_text(&a, buf_str(text), tokens, &pieces, &count);
        for (size_t i = 0; i < count; i++) {
            assert_true(pieces[i].len > 0);
            assert_true(utf8_valid(pieces[i]));
            assert_true(split_tokens(pieces[i]) <= tokens + tokens / 2 + 1);
            add_solid(got, pieces[i]);
        }
        add_solid(want, buf_str(text));
        assert_true(str_equal(buf_str(got), buf_str(want)));
        arena_reset(&a);
    }
    arena_release(&a);
}

static void
a_word_without_end_is_cut_between_code_points(void **state)
{
    struct arena a = ARENA_INIT;
    struct buf  *b = buf_new(&a, 1 << 20);
    struct str  *pieces;
    size_t       count;

    (void)state;
    for (int i = 0; i < 1000; i++)
        buf_add(b, STR("ж"));
    split_text(&a, buf_str(b), 16, &pieces, &count);
    assert_true(count >= 20);
    for (size_t i = 0; i < count; i++)
        assert_true(utf8_valid(pieces[i]));
    arena_release(&a);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_texts_stay_whole),
        cmocka_unit_test(long_texts_are_cut_at_sentence_ends),
        cmocka_unit_test(dense_scripts_are_cut_behind_their_full_stops),
        cmocka_unit_test(tokens_are_estimated_by_script),
        cmocka_unit_test(nothing_is_lost_and_no_piece_is_too_long),
        cmocka_unit_test(a_word_without_end_is_cut_between_code_points),
    };

    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
