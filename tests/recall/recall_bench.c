/*
 * How much of the evidence the ranker finds: R@k over the questions of a file
 * in LoCoMo's form (categories 1-4, turn level), and how long a question takes.
 *
 *     recall_bench FILE [FLOOR]
 *
 * R@k = mean over questions of (evidence turns among the first k) / (evidence
 * turns).  With FLOOR it fails when R@10 is below.  The index and the ranker
 * are those of memory/recall.c; only the database is left out.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory/rank.h"
#include "platform/clock.h"

#include "base/banned.h"

enum { DEEPEST = 20, QUESTIONS_MAX = 20000, TURNS_MAX = 20000 };

static const size_t depths[] = { 1, 5, 10, 20 };

struct figures {
    double  found[COUNT(depths)];
    double  passed;   /* evidence that is relevant among the first 30 */
    double  relevant; /* memories that are, among the first 30 */
    size_t  count;
    int64_t took_us[QUESTIONS_MAX];
};

/* One conversation: its index, and the name of each turn. */
struct talk {
    struct lexicon *lex;
    const char     *names[TURNS_MAX];
    size_t          count;
};

static struct str
text_of(struct json_object *object, const char *name)
{
    struct json_object *value;

    if (!json_object_object_get_ex(object, name, &value) ||
        !json_object_is_type(value, json_type_string))
        return STR_NONE;
    return (struct str){ json_object_get_string(value),
                         (size_t)json_object_get_string_len(value) };
}

static void
add_turn(struct talk *t, struct arena *a, struct json_object *turn,
         int64_t session)
{
    struct str        text = text_of(turn, "text");
    struct str        caption = text_of(turn, "blip_caption");
    struct memory_row row = { .session_id = session, .role = ROLE_USER };

    if (t->count == TURNS_MAX)
        return;
    if (caption.len)
        text = arena_printf(a, "%.*s [shares %.*s]", STR_ARG(text),
                            STR_ARG(caption));
    row.seq = row.id = (int64_t)t->count + 1;
    row.author = text_of(turn, "speaker");
    row.text = text;
    row.occurred_ms = row.seq;
    lexicon_add(t->lex, &row);
    t->names[t->count++] = text_of(turn, "dia_id").ptr;
}

static void
add_sessions(struct talk *t, struct arena *a, struct json_object *conversation)
{
    for (int n = 1; n < 100; n++) {
        struct str          name = arena_printf(a, "session_%d", n);
        struct json_object *turns;

        if (!json_object_object_get_ex(conversation, name.ptr, &turns))
            continue;
        for (size_t i = 0; i < json_object_array_length(turns); i++)
            add_turn(t, a, json_object_array_get_idx(turns, i), n);
    }
}

static bool
is_evidence(struct json_object *evidence, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(evidence); i++)
        if (strcmp(json_object_get_string(
                       json_object_array_get_idx(evidence, i)), name) == 0)
            return true;
    return false;
}

static size_t
known_evidence(const struct talk *t, struct json_object *evidence)
{
    size_t known = 0;

    for (size_t i = 0; i < t->count; i++)
        known += is_evidence(evidence, t->names[i]);
    return known;
}

static void
ask(const struct talk *t, struct arena *a, struct json_object *qa,
    struct figures *f)
{
    struct json_object *evidence, *category;
    struct rank_query   q = { .scope = { .all = true }, .keep = 30,
                              .min_score = -100 };
    struct ranked      *list;
    size_t              count, known;
    int64_t             start;

    if (!json_object_object_get_ex(qa, "evidence", &evidence) ||
        !json_object_object_get_ex(qa, "category", &category) ||
        json_object_get_int(category) > 4 || f->count == QUESTIONS_MAX ||
        (known = known_evidence(t, evidence)) == 0)
        return;
    q.question = text_of(qa, "question");
    start = clock_tick_us();
    rank_find(t->lex, a, &q, &list, &count);
    f->took_us[f->count++] = clock_tick_us() - start;
    for (size_t i = 0; i < count; i++) {
        bool hit = is_evidence(evidence, t->names[list[i].item]);

        for (size_t d = 0; d < COUNT(depths); d++)
            if (hit && i < depths[d])
                f->found[d] += 1.0 / (double)known;
        f->relevant += list[i].relevant;
        if (hit && list[i].relevant && i < 10)
            f->passed += 1.0 / (double)known;
    }
}

static int
by_size(const void *left, const void *right)
{
    int64_t l = *(const int64_t *)left, r = *(const int64_t *)right;

    return (l > r) - (l < r);
}

static double
print_figures(struct figures *f)
{
    double count = f->count ? (double)f->count : 1;

    qsort(f->took_us, f->count, sizeof(*f->took_us), by_size);
    printf("questions %zu\n", f->count);
    for (size_t d = 0; d < COUNT(depths); d++)
        printf("R@%zu %.1f\n", depths[d], 100 * f->found[d] / count);
    printf("R@10 of what is relevant %.1f\n", 100 * f->passed / count);
    printf("relevant of the first 30 %.1f\n", f->relevant / count);
    printf("p50 %lld us, p95 %lld us\n",
           (long long)f->took_us[f->count / 2],
           (long long)f->took_us[f->count * 95 / 100]);
    return 100 * f->found[2] / count;
}

static void
run(struct json_object *element, struct figures *f)
{
    static struct talk  talk;
    struct arena        a = ARENA_INIT;
    struct json_object *conversation, *qa;

    if (!json_object_object_get_ex(element, "conversation", &conversation) ||
        !json_object_object_get_ex(element, "qa", &qa))
        return;
    talk.lex = lexicon_new();
    talk.count = 0;
    add_sessions(&talk, &a, conversation);
    for (size_t i = 0; i < json_object_array_length(qa); i++) {
        ask(&talk, &a, json_object_array_get_idx(qa, i), f);
        arena_reset(&a);
    }
    lexicon_free(talk.lex);
    arena_release(&a);
}

int
main(int argc, char **argv)
{
    static struct figures f;
    struct json_object   *file;
    double                r10;

    if (argc < 2) {
        fprintf(stderr, "usage: recall_bench FILE [FLOOR]\n");
        return 2;
    }
    file = json_object_from_file(argv[1]);
    if (!file || !json_object_is_type(file, json_type_array)) {
        fprintf(stderr, "recall_bench: %s is no JSON array\n", argv[1]);
        return 2;
    }
    for (size_t i = 0; i < json_object_array_length(file); i++)
        run(json_object_array_get_idx(file, i), &f);
    json_object_put(file);
    r10 = print_figures(&f);
    return argc > 2 && r10 < strtod(argv[2], NULL) ? 1 : 0;
}
