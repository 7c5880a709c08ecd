/* learn: what the learner process does, until nothing is left to do. */
#include "admin/verbs.h"

#include <stdio.h>

#include "admin/study.h"
#include "admin/table.h"
#include "platform/clock.h"
#include "store/backlog.h"
#include "store/exchange.h"
#include "store/upkeep.h"

#include "base/banned.h"

enum { OTHERS_WORK_MS = 50 };

static const struct table_column columns[] = {
    { "saved", CELL_NUMBER },    { "damaged", CELL_NUMBER },
    { "waiting", CELL_NUMBER },  { "embedded", CELL_NUMBER },
    { "refused", CELL_NUMBER },  { "built", CELL_NUMBER },
    { "behind", CELL_NUMBER },   { "rolled_days", CELL_NUMBER },
    { "deleted", CELL_NUMBER }, { "events_deleted", CELL_NUMBER },
};

struct learning {
    struct admin *m;
    struct study *study;
    size_t        saved;     /* turns of the spool             */
    size_t        damaged;
    size_t        waiting;
    size_t        rows;
    size_t        built;
    int64_t       behind;    /* rows that are left             */
    struct upkeep_done upkeep;
};

static enum status
count_behind(struct learning *g, int64_t *rows, struct error *err)
{
    struct db_conn *conn;
    int64_t         vaults;
    enum status     st = db_borrow(g->study->db, &conn, err);

    if (st != OK)
        return st;
    st = backlog_size(conn, g->m->arena, &vaults, rows, err);
    db_return(g->study->db, conn);
    return st;
}

/* Rounds until one time around all vaults nothing was done; what other
 * learners have in work is waited for. */
static enum status
learn_all(struct learning *g, struct error *err)
{
    struct learn_round round;
    size_t             work = 0, busy = 0;
    bool               over = false;
    enum status        st = OK;

    while (st == OK && !over) {
        st = learn_some(g->study->learner, &round, err);
        g->rows += round.rows;
        g->built += round.built;
        work += round.rows + round.built + round.adopted;
        busy += round.busy;
        if (st != OK || !round.wrapped)
            continue;
        over = work + busy == 0;
        if (work == 0 && busy > 0)
            clock_pause_ms(OTHERS_WORK_MS);
        work = busy = 0;
    }
    return st;
}

static void
print(const struct learning *g)
{
    if (g->m->json) {
        struct cell cells[] = {
            CELL_N(g->saved), CELL_N(g->damaged), CELL_N(g->waiting),
            CELL_N(g->rows), CELL_N(g->study->refused), CELL_N(g->built),
            CELL_N(g->behind), CELL_N(g->upkeep.days),
            CELL_N(g->upkeep.deleted), CELL_N(g->upkeep.events),
        };

        table_print_object(g->m->arena, &(struct table){
                               columns, COUNT(columns), cells, 1 });
        return;
    }
    (void)printf("spool: %zu turns saved, %zu damaged files set aside, "
                 "%zu waiting\n", g->saved, g->damaged, g->waiting);
    (void)printf("memories: %zu embedded, %zu refused, %lld waiting\n",
                 g->rows, g->study->refused, (long long)g->behind);
    (void)printf("generations: %zu built\n", g->built);
    (void)printf("upkeep: %zu days of usage rolled up, %zu memories and %zu "
                 "events of usage past their time deleted\n", g->upkeep.days,
                 g->upkeep.deleted, g->upkeep.events);
    if (g->behind > 0)
        (void)printf("embedding: %s\n",
                     embed_state(g->study->embedder, g->m->arena).ptr);
}

enum status
cmd_learn(struct admin *m, struct error *err)
{
    struct learning g = { .m = m };
    struct error    later;
    enum status     st = study_open(m, NULL, "learning", &g.study, err);
    enum status     spooled;

    if (st != OK)
        return st;
    spooled = spool_replay(g.study->db, m->conf.state_dir, &g.saved,
                           &g.damaged, err);
    g.waiting = spool_count(m->conf.state_dir);
    if ((st = upkeep_run(g.study->db, &m->conf, m->now_ms, &g.upkeep,
                         &later)) == OK &&
        (st = count_behind(&g, &g.study->total, &later)) == OK &&
        (st = learn_all(&g, &later)) == OK &&
        (st = learn_sweep(g.study->learner, &later)) == OK)
        st = count_behind(&g, &g.behind, &later);
    progress_end(&g.study->progress);
    print(&g);
    if (spooled != OK)
        return spooled;
    if (st != OK) {
        *err = later;
        return st;
    }
    if (g.study->failures > 0)
        return failed(err, ERR_INTERNAL, "not everything could be done; what "
                      "is left waits for the next time");
    return OK;
}
