/*
 * Drives memory/embed.h from a script: embed_probe CONF reads commands, one a
 * line with its words separated by tabs, and answers each with one line.
 *
 *     question DEADLINE_MS MODEL TEXT   OK DIMENSIONS LENGTH CENTRE FIRST
 *                                       (the first number of each; CENTRE
 *                                       is nan while it is not known)
 *     passages TEXT...                  OK DIMENSIONS then for each text the
 *                                       first number, or - where refused
 *     prepare                           OK DIMENSIONS
 *     state                             READY SENTENCE
 *     together COUNT TEXT               COUNT threads ask TEXT 0, TEXT 1 ... at
 *                                       once; how many got a vector
 *
 * What fails is answered with the error's name and text.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory/embed.h"
#include "platform/clock.h"
#include "platform/http.h"

#include "base/banned.h"

enum { LINE_MAX_BYTES = 1 << 20, WORDS_MAX = 1000, THREADS_MAX = 64 };

struct probe {
    struct conf      conf;
    struct embedder *embedder;
};

struct words {
    struct str list[WORDS_MAX];
    size_t     count;
};

static void
split(struct str line, struct words *w)
{
    while (line.len && w->count < WORDS_MAX)
        (void)str_cut(line, '\t', &w->list[w->count++], &line);
}

static enum status
ask(struct probe *p, struct str model, struct str text, int64_t wait_ms,
    float *vector, struct embed_centre *centre, struct error *err)
{
    return embed_question(p->embedder, model, text,
                          clock_tick_us() + wait_ms * 1000, vector, centre,
                          err);
}

static enum status
question(struct probe *p, struct arena *a, const struct words *w,
         struct error *err)
{
    float              *vector = arena_array(a, float, EMBED_DIMENSIONS_MAX);
    struct embed_centre centre;
    double              sum = 0;
    int64_t             wait_ms = 0;
    enum status         st;

    if (w->count < 4 || !str_to_int(w->list[1], &wait_ms))
        return failed(err, ERR_INPUT, "question DEADLINE_MS MODEL TEXT");
    st = ask(p, w->list[2], w->list[3], wait_ms, vector, &centre, err);
    if (st != OK)
        return st;
    for (size_t i = 0; i < centre.dimensions; i++)
        sum += (double)vector[i] * (double)vector[i];
    printf("OK %zu %.4f %.4f %.4f\n", centre.dimensions, sqrt(sum),
           centre.question ? (double)centre.question[0] : (double)NAN,
           (double)vector[0]);
    return OK;
}

static enum status
passages(struct probe *p, struct arena *a, const struct words *w,
         struct error *err)
{
    size_t      count = w->count - 1, dimensions;
    bool       *refused = arena_array(a, bool, count);
    float      *rows;
    enum status st = embed_prepare(p->embedder, err);

    if (st != OK)
        return st;
    dimensions = embed_dimensions(p->embedder);
    rows = arena_array(a, float, count * dimensions);
    st = embed_passages(p->embedder, w->list + 1, count, rows, refused, err);
    if (st != OK)
        return st;
    printf("OK %zu", dimensions);
    for (size_t i = 0; i < count; i++)
        if (refused[i])
            printf(" -");
        else
            printf(" %.4f", (double)rows[i * dimensions]);
    printf("\n");
    return OK;
}

static enum status
prepare(struct probe *p, struct arena *a, const struct words *w,
        struct error *err)
{
    enum status st = embed_prepare(p->embedder, err);

    (void)a, (void)w;
    if (st == OK)
        printf("OK %zu\n", embed_dimensions(p->embedder));
    return st;
}

static enum status
state(struct probe *p, struct arena *a, const struct words *w,
      struct error *err)
{
    (void)w, (void)err;
    printf("%s %s\n", embed_ready(p->embedder) ? "yes" : "no",
           embed_state(p->embedder, a).ptr);
    return OK;
}

struct asker {
    pthread_t     thread;
    struct probe *probe;
    struct str    text;
    enum status   status;
};

static void *
ask_in_thread(void *owner)
{
    struct asker       *one = owner;
    struct arena        a = ARENA_INIT;
    struct embed_centre centre;
    struct error        err;

    one->status = ask(one->probe, str_from(one->probe->conf.embedding_model),
                      one->text, 60000, arena_array(&a, float,
                                                    EMBED_DIMENSIONS_MAX),
                      &centre, &err);
    arena_release(&a);
    return NULL;
}

static enum status
together(struct probe *p, struct arena *a, const struct words *w,
         struct error *err)
{
    struct asker askers[THREADS_MAX];
    int64_t      count = 0;
    size_t       good = 0;

    if (w->count < 3 || !str_to_int(w->list[1], &count) || count < 1 ||
        count > THREADS_MAX)
        return failed(err, ERR_INPUT, "together 1..%d TEXT", THREADS_MAX);
    for (int64_t i = 0; i < count; i++) {
        askers[i].probe = p;
        askers[i].text = arena_printf(a, "%.*s %lld", STR_ARG(w->list[2]),
                                      (long long)i);
        if (pthread_create(&askers[i].thread, NULL, ask_in_thread,
                           &askers[i]) != 0)
            abort(); /* a machine without threads */
    }
    for (int64_t i = 0; i < count; i++) {
        (void)pthread_join(askers[i].thread, NULL);
        good += askers[i].status == OK;
    }
    printf("%zu\n", good);
    return OK;
}

static const struct {
    const char  *name;
    enum status (*run)(struct probe *p, struct arena *a, const struct words *w,
                       struct error *err);
} commands[] = {
    { "question", question }, { "passages", passages }, { "prepare", prepare },
    { "state", state }, { "together", together },
};

static void
run(struct probe *p, struct str line)
{
    struct arena  a = ARENA_INIT;
    struct error  err;
    struct words *w = arena_new(&a, struct words);
    enum status   st = failed(&err, ERR_INPUT, "unknown command");

    split(line, w);
    for (size_t i = 0; w->count > 0 && i < COUNT(commands); i++)
        if (str_equal(w->list[0], str_from(commands[i].name)))
            st = commands[i].run(p, &a, w, &err);
    if (st != OK)
        printf("%s %s\n", error_name(st), err.text);
    (void)fflush(stdout); /* the script waits for it */
    arena_release(&a);
}

int
main(int argc, char **argv)
{
    static char  line[LINE_MAX_BYTES];
    struct arena a = ARENA_INIT;
    struct probe p;
    struct http *http;
    struct error err;

    if (argc != 2 || conf_load(&a, argv[1], &p.conf, &err) != OK ||
        http_open(&http, &err) != OK ||
        embed_open(&p.conf, http, &p.embedder, &err) != OK) {
        printf("%s\n", argc == 2 ? err.text : "embed_probe CONF");
        return EXIT_FAILURE;
    }
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        run(&p, str_from(line));
    }
    embed_close(p.embedder);
    http_close(http);
    arena_release(&a);
    return EXIT_SUCCESS;
}
