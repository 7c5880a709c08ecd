/* Words, pieces and their limits, with a small vocabulary.  tests/bench/tokens
 * compares with Hugging Face's tokeniser and a real one. */
#include "unit/check.h"

#include "memory/tokenizer.h"

#include "base/banned.h"

static const char *const words[] = {
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "un", "##want", "##ed", "runn",
    "##ing", ",", "want", "!", "a", "##a", "##aa", "b", "[", "]", "sep", "cafe",
    "\xE4\xB8\xAD", "\xE6\x96\x87", "#", "$", "0", "##1", "strasse", "\xC3\x9F",
    "Cafe", "##\xC3\xA9",
};

enum { WORDS = COUNT(words) };

struct fixture {
    uint32_t      starts[WORDS + 1];
    char          texts[400];
    uint32_t      slots[256];
    struct pieces pieces;
};

static void
open_vocabulary(struct fixture *f)
{
    struct str   strs[WORDS];
    struct error err;

    for (size_t i = 0; i < WORDS; i++)
        strs[i] = str_from(words[i]);
    memset(f, 0, sizeof(*f));
    assert_true(pieces_slot_count(WORDS) <= COUNT(f->slots));
    assert_true(pieces_fill(strs, WORDS, f->starts, f->texts, f->slots));
    f->pieces = (struct pieces){ .count = WORDS,
                                 .slot_count = pieces_slot_count(WORDS),
                                 .starts = f->starts, .texts = f->texts,
                                 .slots = f->slots };
    assert_int_equal(pieces_check(&f->pieces, f->starts[WORDS], &err), OK);
}

/* Fails unless the texts give these pieces, separated by spaces. */
static void
check_parts(bool lowercase, const struct str *texts, size_t count, size_t max,
            const char *want)
{
    struct fixture f;
    uint32_t       ids[64];
    struct arena   a = ARENA_INIT;
    struct str     got = STR_NONE;

    open_vocabulary(&f);
    count = tokenizer_run(&f.pieces, lowercase, texts, count, ids, max);
    assert_true(count >= 2 && count <= max);
    for (size_t i = 0; i < count; i++)
        got = arena_printf(&a, "%.*s%s%s", STR_ARG(got), i ? " " : "",
                           words[ids[i]]);
    check_str(got, want);
    arena_release(&a);
}

static void
check(const char *text, const char *want)
{
    struct str s = str_from(text);

    check_parts(true, &s, 1, 64, want);
}

static void
words_become_their_longest_pieces(void **state)
{
    (void)state;
    check("the unwanted running", "[CLS] the un ##want ##ed runn ##ing [SEP]");
    check("aaaa", "[CLS] a ##aa ##a [SEP]");
    check("", "[CLS] [SEP]");
    check(" \t\r\n\v\f\xC2\xA0\xE3\x80\x80", "[CLS] [SEP]");
}

static void
a_word_with_an_unknown_part_is_unknown(void **state)
{
    (void)state;
    check("unwantedx the", "[CLS] [UNK] the [SEP]");
    check("ax", "[CLS] [UNK] [SEP]");
}

static void
case_and_accents_go(void **state)
{
    (void)state;
    check("THE Caf\xC3\xA9 cafe\xCC\x81", "[CLS] the cafe cafe [SEP]");
    check("\xC3\x9F", "[CLS] \xC3\x9F [SEP]");  /* lower case already */
}

static void
a_cased_model_keeps_them(void **state)
{
    struct str text = STR("Cafe Caf\xC3\xA9 a\xC3\xA9 THE");

    (void)state;
    check_parts(false, &text, 1, 64,
                "[CLS] Cafe [UNK] a ##\xC3\xA9 [UNK] [SEP]");
}

static void
punctuation_and_chinese_stand_alone(void **state)
{
    (void)state;
    check("want,!a$b", "[CLS] want , ! a $ b [SEP]");
    check("a\xE4\xB8\xAD\xE6\x96\x87" "b",
          "[CLS] a \xE4\xB8\xAD \xE6\x96\x87 b [SEP]");
}

