/*
 * Questions find their answers in many languages: a question and its answer
 * share a word that is no stop word, in another form as a rule, and the
 * question shares none with a text about something else.  And whatever
 * language a text is taken for, a word meets itself.
 */
#include "unit/check.h"

#include <stdio.h>

#include "memory/words.h"

#include "base/banned.h"

enum { TERMS_MAX = 256, TERM_BYTES = 96 };

struct terms {
    char           list[TERMS_MAX][TERM_BYTES];
    enum word_kind kinds[TERMS_MAX];
    bool           forms[TERMS_MAX];
    size_t         count;
};

static void
keep(void *owner, const struct word *word)
{
    struct terms *t = owner;

    if (t->count == TERMS_MAX)
        return;
    memcpy(t->list[t->count], word->text.ptr, word->text.len);
    t->list[t->count][word->text.len] = '\0';
    t->forms[t->count] = word->form;
    t->kinds[t->count++] = word->kind;
}

static void
read_terms(struct terms *t, const char *text)
{
    struct words *w = words_new();

    t->count = 0;
    words_each(w, str_from(text), keep, t);
    words_free(w);
}

/* A word of content that the question shares with the text, or NULL. */
static const char *
shared(const struct terms *question, const struct terms *text)
{
    for (size_t i = 0; i < question->count; i++)
        for (size_t k = 0; k < text->count; k++)
            if (question->kinds[i] == WORD_CONTENT &&
                text->kinds[k] != WORD_STOP &&
                strcmp(question->list[i], text->list[k]) == 0)
                return question->list[i];
    return NULL;
}

static const struct row {
    const char *question;
    const char *answer;
    const char *other;
} rows[] = {
    /* English */
    { "What are my cats called?", "The cat is called Momo.",
      "We went to the opera." },
    { "Which bands do I listen to?", "I was listening to Abba.",
      "Rain is expected." },
    /* German */
    { "Wie heißen meine Katzen?", "Ich habe eine Katze namens Momo.",
      "Das Auto ist in der Werkstatt." },
    { "In welchen Häusern haben wir gewohnt?", "Das Haus war sehr alt.",
      "Ich trinke gern Kaffee." },
    { "Was essen unsere Hunde?", "Der Hund mag nur Huhn.",
      "Morgen fahre ich nach Wien." },
    { "Katzen?", "Meine Katzen schlafen.", "Ich fahre Rad." },
    /* French */
    { "Quels animaux avons-nous eus ?", "Mon premier animal était un chat.",
      "Il pleut à Paris." },
    { "Où travaille ma sœur ?", "Ma sœur travaillait chez Renault.",
      "J'aime le café noir." },
    { "Quelles langues parlez-vous ?", "Je parle une langue celtique.",
      "Le train part à midi." },
    { "Quand est-ce que l'avion décolle ?", "L'avion part à 9 heures.",
      "Nous mangeons du pain." },
    /* Spanish */
    { "¿Cómo se llaman mis hermanas?", "Mi hermana se llama Lucía.",
      "El coche es rojo." },
    { "¿Qué canciones me gustan?", "Me gusta esa canción de Serrat.",
      "Vivo en Sevilla." },
    /* Italian */
    { "Come si chiamano i miei gatti?", "Il mio gatto si chiama Leo.",
      "Abito a Torino." },
    { "Quali città ho visitato?", "Visitammo la città di Siena.",
      "Mi piace il caffè." },
    /* Portuguese */
    { "Onde trabalham os meus irmãos?", "O meu irmão trabalha em Lisboa.",
      "Gosto de café." },
    { "Quais são as minhas canções favoritas?",
      "A minha canção favorita é Grândola.", "Moro no Porto." },
    /* Dutch */
    { "Hoe heten mijn katten?", "Ik heb een kat en ze heet Minoes.",
      "De trein is te laat." },
    /* Swedish, Danish, Norwegian */
    { "Vad heter mina hundar?", "Hunden heter Rex och är stor.",
      "Jag bor i Lund." },
    { "Hvad hedder mine hunde?", "Hunden hedder Rex og er stor.",
      "Jeg bor i Aarhus." },
    { "Hva heter hundene mine?", "Jeg har en hund, og den heter Rex.",
      "Vi bor ikke i Bergen." },
    /* Finnish, Hungarian, Turkish */
    { "Mikä on koirani nimi?", "Minulla on koira, Musti.",
      "Asun Oulussa." },
    { "Hogy hívják a kutyáimat?", "Van egy kutyám, Bodri.",
      "Szeretem a teát." },
    { "Kedilerimin adı ne?", "Bir kedi aldım, adı Pamuk.",
      "Yarın İzmir'e gidiyorum." },
    /* Polish, Czech, Romanian, Catalan, Indonesian */
    { "Jak nazywają się moje koty?", "Mam kota, który nazywa się Filip.",
      "Jutro jadę do Krakowa." },
    { "Kde pracují moje sestry?", "Moje sestra pracuje v Brně.",
      "Mám rád kávu." },
    { "Cum se numesc pisicile mele?", "Am o pisică, Miți.",
      "Locuiesc în Cluj." },
    { "Com es diuen les meves gates?", "La meva gata es diu Blau.",
      "Visc a Girona." },
    { "Apa makanan kesukaan saya?", "Saya suka makan nasi goreng.",
      "Dia tinggal di Bandung." },
    /* Russian, Ukrainian */
    { "Как зовут моих собак?", "Мою собаку зовут Шарик.",
      "Я живу в Казани." },
    { "Де працює моя сестра?", "Моя сестра працює в банку.",
      "Я люблю каву." },
    /* Greek */
    { "Πώς λένε τις γάτες μου;", "Η γάτα μου είναι η Νίνα.",
      "Μένω στην Πάτρα." },
    /* Arabic, Persian, Hebrew */
    { "ما اسم قطتي؟", "عندي قطة اسمها لولو", "أسكن في القاهرة" },
    { "أين كِتَابي؟", "الكتاب على الطاولة", "أشرب القهوة" },
    { "اسم گربه من چیست؟", "گربه من ملوس است", "در شیراز زندگی می‌کنم" },
    { "איך קוראים לכלב שלי?", "הכלב שלי הוא רקס", "אני גר בחיפה" },
    /* Armenian, Hindi, Tamil */
    { "Ի՞նչ է իմ կատվի անունը։", "Կատվի անունը Մուռ է։",
      "Ապրում եմ Գյումրիում։" },
    { "मेरी बिल्लियों का नाम क्या है?", "मेरी बिल्ली मीनू है।",
      "मैं दिल्ली में रहता हूँ।" },
    { "என் பூனையின் பெயர் என்ன?", "பூனைகள் பால் குடிக்கும்",
      "நான் மதுரையில் வசிக்கிறேன்" },
    /* Chinese, Japanese, Korean, Thai */
    { "我的猫叫什么名字?", "我养了一只猫,叫咪咪。", "明天去上海出差。" },
    { "猫の名前は何ですか?", "うちの猫はタマです。", "大阪に住んでいる。" },
    { "コーヒーは好きですか?", "毎朝コーヒーを飲む。", "大阪に住んでいる。" },
    { "제 고양이 이름은?", "고양이를 키워요.", "서울에 살아요." },
    { "집은 어디예요?", "집에 가요.", "커피 좋아해요." },
    { "แมวของฉันชื่ออะไร", "ฉันเลี้ยงแมวหนึ่งตัว", "พรุ่งนี้ไปเชียงใหม่" },
};

