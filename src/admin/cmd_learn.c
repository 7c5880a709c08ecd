/* learn: what the learner process does, once. */
#include "admin/verbs.h"

#include <stdio.h>

#include "admin/table.h"
#include "store/exchange.h"

#include "base/banned.h"

static const struct table_column columns[] = {
    { "saved", CELL_NUMBER }, { "damaged", CELL_NUMBER },
    { "waiting", CELL_NUMBER },
};

/* As the user who serves: learning needs no more. */
enum status
cmd_learn(struct admin *m, struct error *err)
{
    struct db  *db;
    size_t      saved, bad, waiting;
    enum status st;

    db_library_init();
    db = db_open(&m->conf);
    st = spool_replay(db, m->conf.state_dir, &saved, &bad, err);
    db_close(db);
    waiting = spool_count(m->conf.state_dir);
    if (m->json) {
        struct cell cells[] = { CELL_N(saved), CELL_N(bad), CELL_N(waiting) };

        table_print_object(m->arena, &(struct table){
                               columns, COUNT(columns), cells, 1 });
    } else {
        (void)printf("spool: %zu turns saved, %zu damaged files set aside, "
                     "%zu waiting\n", saved, bad, waiting);
    }
    return st;
}