static void
control_characters_go_without_a_trace(void **state)
{
    (void)state;
    check("t\x01h\xE2\x80\x8B" "e\xEF\xBF\xBD", "[CLS] the [SEP]");
    check("th\xFF" "e", "[CLS] the [SEP]");  /* not UTF-8 */
}

static void
users_cannot_write_special_tokens(void **state)
{
    (void)state;
    check("[SEP]", "[CLS] [ sep ] [SEP]");
    check("a ##ed", "[CLS] a # # [UNK] [SEP]");
}

static void
parts_are_read_as_one_text(void **state)
{
    const struct str parts[] = { STR("the un"), STR_NONE, STR("wanted a") };

    (void)state;
    check_parts(true, parts, COUNT(parts), 64,
                "[CLS] the un ##want ##ed a [SEP]");
}

static void
what_does_not_fit_is_cut_off(void **state)
{
    struct str text = STR("the unwanted running");
    struct str odd = STR("the unwantedx");

    (void)state;
    check_parts(true, &text, 1, 2, "[CLS] [SEP]");
    check_parts(true, &text, 1, 3, "[CLS] the [SEP]");
    check_parts(true, &text, 1, 5, "[CLS] the un ##want [SEP]");
    check_parts(true, &odd, 1, 4, "[CLS] the [UNK] [SEP]");
}

static void
words_beyond_a_hundred_code_points_are_unknown(void **state)
{
    char       text[201 * 2 + 1] = "";
    struct str hundred = { text, 100 }, more = { text, 101 };

    (void)state;
    memset(text, 'a', 101);
    check_parts(true, &more, 1, 64, "[CLS] [UNK] [SEP]");
    text[1] = 'x';
    check_parts(true, &hundred, 1, 64, "[CLS] [UNK] [SEP]");
    memset(text, 'a', 101);
    check_parts(true, &hundred, 1, 4, "[CLS] a ##aa [SEP]");
}

static void
a_word_that_is_there_twice_is_refused(void **state)
{
    const struct str twice[] = { STR("a"), STR("b"), STR("a") };
    uint32_t         starts[4] = { 0 }, slots[16] = { 0 };
    char             texts[4];

    (void)state;
    assert_false(pieces_fill(twice, 3, starts, texts, slots));
}

static void
damaged_vocabularies_are_refused(void **state)
{
    struct fixture f;
    struct error   err;

    (void)state;
    open_vocabulary(&f);
    f.starts[3]++;
    assert_int_equal(pieces_check(&f.pieces, f.starts[WORDS] + 1, &err),
                     ERR_INPUT);
    f.starts[3] = 300;
    assert_int_equal(pieces_check(&f.pieces, f.starts[WORDS], &err),
                     ERR_INPUT);
    open_vocabulary(&f);
    f.slots[7] = WORDS + 1;
    assert_int_equal(pieces_check(&f.pieces, f.starts[WORDS], &err),
                     ERR_INPUT);
    memset(f.slots, 1, sizeof(f.slots));
    assert_int_equal(pieces_check(&f.pieces, f.starts[WORDS], &err),
                     ERR_INPUT);
    open_vocabulary(&f);
    f.texts[f.starts[3] + 1] = 'x';
    assert_int_equal(pieces_check(&f.pieces, f.starts[WORDS], &err),
                     ERR_INPUT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_their_longest_pieces),
        cmocka_unit_test(a_word_with_an_unknown_part_is_unknown),
        cmocka_unit_test(case_and_accents_go),
        cmocka_unit_test(a_cased_model_keeps_them),
        cmocka_unit_test(punctuation_and_chinese_stand_alone),
        cmocka_unit_test(control_characters_go_without_a_trace),
        cmocka_unit_test(users_cannot_write_special_tokens),
        cmocka_unit_test(parts_are_read_as_one_text),
        cmocka_unit_test(what_does_not_fit_is_cut_off),
        cmocka_unit_test(words_beyond_a_hundred_code_points_are_unknown),
        cmocka_unit_test(a_word_that_is_there_twice_is_refused),
        cmocka_unit_test(damaged_vocabularies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