static void
questions_share_words_with_their_answers_only(void **state)
{
    static struct terms question, answer, other;
    size_t              misses = 0;

    (void)state;
    /* All rows are told before the test fails. */
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *found;

        read_terms(&question, rows[i].question);
        read_terms(&answer, rows[i].answer);
        read_terms(&other, rows[i].other);
        if (!shared(&question, &answer)) {
            printf("# misses: %s | %s\n", rows[i].question, rows[i].answer);
            misses++;
        }
        found = shared(&question, &other);
        if (found) {
            printf("# %s | %s: %s\n", rows[i].question, rows[i].other, found);
            misses++;
        }
    }
    assert_int_equal(misses, 0);
}

/* What may stand around a word. */
static const struct around {
    const char *before;
    const char *after;
} around[] = {
    { "", "" },
    { "What is the ", " of my friend?" },
    { "Wie heißt die ", ", und wo ist sie?" },
    { "¿Cuál es la ", " de mis amigos?" },
    { "Où est la ", " de mes amis, qui sont là ?" },
    { "Dove sono ", " che ho visto nella casa?" },
    { "Onde está a ", " que não tenho?" },
    { "Waar is het ", " van mijn vriend?" },
    { "Var är ", " som jag har på mitt bord?" },
    { "Missä on ", " joka oli minun?" },
    { "Gdzie jest ", " który był mój?" },
    { "Benim ", " nerede, çok mı var?" },
    { "Где мой ", " и что это?" },
    { "我的", "在哪里?" },
    { "أين ", " يا صديقي؟" },
};

static bool
has(const struct terms *terms, const char *text)
{
    for (size_t i = 0; i < terms->count; i++)
        if (strcmp(terms->list[i], text) == 0)
            return true;
    return false;
}

static void
a_word_gives_its_terms_in_every_text(void **state)
{
    static const char *const list[] = {
        "running", "Katzen", "hermanas", "mangiano", "travaillait", "irmãos",
        "Häuser", "kedilerimin", "macskámat", "собаками", "γάτες", "القطط",
        "Zoë", "Siobhán", "Müller", "ABC-123", "jo@x.org", "v2.0", "5kg",
        "@jo", "Dieter", "Angeles", "Tim", "O'Brien", "Jean-Luc",
    };
    static struct terms alone, within;

    (void)state;
    for (size_t i = 0; i < COUNT(list); i++)
        for (size_t k = 0; k < COUNT(around); k++) {
            char text[256];

            (void)snprintf(text, sizeof(text), "%s%s%s", around[k].before,
                           list[i], around[k].after);
            read_terms(&alone, list[i]);
            read_terms(&within, text);
            for (size_t n = 0; n < alone.count; n++)
                if (!alone.forms[n] && !has(&within, alone.list[n]))
                    fail_msg("%s: no %s", text, alone.list[n]);
        }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_share_words_with_their_answers_only),
        cmocka_unit_test(a_word_gives_its_terms_in_every_text),
    };

    return cmocka_run_group_tests_name("languages", tests, NULL, NULL);
}
