/* Which of two statements repeats the other, and which is newer. */
#include "unit/check.h"

#include <math.h>

#include "memory/facts.h"
#include "memory/words.h"

#include "base/banned.h"

static struct facts
facts_of(const char *text)
{
    struct words *words = words_new();
    struct facts  f;

    facts_read(words, str_from(text), &f);
    words_free(words);
    return f;
}

/* Two texts, in the order in which they were said, and their cosine. */
struct row {
    const char *older;
    const char *newer;
    float       cosine;
    bool        repeats;
    bool        supersedes;
};

static void
check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct facts older = facts_of(rows[i].older);
        struct facts newer = facts_of(rows[i].newer);

        if (facts_repeat(&newer, &older, rows[i].cosine) != rows[i].repeats ||
            facts_supersede(&newer, &older, rows[i].cosine) !=
                rows[i].supersedes)
            fail_msg("%s / %s", rows[i].older, rows[i].newer);
    }
}

static void
paraphrases_repeat(void **state)
{
    static const struct row rows[] = {
        { "My sister lives in Oslo.", "In Oslo lives my sister.", .97F, true,
          false },
        { "I'm allergic to peanuts.", "I can't eat peanuts, allergic to them.",
          .93F, false, true },
        { "The dentist is closed on Monday.",
          "On Monday the dentist is closed!", NAN, true, false },
        { "I drive a blue car.", "My vehicle's color is blue.", .96F, true,
          false },
        { "I drive a blue car.", "My vehicle's color is blue.", .95F, false,
          false },
        { "I drive a blue car.", "My vehicle's color is blue.", NAN, false,
          false },
        { "ok", "ok", NAN, false, false },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
other_numbers_names_and_codes_do_not_repeat(void **state)
{
    static const struct row rows[] = {
        { "I'm 34 years old.", "I'm 35 years old.", .99F, false, true },
        { "The train leaves at 9.30.", "The train leaves at 9.45.", .99F,
          false, true },
        { "The wifi password is Tulip7.", "The wifi password is Tulip8.",
          .99F, false, true },
        { "My boss is called Ann.", "My boss is called Bob.", .98F, false,
          true },
        { "Mail me at a@example.org.", "Mail me at b@example.org.", .99F,
          false, true },
        /* What the newer one leaves out would be lost. */
        { "My boss Ann sits in room 12.", "My boss sits in that room.", .97F,
          false, true },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
negations_do_not_repeat(void **state)
{
    static const struct row rows[] = {
        { "I eat meat.", "I don't eat meat.", .98F, false, true },
        { "I eat meat.", "I never eat meat.", .98F, false, false },
        { "I smoke cigars.", "I quit smoking cigars.", .96F, false, false },
        { "I don't eat meat.", "I do not eat meat.", .98F, true, true },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
updates_supersede(void **state)
{
    static const struct row rows[] = {
        { "Rent is 900 a month.", "Rent went up to 950 a month.", .90F, false,
          true },
        { "My office is in Berlin.", "My office moved to Hamburg.", .83F,
          false, true },
        { "My office is in Berlin.", "The office in Hamburg.", .81F, false,
          false },
        { "Standup is at nine.", "New: standup is at ten.", .88F, false,
          true },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
what_is_merely_related_stays_alone(void **state)
{
    static const struct row rows[] = {
        { "I adopted a cat.", "The vet is on Mill Street.", .86F, false,
          false },
        { "My sister plays the violin.", "My brother repairs bicycles.", .85F,
          false, false },
        { "I love hiking.", "I love hiking.", NAN, true, false },
        { "Teal is my favorite color.",
          "In summer teal is my favorite color.", .97F, false, false },
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void
values_words_and_marks_are_read(void **state)
{
    struct facts f = facts_of("Now Ann's code is QX-7741-B, room 3rd, at "
                              "/srv/data; it isn't old.");

    (void)state;
    assert_true(f.value_count >= 3);
    assert_true(f.negated && f.changed);
    assert_true(f.word_count > 0 && f.first != 0);
    f = facts_of("we went to the lake");
    assert_int_equal(f.value_count, 0);
    assert_false(f.negated || f.changed);
}

/* Any text: long ones only as far as there is room. */
static void
any_text_is_read(void **state)
{
    static const char *const texts[] = { "", " ", "\n\t ,.;", "the of and",
                                         "\xF0\x9F\x98\x80 \xF0\x9F\x98\x80",
                                         "\xFF\xFE\x80", "....", "\"'([",
                                         "a", "N't n't 'n't" };
    struct arena a = ARENA_INIT;
    struct str   text = STR_NONE;
    struct facts f;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        f = facts_of(texts[i]);
        assert_false(facts_supersede(&f, &f, 1) && f.word_count == 0);
        assert_false(facts_repeat(&f, &f, NAN) && f.word_count == 0);
    }
    for (int i = 0; i < 300; i++)
        text = arena_printf(&a, "%.*s Word%d x%dy", STR_ARG(text), i, i);
    f = facts_of(text.ptr);
    assert_int_equal(f.value_count, FACTS_VALUES_MAX);
    assert_int_equal(f.word_count, FACTS_WORDS_MAX);
    arena_release(&a);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(paraphrases_repeat),
        cmocka_unit_test(other_numbers_names_and_codes_do_not_repeat),
        cmocka_unit_test(negations_do_not_repeat),
        cmocka_unit_test(updates_supersede),
        cmocka_unit_test(what_is_merely_related_stays_alone),
        cmocka_unit_test(values_words_and_marks_are_read),
        cmocka_unit_test(any_text_is_read),
    };

    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
