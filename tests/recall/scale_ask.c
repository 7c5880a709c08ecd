/*
 * How long recall takes in vaults that tests/recall/scale filled: each vault
 * is asked once (cold), then threads ask vaults at random (warm).
 *
 *     scale_ask CONF FIRST_VAULT LAST_VAULT MEMORIES [THREADS [QUESTIONS
 *         [MODE]]]
 *
 * QUESTIONS is the number of all threads together, MODE as of recall-bench.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/smaps.h"
#include "memory/recall.h"
#include "platform/clock.h"
#include "recall/made.h"
#include "recall/search.h"
#include "recall/vault.h"

#include "base/banned.h"

enum { THREADS_MAX = 64, COLD_MAX = 1000, QUESTION_MAX = 256, LIMIT = 12 };

/* Memories lie in 2025; the questions come at its end. */
static const int64_t ASKED_MS = 1767225600000;
static const int64_t DEADLINE_US = 120000000;

/* What all threads share; each owns its part of the times. */
struct scale {
    const struct conf *conf;
    struct db         *db;
    struct recall     *recall;
    enum search_mode   mode;
    struct search     *search;
    uint64_t           first, last, memories;
    size_t             threads, questions;
    int64_t           *times;  /* one a question */
};

struct asker {
    pthread_t     thread;
    struct scale *scale;
    size_t        number;
    size_t        failures;
    size_t        empty;       /* answers without a memory */
    struct error  why;         /* the last failure */
};

static enum status
ask(struct asker *k, struct arena *a, uint64_t vault, uint64_t seq,
    int64_t *took_us)
{
    struct scale       *s = k->scale;
    struct buf         *text = buf_new(a, QUESTION_MAX);
    struct recall_query query = {
        .scope = SCOPE_ALL,
        .select = { .limit = LIMIT, .token_budget = SIZE_MAX / 2,
                    .related_too = true,
                    .windows = { .now_ms = ASKED_MS } },
    };
    struct vault         asked = { .id = (int64_t)vault };
    struct recall_answer found;
    int64_t              start;
    enum status          st;

    made_question(text, vault, seq);
    query.question = buf_str(text);
    if ((st = vault_look(s->db, &asked, &k->why)) != OK)
        return st;
    start = clock_tick_us();
    query.vault = asked.state;
    query.vault.deadline_us = start + DEADLINE_US;
    st = recall_find(s->recall, s->db, a, &query, &found, &k->why);
    *took_us = clock_tick_us() - start - found.embed_us;
    k->empty += st == OK && found.count == 0;
    return st;
}

static void *
ask_at_random(void *asker)
{
    struct asker *k = asker;
    struct scale *s = k->scale;
    struct arena  a = ARENA_INIT;
    uint64_t      state = k->number + 1;

    for (size_t i = k->number; i < s->questions; i += s->threads) {
        uint64_t vault, seq;

        /* Knuth's MMIX generator; its high bits are the good ones. */
        state = state * 6364136223846793005u + 1442695040888963407u;
        vault = s->first + (state >> 33) % (s->last - s->first + 1);
        seq = 1 + (state >> 17) % s->memories;
        k->failures += ask(k, &a, vault, seq, &s->times[i]) != OK;
        arena_reset(&a);
    }
    arena_release(&a);
    db_thread_end();
    return NULL;
}

static int
by_size(const void *left, const void *right)
{
    int64_t l = *(const int64_t *)left, r = *(const int64_t *)right;

    return (l > r) - (l < r);
}

static void
print_times(const char *name, int64_t *times, size_t count)
{
    qsort(times, count, sizeof(*times), by_size);
    printf("%-5s %6zu questions, p50 %.2f ms, p95 %.2f ms, worst %.2f ms, "
           "PSS %.1f MB\n", name, count, (double)times[count / 2] / 1000,
           (double)times[count * 95 / 100] / 1000,
           (double)times[count - 1] / 1000,
           memory_kib("Pss:") / 1024);
}

