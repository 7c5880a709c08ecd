/* Rounds. */
#include "memory/learn.h"

#include <dirent.h>
#include <poll.h>
#include <stdlib.h>

#include "memory/learn_build.h"
#include "memory/learn_embed.h"
#include "memory/learn_model.h"
#include "platform/clock.h"
#include "store/backlog.h"

#include "base/banned.h"

enum {
    PAGE            = 64,         /* vaults of a round */
    DISK_REST_US    = 10000000,
    CLAIM_REST_MS   = 20,
    OTHERS_BUILD_US = 120000000,
};

struct learner *
learn_open(const struct learn_setup *setup)
{
    struct learner *l = alloc_array_or_die(1, sizeof(*l));

    l->setup = *setup;
    l->list = l->batch = l->other_arena = ARENA_INIT;
    return l;
}

void
learn_close(struct learner *l)
{
    learn_model_close(l);
    arena_release(&l->list);
    arena_release(&l->batch);
    arena_release(&l->other_arena);
    free(l);
}

void
learn_note(struct learner *l, const struct learn_news *news)
{
    l->setup.note(l->setup.owner, news);
}

void
learn_note_error(struct learner *l, int64_t vault_id, const struct error *err)
{
    learn_note(l, &(struct learn_news){ .event = LEARN_FAILED,
                                        .vault_id = vault_id, .error = err });
}

enum status
learn_go_on(const struct learner *l, struct error *err)
{
    struct pollfd stop = { l->setup.stop_fd, POLLIN, 0 };

    if (l->setup.stop_fd >= 0 && poll(&stop, 1, 0) > 0)
        return failed(err, ERR_BUSY, "told to stop");
    return OK;
}

static enum status
adopt(struct learner *l, int64_t vault_id, struct learn_round *round,
      struct error *err)
{
    bool        adopted;
    enum status st = backlog_adopt(l->conn, vault_id, l->own.id, &adopted,
                                   err);

    round->adopted += adopted;
    if (adopted)
        learn_note(l, &(struct learn_news){ .event = LEARN_ADOPTED,
                                            .vault_id = vault_id });
    return st;
}

/* Vaults that follow the configuration get its model. */
static enum status
adopt_foreign(struct learner *l, struct learn_round *round, struct error *err)
{
    int64_t    *ids;
    size_t      count = 0;
    enum status st = OK;

    if (!l->own.id || !l->own.ready)
        return OK;
    st = backlog_foreign(l->conn, &l->list, l->own.id, PAGE, &ids, &count,
                         err);
    for (size_t i = 0; i < count && st == OK; i++)
        st = adopt(l, ids[i], round, err);
    return st;
}

/* Trouble with building leaves the old generation, and everything else goes
 * on.  A database that is away shows at the next statement. */
static enum status
build(struct learner *l, int64_t vault_id, enum learn_cause cause,
      struct learn_round *round, struct error *err)
{
    bool        built;
    enum status st = learn_build(l, vault_id, cause, &built, err);

    round->built += built;
    if (st == OK || st == ERR_BUSY)
        return st;
    if (st == ERR_NOT_FOUND) /* the vault is gone */
        (void)generation_unwant(l->setup.conf->state_dir, vault_id);
    if (st == ERR_STORE)
        l->build_after_us = clock_tick_us() + DISK_REST_US;
    if (st != ERR_NOT_FOUND && st != ERR_CONFLICT)
        learn_note_error(l, vault_id, err);
    return OK;
}

static enum status
embed(struct learner *l, int64_t vault_id, struct learn_batch *batch,
      struct learn_round *round, struct error *err)
{
    enum status st = learn_embed(l, vault_id, batch, err);

    if (st == ERR_NOT_FOUND || st == ERR_CONFLICT) {
        *batch = (struct learn_batch){ 0 }; /* the next round sees what is */
        return OK;
    }
    if (st == ERR_INTERNAL) {
        learn_note_error(l, vault_id, err);
        return OK;
    }
    round->busy += batch->busy;
    round->waits += batch->waits;
    round->rows += batch->rows;
    if (batch->rows > 0)
        learn_note(l, &(struct learn_news){
                       .event = LEARN_EMBEDDED, .vault_id = vault_id,
                       .count = (int64_t)batch->rows });
    return st;
}

/* A page of the vaults that are behind, one batch each. */
static enum status
catch_up(struct learner *l, struct learn_round *round, struct error *err)
{
    struct learn_batch batch;
    int64_t           *ids;
    size_t             count = 0;
    enum status        st = backlog_behind(l->conn, &l->list, l->cursor, PAGE,
                                           &ids, &count, err);

    for (size_t i = 0; i < count && st == OK; i++) {
        st = embed(l, ids[i], &batch, round, err);
        if (st == OK && batch.rows > 0)
            st = build(l, ids[i], batch.complete ? LEARN_CAUSE_ROWS
                                                 : LEARN_CAUSE_BACKLOG,
                       round, err);
        l->cursor = ids[i];
        if (st == OK)
            st = learn_go_on(l, err);
    }
    if (st == OK && count < PAGE) {
        l->cursor = 0;
        round->wrapped = true;
    }
    return st;
}

