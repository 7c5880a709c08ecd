/* forget: deletes memories and says what is left of them. */
#include "admin/verbs.h"

#include "admin/table.h"
#include "admin/which.h"
#include "memory/generation.h"
#include "store/forget.h"

#include "base/banned.h"

static const struct table_column columns[] = {
    { "vault", CELL_NUMBER }, { "memories", CELL_NUMBER },
    { "vectors", CELL_NUMBER }, { "sessions", CELL_NUMBER },
    { "memories_left", CELL_NUMBER }, { "vectors_left", CELL_NUMBER },
};

/* Exactly one of --session, --memory and --all. */
static enum status
check_line(const struct admin *m, struct error *err)
{
    size_t given = (size_t)(admin_given(m, "session") != NULL) +
                   (admin_given(m, "memory") != NULL) +
                   (admin_given(m, "all") != NULL);

    if (given == 1)
        return OK;
    return admin_usage(err, "--session, --memory or --all is needed");
}

static enum status
forget(struct admin *m, int64_t vault_id, struct forget_receipt *receipt,
       struct error *err)
{
    struct str session = admin_text(m, "session");
    struct str memory = admin_text(m, "memory");
    int64_t    id;

    if (session.len)
        return forget_session(m->conn, m->arena, vault_id, session, &m->by,
                              receipt, err);
    if (admin_given(m, "all"))
        return forget_vault(m->conn, m->arena, vault_id, &m->by, receipt,
                            err);
    if (!str_to_int(memory, &id) || id <= 0)
        return admin_usage(err, "--memory: the number that it has in lists");
    return forget_memory(m->conn, m->arena, vault_id, id, &m->by, receipt,
                         err);
}

/* An index that knows what is gone cannot bring it back, but should go too. */
static enum status
renew_index(const struct admin *m, int64_t vault_id, struct error *err)
{
    char name[GENERATION_NAME_BYTES];

    if (generation_current(m->conf.state_dir, vault_id, name, err) != OK)
        return OK; /* there is none */
    return generation_want(m->conf.state_dir, vault_id, err);
}

static void
print(struct admin *m, int64_t vault_id, const struct forget_receipt *r)
{
    struct cell cells[] = { CELL_N(vault_id), CELL_N(r->memories),
                            CELL_N(r->vectors), CELL_N(r->sessions),
                            CELL_N(r->memories_left),
                            CELL_N(r->vectors_left) };

    table_print_row(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                               1 }, m->json);
}

enum status
cmd_forget(struct admin *m, struct error *err)
{
    struct forget_receipt receipt;
    int64_t               vault_id;
    enum status           st = check_line(m, err);

    if (st == OK)
        st = which_vault(m, &vault_id, err);
    if (st == OK)
        st = forget(m, vault_id, &receipt, err);
    if (st == OK)
        st = renew_index(m, vault_id, err);
    if (st == OK)
        print(m, vault_id, &receipt);
    return st;
}
