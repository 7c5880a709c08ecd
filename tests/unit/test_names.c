/* Questions without the names of who speaks in a vault. */
#include "unit/check.h"

#include "memory/names.h"
#include "memory/words.h"

#include "base/banned.h"

static void
names_of_authors_are_left_out(void **state)
{
    static const char *const rows[][2] = {
        { "Where did Ann study music?", "Where did study music?" },
        { "What is Ann's favorite color?", "What is favorite color?" },
        { "Did ANN meet Bob Smith in Lisbon?", "Did meet in Lisbon?" },
        { "What did Carol study at school?",
          "What did Carol study at school?" },
        { "Which annual school report?", "Which annual school report?" },
        /* Too little would be left. */
        { "Who is Ann?", "Who is Ann?" },
        { "Ann school", "Ann school" },
        { "", "" },
        { "   ", "   " },
    };
    struct arena    a = ARENA_INIT;
    struct words   *words = words_new();
    struct lexicon *base = lexicon_new(NULL), *tail;
    struct index    ix;

    (void)state;
    lexicon_add(base, &(struct memory_row){ .seq = 1, .author = STR("Ann"),
                                            .text = STR("Hello.") });
    tail = lexicon_new(base);
    lexicon_add(tail, &(struct memory_row){
        .seq = 2, .author = STR("Bob Smith"), .text = STR("Hello, Ann.") });
    ix = index_of(base, tail);
    for (size_t i = 0; i < COUNT(rows); i++)
        check_str(names_remove(&ix, words, &a, str_from(rows[i][0])),
                  rows[i][1]);
    lexicon_free(tail);
    lexicon_free(base);
    words_free(words);
    arena_release(&a);
}

static void
without_authors_a_question_stays(void **state)
{
    struct arena    a = ARENA_INIT;
    struct words   *words = words_new();
    struct lexicon *lex = lexicon_new(NULL);
    struct index    ix;
    struct str      question = STR("Where did Ann go to school?");

    (void)state;
    ix = index_of(NULL, lex);
    assert_ptr_equal(names_remove(&ix, words, &a, question).ptr, question.ptr);
    lexicon_add(lex, &(struct memory_row){ .seq = 1,
                                           .text = STR("I am Ann.") });
    ix = index_of(NULL, lex);
    assert_ptr_equal(names_remove(&ix, words, &a, question).ptr, question.ptr);
    lexicon_free(lex);
    words_free(words);
    arena_release(&a);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_authors_are_left_out),
        cmocka_unit_test(without_authors_a_question_stays),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
