/* The tokeniser: which words a text gives. */
#include "unit/check.h"

#include "base/buf.h"
#include "memory/words.h"

#include "base/banned.h"

/* Content as it is, weak words with "?", stop words with "-", other forms of
 * the word before with "~". */
static void
write_word(void *owner, const struct word *word)
{
    struct buf *b = owner;

    if (b->len)
        buf_add_byte(b, ' ');
    if (word->form)
        buf_add_byte(b, '~');
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
    check_words("Café Élysée ﬁne", "cafe elyse fine");
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
    check_words("l'homme", "-l homm");
}

static void
other_languages_add_their_stems(void **state)
{
    (void)state;
    check_words("Ich mag meine Katzen", "-ich mag -mein katzen ~katz");
    check_words("Katzen", "katzen");
    /* One word may be a name. */
    check_words("Anna van der Berg", "anna ?van ?der berg");
    check_words("Los Angeles", "?los angel");
    /* Each sentence has its language. */
    check_words("The dies are hot. Wo sind die Katzen? The cats",
                "-the die -are hot ?wo ?sind ?die katzen ~katz -the cat");
}

static void
codes_come_whole_and_in_parts(void **state)
{
    (void)state;
    check_words("jo.smith@example.com",
                "jo smith exampl com jo.smith@example.com");
    check_words("AB-1234", "ab 1234 ab1234");
    check_words("3.14 1,000 10:30", "3 14 3.14 1 000 1000 10 30 10:30");
    check_words("2.5 1.2.3", "2 5 2.5 1 2 3 1.2.3");
    check_words("U.S.A.", "?u ?s -a usa");
    check_words("AT&T R&D", "-at ?t at&t ?r ?d r&d");
    check_words("C++ and F#, C", "c++ -and f# ?c");
    check_words("node.js", "node js node.js");
    check_words("end. Next", "end next");
}

static void
numbers_come_apart_from_their_units(void **state)
{
    (void)state;
    check_words("5kg 5 kg", "5kg 5 kg 5 kg");
    check_words("30th", "30th 30");
    check_words("GPT-4 GPT4", "gpt 4 gpt4 gpt4 gpt 4");
    check_words("v1.2.3", "v1 ?v 1 2 3 v1.2.3 1.2.3");
    check_words("3f2a9c1b", "3f2a9c1b");
    check_words("٢٠٢٣ २०२३", "2023 2023");
}

static void
dates_and_paths_keep_their_marks(void **state)
{
    (void)state;
    check_words("2023-05-05", "2023 05 05 20230505");
    check_words("05/06/2023", "05 06 2023 05/06/2023");
    check_words("24/7", "24 7 24/7");
    check_words("192.168.0.1:8080", "192 168 0 1 8080 192.168.0.1:8080");
    check_words("src/memory/words.c",
                "src memori word ?c words.c src/memory/words.c");
    check_words("C:\\Temp\\x_1.txt", "?c temp ?x 1 txt x_1.txt");
}

static void
addresses_come_with_their_host(void **state)
{
    (void)state;
    check_words("http://www.example.org", "-http -www exampl org example.org");
    check_words("https://example.org/a/b.html?id=7#top",
                "-https exampl org -a ?b html -id 7 top example.org "
                "b.html?id=7#top example.org/a/b.html?id=7#top");
    check_words("see example.org/docs.", "?see exampl org doc example.org "
                "example.org/docs");
}

static void
handles_and_tags_keep_their_sign(void **state)
{
    (void)state;
    check_words("@jo_smith", "jo smith @jo_smith jo_smith");
    check_words("#launch", "launch #launch");
    check_words("#42, a # b", "42 #42 -a ?b");
    check_words("@日 a@ b", "日 -a ?b");
}

static void
telephone_numbers_meet_however_they_are_grouped(void **state)
{
    (void)state;
    check_words("+49 151 2345678", "491512345678 2345678 49 151 2345678");
    check_words("0151 2345678", "01512345678 2345678 0151 2345678");
    check_words("(555) 123-4567", "5551234567 1234567 555 123 4567 1234567");
    check_words("06 12 34 56 78", "0612345678 2345678 06 12 34 56 78");
    check_words("10 20 30 40", "10 20 30 40");
    check_words("DE89 3704 0044 0532 0130 00",
                "de89 ?de 89 3704 0044 0532 0130 00");
}

static void
scripts_without_spaces_come_in_pairs(void **state)
{
    (void)state;
    check_words("蓝色", "蓝 色 蓝色");
    check_words("我的", "-我 -的 -我的");
    check_words("ねこです", "ねこ こで -です");
    check_words("사람 집에", "사람 집에 집");
    check_words("ฉันชื่อ", "ฉัน นชื่ ชื่อ");
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
        cmocka_unit_test(other_languages_add_their_stems),
        cmocka_unit_test(codes_come_whole_and_in_parts),
        cmocka_unit_test(numbers_come_apart_from_their_units),
        cmocka_unit_test(dates_and_paths_keep_their_marks),
        cmocka_unit_test(addresses_come_with_their_host),
        cmocka_unit_test(handles_and_tags_keep_their_sign),
        cmocka_unit_test(telephone_numbers_meet_however_they_are_grouped),
        cmocka_unit_test(scripts_without_spaces_come_in_pairs),
        cmocka_unit_test(hostile_texts_give_words_within_limits),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
