/* The tokeniser: which words a text gives. */
#include "unit/check.h"

#include "base/buf.h"
#include "memory/words.h"

#include "base/banned.h"

/* Content as it is, weak words with "?", stop words with "-". */
static void
write_word(void *owner, const struct word *word)
{
    struct buf *b = owner;

    if (b->len)
        buf_add_byte(b, ' ');
    if (word->kind != WORD_CONTENT)
        buf_add_byte(b, word->kind == WORD_WEAK ? '?' : '-');
    buf_add(b, word->text);
}

static void
check_words(const char *text, const char *want)
{
    struct words *w = words_new();
    struct buf    b = BUF_INIT(1 << 20);

    words_each(w, str_from(text), write_word, &b);
    check_str(buf_str(&b), want);
    buf_release(&b);
    words_free(w);
}

static void
words_are_folded_and_stemmed(void **state)
{
    (void)state;
    check_words("My FAVORITE colors", "-my favorit color");
    check_words("Café Ångström ﬁne", "cafe angstrom fine");
    check_words("colour favourite children went", "color favorit child ?go");
    check_words("Ｆｕｌｌ ｗｉｄｔｈ", "full width");
    check_words("красивые ёлки", "красив елк");
}

static void
accents_may_stand_behind_their_letter(void **state)
{
    (void)state;
    check_words("cafe\xCC\x81", "cafe");
}

static void
contractions_are_not_words(void **state)
{
    (void)state;
    check_words("I don't know", "-i -not ?know");
    check_words("Rex's bowl", "rex bowl");
    check_words("we’ll swim", "-we swim");
    check_words("O'Brien's boat", "-o brien obrien boat");
}

static void
codes_come_whole_and_in_parts(void **state)
{
    (void)state;
    check_words("jo.smith@example.com",
                "jo smith exampl com jo.smith@example.com");
    check_words("AB-1234", "ab 1234 ab1234");
    check_words("3.14 1,000 10:30", "3 14 3.14 1 000 1000 10 30 10:30");
    check_words("U.S.A.", "?u ?s -a usa");
    check_words("C++ and F#, C", "c++ -and f# ?c");
    check_words("end. Next", "end next");
}

static void
scripts_without_spaces_come_in_pairs(void **state)
{
    (void)state;
    check_words("蓝色", "蓝 色 蓝色");
    check_words("我的", "-我 -的 -我的");
    check_words("ねこです", "ねこ こで -です");
    check_words("사과", "사과");
}

static void
hostile_texts_give_words_within_limits(void **state)
{
    struct words *w = words_new();
    struct buf    text = BUF_INIT(1 << 16), out = BUF_INIT(1 << 20);

    (void)state;
    for (int i = 0; i < 3000; i++)
        buf_add(&text, STR("a.b-\xF0\x9F\x98\x80\xC3"));
    for (int i = 0; i < 3000; i++)
        buf_add(&text, STR("ﷺ"));
    buf_add(&text, STR("\0x\0"));
    words_each(w, buf_str(&text), write_word, &out);
    assert_false(out.full);
    buf_release(&text);
    buf_release(&out);
    words_free(w);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_folded_and_stemmed),
        cmocka_unit_test(accents_may_stand_behind_their_letter),
        cmocka_unit_test(contractions_are_not_words),
        cmocka_unit_test(codes_come_whole_and_in_parts),
        cmocka_unit_test(scripts_without_spaces_come_in_pairs),
        cmocka_unit_test(hostile_texts_give_words_within_limits),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