/* The names are read first: what is built is taken out of the folder. */
static size_t
list_wanted(struct learner *l, int64_t *ids)
{
    DIR           *folder = opendir(arena_printf(
        &l->list, "%s/wanted", l->setup.conf->state_dir).ptr);
    struct dirent *entry;
    size_t         count = 0;

    if (!folder)
        return 0; /* nobody ever wanted one */
    while (count < PAGE && (entry = readdir(folder)) != NULL)
        if (str_to_int(str_from(entry->d_name), &ids[count]) &&
            ids[count] > 0)
            count++;
    (void)closedir(folder); /* only read */
    return count;
}

static enum status
build_wanted(struct learner *l, struct learn_round *round, struct error *err)
{
    int64_t     ids[PAGE];
    size_t      count = list_wanted(l, ids);
    enum status st = OK;

    for (size_t i = 0; i < count && st == OK; i++) {
        st = build(l, ids[i], LEARN_CAUSE_WANTED, round, err);
        if (st == OK)
            st = learn_go_on(l, err);
    }
    return st;
}

static enum status
begin(struct learner *l, struct learn_round *round, struct error *err)
{
    *round = (struct learn_round){ 0 };
    arena_reset(&l->list);
    arena_reset(&l->batch);
    return db_borrow(l->setup.db, &l->conn, err);
}

static void
end(struct learner *l)
{
    db_return(l->setup.db, l->conn);
    l->conn = NULL;
}

enum status
learn_some(struct learner *l, struct learn_round *round, struct error *err)
{
    enum status st = begin(l, round, err);

    if (st != OK)
        return st;
    if ((st = learn_model_refresh(l, err)) == OK &&
        (st = adopt_foreign(l, round, err)) == OK &&
        (st = catch_up(l, round, err)) == OK)
        st = build_wanted(l, round, err);
    end(l);
    return st;
}

/* A vault that is new, or older than the configuration. */
static enum status
adopt_one(struct learner *l, int64_t vault_id, struct learn_round *round,
          struct error *err)
{
    struct vault_state now;
    enum status        st = memory_epoch(l->conn, &l->batch, vault_id, &now,
                                         err);

    if (st == OK && l->own.ready && !now.model_pinned &&
        now.model_id != l->own.id)
        st = adopt(l, vault_id, round, err);
    return st;
}

/* Until nothing is left behind, whoever does it. */
static enum status
embed_all(struct learner *l, int64_t vault_id, struct learn_round *round,
          struct error *err)
{
    struct learn_batch batch;
    enum status        st;

    do {
        st = learn_go_on(l, err);
        if (st == OK)
            st = adopt_one(l, vault_id, round, err);
        if (st == OK)
            st = embed(l, vault_id, &batch, round, err);
        if (st == OK && batch.busy)
            clock_pause_ms(CLAIM_REST_MS);
    } while (st == OK && !batch.complete && !batch.waits);
    return st;
}

static enum status
set_target(struct learner *l, int64_t vault_id, enum learn_target target,
           struct error *err)
{
    if (target == LEARN_KEEP)
        return OK;
    if (target == LEARN_WORDS)
        return backlog_set_model(l->conn, vault_id, 0, true, err);
    if (!l->own.ready)
        return failed(err, ERR_UPSTREAM, "%s",
                      embed_state(l->own.embedder, &l->batch).ptr);
    return backlog_set_model(l->conn, vault_id, l->own.id,
                             target == LEARN_PIN, err);
}

/* Whoever builds this vault now ends some time. */
static enum status
build_anyway(struct learner *l, int64_t vault_id, struct learn_round *round,
             struct error *err)
{
    int64_t     until_us = clock_tick_us() + OTHERS_BUILD_US;
    bool        built;
    enum status st = learn_build(l, vault_id, LEARN_CAUSE_FORCED, &built, err);

    while (st == ERR_CONFLICT && clock_tick_us() < until_us) {
        clock_pause_ms(CLAIM_REST_MS);
        if ((st = learn_go_on(l, err)) == OK)
            st = learn_build(l, vault_id, LEARN_CAUSE_FORCED, &built, err);
    }
    round->built += built;
    return st;
}

enum status
learn_vault(struct learner *l, int64_t vault_id, enum learn_target target,
            struct learn_round *round, struct error *err)
{
    enum status st = begin(l, round, err);

    if (st != OK)
        return st;
    st = learn_model_refresh(l, err);
    if (st == OK)
        st = set_target(l, vault_id, target, err);
    if (st == OK)
        st = embed_all(l, vault_id, round, err);
    if (st == OK)
        st = build_anyway(l, vault_id, round, err);
    end(l);
    return st;
}
