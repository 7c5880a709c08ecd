/*
 * How much of the evidence recall finds, and how long it takes: each
 * conversation of a file in LoCoMo's form is stored in a vault of its own,
 * learned, and asked its questions, all by the product's own code.
 * tests/recall/recall-bench starts the database that it needs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "memory/recall.h"
#include "platform/clock.h"
#include "platform/crypto.h"
#include "recall/candidates.h"
#include "recall/figures.h"

#include "base/banned.h"

enum { FILES_MAX = 16, WARM_ROUNDS = 2 };

/* Long enough that no question is cut short. */
static const int64_t DEADLINE_US = 60000000;

/* The command line, and what lives as long as the program. */
struct bench {
    const char      *config;
    const char      *files[FILES_MAX];
    size_t           file_count;
    enum search_mode mode;
    bool             fit;
    bool             json;
    bool             list;
    struct conf      conf;
    struct db       *admin;
    struct db       *db;
    struct search   *search;
    struct recall   *recall;
    int64_t          account_id;
    struct arena    *lasting;           /* owns the sets' groups */
    struct fit_set   sets[FILES_MAX];
    struct fit_set  *set;               /* of the file at hand */
};

/* The first hits of a question. */
struct answer {
    struct recall_answer found;
    int64_t              took_us;
};

static enum status
find(struct bench *b, struct arena *a, const struct vault *v,
     const struct talk_question *q, struct answer *answer, struct error *err)
{
    struct recall_query query = {
        .vault = v->state,
        .question = q->text,
        .scope = SCOPE_ALL,
        .select = { .limit = FIGURES_DEEPEST, .token_budget = SIZE_MAX / 2,
                    .related_too = true,
                    .windows = { .now_ms = q->asked_ms } },
        .keep = CANDIDATES_MAX,
    };
    int64_t     start = clock_tick_us();
    enum status st;

    query.vault.deadline_us = start + DEADLINE_US;
    st = recall_find(b->recall, b->db, a, &query, &answer->found, err);
    answer->took_us = clock_tick_us() - start;
    if (st == OK && answer->found.words_only.status != OK) {
        *err = answer->found.words_only;
        st = err->status;
    }
    return st;
}

/* The place from 0 of the first hit that says the line. */
static size_t
place_of(const struct vault *v, const struct answer *answer, size_t line)
{
    size_t place = 0;

    while (place < answer->found.count &&
           !vault_row_says(v, vault_row(v, answer->found.hits[place].row.seq),
                           line))
        place++;
    return place < answer->found.count ? place : FIGURES_DEEPEST;
}

/* What was asked, and at which place from 1 its evidence was found ("-": not
 * at all). */
static void
list_question(const struct talk_question *q, const size_t *places)
{
    printf("%.*s\t", STR_ARG(q->category));
    for (size_t i = 0; i < q->evidence_count; i++)
        if (places[i] < FIGURES_DEEPEST)
            printf("%zu ", places[i] + 1);
        else
            printf("- ");
    printf("\t%.*s\n", STR_ARG(q->text));
}

static enum status
ask(struct bench *b, struct arena *a, const struct vault *v,
    const struct talk_question *q, struct figures *f, struct error *err)
{
    struct fit_set *set = b->set;
    size_t       *places = arena_array(a, size_t, q->evidence_count);
    struct answer answer;
    enum status   st = find(b, a, v, q, &answer, err);

    if (st != OK)
        return st;
    for (size_t i = 0; i < q->evidence_count; i++)
        places[i] = place_of(v, &answer, q->evidence[i]);
    figures_add(f, q->category, places, q->evidence_count);
    if (b->list)
        list_question(q, places);
    figures_add_times(f, answer.took_us - answer.found.embed_us,
                      answer.took_us);
    if (b->fit)
        set->groups[set->count++] = candidates_group(b->lasting, v, q,
                                                  &answer.found, f->talks);
    return OK;
}

/* The first question would pay for the reading of the index. */
static enum status
warm_up(struct bench *b, struct arena *a, const struct vault *v,
        struct error *err)
{
    struct answer answer;
    enum status   st = OK;

    for (size_t i = 0; i < WARM_ROUNDS && st == OK; i++) {
        st = find(b, a, v, &v->talk->questions[0], &answer, err);
        arena_reset(a);
    }
    return st;
}

static enum status
ask_all(struct bench *b, const struct vault *v, struct figures *f,
        struct error *err)
{
    struct arena a = ARENA_INIT;
    enum status  st = warm_up(b, &a, v, err);

    for (size_t i = 0; i < v->talk->question_count && st == OK; i++) {
        st = ask(b, &a, v, &v->talk->questions[i], f, err);
        arena_reset(&a);
    }
    arena_release(&a);
    return st;
}

static enum status
store(struct bench *b, struct arena *a, struct vault *v, struct figures *f,
      struct error *err)
{
    int64_t     start = clock_tick_us(), stored;
    enum status st = vault_fill(b->admin, b->db, &b->conf, a, v, err);

