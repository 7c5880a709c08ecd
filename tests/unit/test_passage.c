/* What is embedded for a memory. */
#include "unit/check.h"

#include "base/utf8.h"
#include "memory/passage.h"

#include "base/banned.h"

#define TEN "one two three four five six seven eight nine ten"

static struct memory_row
row(const char *author, const char *text)
{
    return (struct memory_row){ .author = str_from(author),
                                .text = str_from(text) };
}

static bool
is_short(const char *text)
{
    struct memory_row named = row("Ann", text);
    struct memory_row users = row("", text);

    assert_false(passage_has_line_before(&users));
    return passage_has_line_before(&named);
}

static void
nineteen_words_are_short_and_twenty_are_not(void **state)
{
    (void)state;
    assert_true(is_short(""));
    assert_true(is_short("  Yes,\n on\tTuesday. "));
    assert_true(is_short(TEN " one two three four five six seven "
                                     "eight nine"));
    assert_false(is_short(TEN " " TEN));
    assert_false(is_short(TEN "\n" TEN "\n"));
}

static void
scripts_without_spaces_count_characters(void **state)
{
    (void)state;
    assert_true(is_short("我喜欢在星期二喝绿茶"));
    assert_false(is_short(
        "我喜欢在星期二和朋友们一起去公园散步然后在河边的小店里喝一杯热的绿茶再"
        "慢慢走回家休息"));
}

static void
short_lines_of_people_get_the_line_before(void **state)
{
    struct arena      a = ARENA_INIT;
    struct memory_row before = row("Ann", "When does it start?");
    struct memory_row own = row("Bob", " On Tuesday. ");
    struct memory_row users = row("", "On Tuesday.");

    (void)state;
    check_str(passage_text(&a, &own, &before),
              "Ann: When does it start?\nBob: On Tuesday.");
    check_str(passage_text(&a, &own, NULL), "Bob: On Tuesday.");
    check_str(passage_text(&a, &users, &before), "User: On Tuesday.");
    users.role = ROLE_ASSISTANT;
    check_str(passage_text(&a, &users, &before), "Assistant: On Tuesday.");
    check_str(passage_text(&a, &own, &users),
              "Assistant: On Tuesday.\nBob: On Tuesday.");
    arena_release(&a);
}

static void
long_texts_stand_alone(void **state)
{
    struct arena      a = ARENA_INIT;
    struct memory_row before = row("Ann", "When?");
    struct memory_row own = row("Bob", TEN " " TEN);

    (void)state;
    check_str(passage_text(&a, &own, &before),
              "Bob: " TEN " " TEN);
    arena_release(&a);
}

static void
of_a_long_line_before_the_end_is_taken(void **state)
{
    struct arena      a = ARENA_INIT;
    static char       text[3000 + 1];
    struct memory_row own = row("Bob", "Yes.");
    struct memory_row before;
    struct str        made;

    (void)state;
    for (size_t i = 0; i < 3000; i += 3)
        memcpy(text + i, i < 1500 ? "\xe4\xb8\xad" : "\xe5\x9b\xbd", 3);
    before = row("Ann", text);
    made = passage_text(&a, &own, &before);
    assert_true(utf8_valid(made));
    assert_true(str_starts(made, STR("Ann: \xe5\x9b\xbd")));
    assert_true(str_ends(made, STR("\xe5\x9b\xbd\nBob: Yes.")));
    assert_in_range(made.len, PASSAGE_BEFORE_MAX_BYTES,
                    PASSAGE_BEFORE_MAX_BYTES + 15);
    arena_release(&a);
}

static void
a_text_of_a_megabyte_is_cut(void **state)
{
    enum { BYTES = 1 << 20 };
    struct arena      a = ARENA_INIT;
    char             *text = arena_alloc(&a, BYTES + 1);
    struct memory_row own;

    (void)state;
    memset(text, 'x', BYTES);
    own = row("Ann", text);
    assert_in_range(passage_text(&a, &own, &own).len, 1000,
                    PASSAGE_MAX_BYTES + PASSAGE_BEFORE_MAX_BYTES + 32);
    arena_release(&a);
}

static void
a_text_without_anything_in_it_is_nothing(void **state)
{
    struct arena      a = ARENA_INIT;
    struct memory_row own = row("", " \n\t ");

    (void)state;
    assert_int_equal(passage_text(&a, &own, NULL).len, 0);
    arena_release(&a);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nineteen_words_are_short_and_twenty_are_not),
        cmocka_unit_test(scripts_without_spaces_count_characters),
        cmocka_unit_test(short_lines_of_people_get_the_line_before),
        cmocka_unit_test(long_texts_stand_alone),
        cmocka_unit_test(of_a_long_line_before_the_end_is_taken),
        cmocka_unit_test(a_text_of_a_megabyte_is_cut),
        cmocka_unit_test(a_text_without_anything_in_it_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
