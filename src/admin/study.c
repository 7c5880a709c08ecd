/* Learning at the command line. */
#include "admin/study.h"

#include <stdio.h>

#include "base/banned.h"

/* What went wrong is written as it happens; the work goes on. */
static void
complain(struct study *s, const struct learn_news *news)
{
    bool was_wanted = s->progress.wanted;

    progress_end(&s->progress);
    s->progress.wanted = was_wanted;
    if (news->vault_id)
        (void)fprintf(stderr, "vault %lld: ", (long long)news->vault_id);
    (void)fprintf(stderr, "%s\n", news->error->text);
}

static void
note(void *owner, const struct learn_news *news)
{
    struct study *s = owner;

    switch (news->event) {
    case LEARN_EMBEDDED:
        s->done += news->count;
        progress_show(&s->progress, s->done, s->total);
        break;
    case LEARN_REFUSED:
        s->refused++;
        break;
    case LEARN_FAILED:
        s->failures++;
        complain(s, news);
        break;
    case LEARN_ADOPTED: case LEARN_BUILT: case LEARN_REMOVED:
        break; /* rounds count them */
    }
}

static void
close_study(void *ptr)
{
    struct study *s = ptr;

    progress_end(&s->progress);
    if (s->learner)
        learn_close(s->learner);
    if (s->embedder)
        embed_close(s->embedder);
    if (s->http)
        http_close(s->http);
    db_close(s->db);
}

enum status
study_open(struct admin *m, const char *model, const char *what,
           struct study **study, struct error *err)
{
    struct study *s = arena_new(m->arena, struct study);
    struct conf  *conf = arena_new(m->arena, struct conf);
    enum status   st;

    *conf = m->conf;
    if (model)
        conf->embedding_model = model;
    db_library_init();
    s->db = db_open(conf);
    arena_defer(m->arena, close_study, s);
    if ((st = http_open(&s->http, err)) != OK ||
        (st = embed_open(conf, s->http, &s->embedder, err)) != OK)
        return st;
    s->learner = learn_open(&(struct learn_setup){
        .conf = conf, .db = s->db, .http = s->http, .embedder = s->embedder,
        .stop_fd = -1, .hurry = true, .note = note, .owner = s });
    progress_begin(&s->progress, what);
    *study = s;
    return OK;
}