/* One question to each vault, the first that it gets. */
static enum status
ask_cold(struct asker *k)
{
    static int64_t times[COLD_MAX];
    struct arena   a = ARENA_INIT;
    size_t         count = 0;
    enum status    st = OK;

    for (uint64_t v = k->scale->first;
         v <= k->scale->last && count < COLD_MAX && st == OK; v++) {
        st = ask(k, &a, v, 1, &times[count++]);
        arena_reset(&a);
    }
    arena_release(&a);
    if (st == OK)
        print_times("cold", times, count);
    return st;
}

/* False when a question failed. */
static bool
ask_warm(struct scale *s)
{
    static struct asker askers[THREADS_MAX];
    size_t              failures = 0, empty = 0;
    int64_t             start = clock_tick_us();

    for (size_t i = 0; i < s->threads; i++) {
        askers[i] = (struct asker){ .scale = s, .number = i };
        if (pthread_create(&askers[i].thread, NULL, ask_at_random,
                           &askers[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < s->threads; i++) {
        (void)pthread_join(askers[i].thread, NULL); /* it was created */
        failures += askers[i].failures;
        empty += askers[i].empty;
        if (askers[i].failures)
            fprintf(stderr, "scale_ask: %s\n", askers[i].why.text);
    }
    print_times("warm", s->times, s->questions);
    printf("%zu threads, %.0f questions a second, %zu without a hit, %zu "
           "failed\n", s->threads, (double)s->questions * 1e6 /
           (double)(clock_tick_us() - start), empty, failures);
    return failures == 0;
}

static enum status
run(struct scale *s, struct error *err)
{
    struct asker first = { .scale = s };
    enum status  st;

    s->db = db_open(s->conf);
    st = search_open(s->mode, s->conf, s->db, &s->search, err);
    if (st != OK)
        return st;
    s->recall = recall_open(&(struct recall_options){
        .tails = { .state_dir = s->conf->state_dir,
                   .cache_bytes = (size_t)s->conf->tail_cache_bytes,
                   .most = (size_t)s->conf->open_vaults },
        .embedder = search_embedder(s->search),
        .searches = (size_t)sysconf(_SC_NPROCESSORS_ONLN),
    });
    s->times = alloc_array_or_die(s->questions, sizeof(*s->times));
    if ((st = ask_cold(&first)) != OK)
        *err = first.why;
    else if (!ask_warm(s))
        st = failed(err, ERR_INTERNAL, "questions failed");
    free(s->times);
    recall_close(s->recall);
    search_close(s->search);
    db_close(s->db);
    return st;
}

int
main(int argc, char **argv)
{
    static struct conf conf;
    struct scale       s = { .conf = &conf, .threads = 2, .questions = 1000,
                             .mode = SEARCH_HYBRID };
    uint64_t          *vaults[] = { &s.first, &s.last, &s.memories };
    size_t            *counts[] = { &s.threads, &s.questions };
    struct arena       a = ARENA_INIT;
    struct error       err;
    enum status        st;

    for (int i = 2; i < argc && i < 5; i++)
        *vaults[i - 2] = strtoull(argv[i], NULL, 10);
    for (int i = 5; i < argc && i < 7; i++)
        *counts[i - 5] = strtoull(argv[i], NULL, 10);
    if (argc < 5 || s.first > s.last || s.memories == 0 || s.threads == 0 ||
        s.threads > THREADS_MAX || s.questions == 0 ||
        (argc > 7 && !search_find(str_from(argv[7]), &s.mode))) {
        fprintf(stderr, "usage: scale_ask CONF FIRST_VAULT LAST_VAULT "
                "MEMORIES [THREADS [QUESTIONS [MODE]]]\n");
        return 2;
    }
    db_library_init();
    st = conf_load(&a, argv[1], &conf, &err);
    if (st == OK)
        st = run(&s, &err);
    if (st != OK)
        fprintf(stderr, "scale_ask: %s\n", err.text);
    arena_release(&a);
    return st == OK ? 0 : 1;
}