    stored = clock_tick_us();
    if (st == OK)
        st = search_learn(b->search, v->id, err);
    if (st == OK)
        st = vault_look(b->db, v, err);
    f->stored_us += stored - start;
    f->learned_us += clock_tick_us() - stored;
    f->rows += v->count;
    return st;
}

static enum status
run_talk(struct bench *b, struct arena *a, const struct talk *talk,
         struct figures *f, struct error *err)
{
    struct vault v = { .talk = talk, .account_id = b->account_id };
    enum status  st = OK;

    if (talk->question_count == 0)
        return OK;
    st = store(b, a, &v, f, err);
    if (st == OK)
        st = ask_all(b, &v, f, err);
    f->talks++;
    f->lines += talk->line_count;
    recall_forget(b->recall, v.id);
    vault_release(&v);
    return st;
}

static enum status
run_file(struct bench *b, struct arena *a, size_t number, struct error *err)
{
    struct fit_set *set = &b->sets[number];
    struct figures  f = { .file = b->files[number],
                          .mode = search_mode(b->search) };
    struct talk    *talks;
    size_t          count, questions = 0;
    enum status     st = talk_read(a, b->files[number], &talks, &count, err);

    if (st != OK)
        return st;
    for (size_t i = 0; i < count; i++)
        questions += talks[i].question_count;
    b->set = set;
    b->lasting = a;
    set->name = figures_file(b->files[number]);
    set->groups = arena_array(a, struct fit_group, questions);
    for (size_t i = 0; i < count && st == OK; i++)
        st = run_talk(b, a, &talks[i], &f, err);
    if (st == OK && b->json)
        figures_print_json(&f);
    else if (st == OK)
        figures_print(&f);
    (void)fflush(stdout);
    figures_release(&f);
    return st;
}

static void
fit(const struct bench *b)
{
    struct fit_problem p = { b->sets, b->file_count, NULL,
                             FEATURE_COUNT };
    double             weights[FIT_FEATURES_MAX] = { 0 };
    const char        *names[FEATURE_COUNT];

    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        names[i] = rank_feature_name((enum feature)i);
        weights[i] = rank_weight((enum feature)i,
                                 search_mode(b->search) != SEARCH_WORDS);
    }
    p.names = names;
    fit_report(&p, weights);
}

static enum status
run(struct bench *b, struct arena *a, struct error *err)
{
    enum status st = vault_account(b->admin, &b->account_id, err);

    if (st == OK)
        st = search_open(b->mode, &b->conf, b->db, &b->search, err);
    if (st != OK)
        return st;
    b->recall = recall_open(&(struct recall_options){
        .tails = { .state_dir = b->conf.state_dir,
                   .cache_bytes = (size_t)b->conf.tail_cache_bytes,
                   .most = (size_t)b->conf.open_vaults },
        .embedder = search_embedder(b->search),
        .searches = 1,
    });
    for (size_t i = 0; i < b->file_count && st == OK; i++)
        st = run_file(b, a, i, err);
    if (st == OK && b->fit)
        fit(b);
    recall_close(b->recall);
    search_close(b->search);
    return st;
}

static enum status
connect_and_run(struct bench *b, struct arena *a, struct error *err)
{
    enum status st = conf_load(a, b->config, &b->conf, err);

    if (st == OK)
        st = crypto_init(err);
    if (st != OK)
        return st;
    db_library_init();
    b->admin = db_open_admin(&b->conf);
    b->db = db_open(&b->conf);
    st = run(b, a, err);
    db_close(b->db);
    db_close(b->admin);
    return st;
}

static bool
read_option(struct bench *b, const char *word, const char *next, int *i)
{
    if (strcmp(word, "--fit") == 0) {
        b->fit = true;
    } else if (strcmp(word, "--json") == 0) {
        b->json = true;
    } else if (strcmp(word, "--list") == 0) {
        b->list = true;
    } else if (strcmp(word, "--config") == 0 && next) {
        b->config = next;
        ++*i;
    } else if (strcmp(word, "--mode") == 0 && next) {
        ++*i;
        return search_find(str_from(next), &b->mode);
    } else {
        return false;
    }
    return true;
}

static bool
read_line(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-' && b->file_count < FILES_MAX)
            b->files[b->file_count++] = argv[i];
        else if (!read_option(b, argv[i], i + 1 < argc ? argv[i + 1] : NULL,
                              &i))
            return false;
    return b->config && b->file_count > 0;
}

int
main(int argc, char **argv)
{
    static struct bench b;
    struct arena        a = ARENA_INIT;
    struct error        err;
    enum status         st;

    if (!read_line(&b, argc, argv)) {
        fprintf(stderr, "usage: recall_bench --config CONF [--mode hybrid|"
                "words|vectors] [--fit] [--json] [--list] FILE...\n");
        return 2;
    }
    if ((st = connect_and_run(&b, &a, &err)) != OK)
        fprintf(stderr, "recall_bench: %s\n", err.text);
    arena_release(&a);
    return st == OK ? 0 : 1;
}
