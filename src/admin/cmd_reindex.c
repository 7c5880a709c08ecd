/* reindex: makes anew what is made from the database. */
#include "admin/verbs.h"

#include <stdio.h>

#include "admin/study.h"
#include "admin/table.h"
#include "store/backlog.h"

#include "base/banned.h"

static const struct table_column columns[] = {
    { "vaults", CELL_NUMBER }, { "embedded", CELL_NUMBER },
    { "refused", CELL_NUMBER }, { "built", CELL_NUMBER },
    { "waiting", CELL_NUMBER },
};

struct reindexing {
    struct audit_entry    entry;    /* which vaults */
    struct study         *study;
    enum learn_target     target;
    struct backlog_vault *vaults;
    size_t                count;
    size_t                rows;
    size_t                built;
    size_t                waiting;  /* vaults whose model does not work */
};

/* --model and --words. */
static enum status
read_target(struct admin *m, enum learn_target *target, struct error *err)
{
    const char *model = admin_given(m, "model");
    bool        words = admin_given(m, "words") != NULL;

    if (model && words)
        return admin_usage(err, "--model or --words, not both");
    if (model && (!*model || m->conf.embedding == EMBED_NONE))
        return admin_usage(err, "--model: the configuration says embedding = "
                           "%s", *model ? "none" : "something else");
    *target = words ? LEARN_WORDS
              : !model ? LEARN_KEEP
              : strcmp(model, m->conf.embedding_model) == 0 ? LEARN_FOLLOW
                                                            : LEARN_PIN;
    return OK;
}

/* --vault, --account, --all: exactly one. */
static enum status
read_vaults(struct admin *m, struct reindexing *r, struct error *err)
{
    struct str vault = admin_text(m, "vault");
    bool       account = admin_given(m, "account") != NULL;
    bool       all = admin_given(m, "all") != NULL;
    int64_t    id = 0, account_id = 0;
    enum status st;

    if ((vault.len > 0) + account + all != 1)
        return admin_usage(err, "--vault, --account or --all is needed");
    if (vault.len > 0 && (!str_to_int(vault, &id) || id <= 0))
        return admin_usage(err, "--vault: a number, as `key list` shows it");
    if ((st = admin_connect(m, err)) != OK ||
        (account && (st = admin_account(m, &account_id, err)) != OK))
        return st;
    r->entry = (struct audit_entry){
        .act = id        ? AUDIT_VAULT_REINDEX
               : account ? AUDIT_ACCOUNT_REINDEX
                         : AUDIT_REINDEX,
        .id = id ? id : account_id };
    st = backlog_vaults(m->conn, m->arena, account_id, &r->vaults, &r->count,
                        err);
    for (size_t i = 0; id && st == OK && i < r->count; i++)
        if (r->vaults[i].id == id) {
            r->vaults += i;
            r->count = 1;
            return OK;
        }
    if (st == OK && id)
        return failed(err, ERR_NOT_FOUND, "there is no vault %lld: "
                      "`memoryrouter-admin key list` shows all",
                      (long long)id);
    return st;
}

/* A vault that was removed meanwhile needs nothing. */
static enum status
reindex(struct reindexing *r, struct error *err)
{
    struct learn_round round;
    int64_t            before = 0;
    enum status        st = OK;

    for (size_t i = 0; i < r->count; i++)
        r->study->total += r->vaults[i].rows;
    for (size_t i = 0; i < r->count && st == OK; i++) {
        st = learn_vault(r->study->learner, r->vaults[i].id, r->target,
                         &round, err);
        if (st == ERR_NOT_FOUND)
            st = OK;
        r->rows += round.rows;
        r->built += round.built;
        r->waiting += round.waits > 0;
        r->study->done = before += r->vaults[i].rows;
        progress_show(&r->study->progress, before, r->study->total);
    }
    return st;
}

static void
print(struct admin *m, const struct reindexing *r)
{
    if (m->json) {
        struct cell cells[] = { CELL_N(r->count), CELL_N(r->rows),
                                CELL_N(r->study->refused), CELL_N(r->built),
                                CELL_N(r->waiting) };

        table_print_object(m->arena, &(struct table){
                               columns, COUNT(columns), cells, 1 });
        return;
    }
    (void)printf("%zu vaults: %zu memories embedded, %zu refused, "
                 "%zu generations built\n", r->count, r->rows,
                 r->study->refused, r->built);
    if (r->waiting > 0)
        (void)printf("%zu vaults go by words until their model works: %s\n",
                     r->waiting,
                     embed_state(r->study->embedder, m->arena).ptr);
}

enum status
cmd_reindex(struct admin *m, struct error *err)
{
    struct reindexing r = { .target = LEARN_KEEP };
    enum status       st;

    if ((st = read_target(m, &r.target, err)) != OK ||
        (st = read_vaults(m, &r, err)) != OK ||
        (st = study_open(m, admin_given(m, "model"), "reindexing", &r.study,
                         err)) != OK)
        return st;
    if ((st = audit_add(m->conn, &m->by, &r.entry, err)) != OK)
        return st;
    st = reindex(&r, err);
    progress_end(&r.study->progress);
    if (st == OK)
        print(m, &r);
    return st;
}
