/* What has anything to do with a question. */
#include "unit/check.h"

#include <math.h>

#include "memory/relevance.h"

#include "base/banned.h"

enum { ITEMS = 12 };

/* A vault of twelve memories of one session. */
struct fixture {
    struct lexicon  *lex;
    struct index     ix;
    float            shared[ITEMS];
    struct ranked    list[ITEMS];
    struct relevance relevance;
};

static void
set_up(struct fixture *f, float centred)
{
    *f = (struct fixture){ .lex = lexicon_new(NULL) };
    for (int i = 0; i < ITEMS; i++)
        lexicon_add(f->lex, &(struct memory_row){
            .seq = i + 1, .text = STR("We walked along the lake.") });
    f->ix = index_of(NULL, f->lex);
    f->relevance = (struct relevance){ .index = &f->ix, .shared = f->shared,
                                       .content = 3 };
    for (uint32_t i = 0; i < ITEMS; i++)
        f->list[i] = (struct ranked){ .item = i, .score = 10 - (double)i / 10,
                                      .centred = centred };
}

static void
share(struct fixture *f, uint32_t item, float shared)
{
    f->shared[item] = f->list[item].shared = shared;
}

/* How many are relevant; ends the fixture. */
static size_t
count_relevant(struct fixture *f)
{
    size_t count = 0;

    relevance_judge(&f->relevance, f->list, ITEMS);
    for (size_t i = 0; i < ITEMS; i++)
        count += f->list[i].relevant;
    lexicon_free(f->lex);
    return count;
}

static void
nothing_opens_without_evidence(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, .15F);
    assert_int_equal(count_relevant(&f), 0);
    set_up(&f, NAN);
    assert_int_equal(count_relevant(&f), 0);
    set_up(&f, NAN);
    share(&f, 0, .15F);
    assert_int_equal(count_relevant(&f), 0);
    relevance_judge(&f.relevance, f.list, 0);
}

static void
one_that_is_sure_opens_for_weaker_ones(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, .11F);
    f.list[3].centred = .23F;
    f.list[5].centred = .05F;
    assert_int_equal(count_relevant(&f), ITEMS - 1);
    set_up(&f, .05F);
    f.list[3].centred = .23F;
    assert_int_equal(count_relevant(&f), 1);
    set_up(&f, .0F);
    share(&f, 9, .5F);
    assert_int_equal(count_relevant(&f), 1);
}

static void
only_the_first_ten_open(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, .11F);
    f.list[10].centred = .9F;
    share(&f, 11, 1);
    assert_int_equal(count_relevant(&f), 0);
}

static void
questions_about_us_open_sooner(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, .0F);
    f.list[0].centred = .17F;
    assert_int_equal(count_relevant(&f), 0);
    set_up(&f, .0F);
    f.list[0].centred = .17F;
    f.relevance.about = true;
    assert_int_equal(count_relevant(&f), 1);
}

static void
by_words_neighbours_may_fit_too(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, NAN);
    share(&f, 4, .3F);
    assert_int_equal(count_relevant(&f), 1);
    set_up(&f, NAN);
    share(&f, 4, .3F);
    for (size_t i = 0; i < ITEMS; i++)
        f.list[i].features[FEATURE_CONTEXT] = 1;
    assert_int_equal(count_relevant(&f), 7); /* three before, three behind */
}

static void
a_least_score_is_kept(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, .5F);
    f.relevance.min_share = rank_share(9.55);
    assert_int_equal(count_relevant(&f), 5);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_opens_without_evidence),
        cmocka_unit_test(one_that_is_sure_opens_for_weaker_ones),
        cmocka_unit_test(only_the_first_ten_open),
        cmocka_unit_test(questions_about_us_open_sooner),
        cmocka_unit_test(by_words_neighbours_may_fit_too),
        cmocka_unit_test(a_least_score_is_kept),
    };

    return cmocka_run_group_tests_name("relevance", tests, NULL, NULL);
}
