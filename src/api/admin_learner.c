/* /admin/v1/learner and /admin/v1/reindex: how far learners are, and indexes
 * built anew. */
#include "api/admin.h"

#include "api/endpoints.h"
#include "memory/generation.h"
#include "store/backlog.h"

#include "base/banned.h"

static struct arena *
arena_of(const struct admin_call *a)
{
    return a->acts.call->request->arena;
}

static enum status
tell_learner(struct admin_call *a, struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct db_conn       *conn;
    int64_t               vaults = 0, rows = 0;
    enum status           st = admin_borrow(a, &conn, err);

    if (st != OK)
        return st;
    st = backlog_size(conn, arena_of(a), &vaults, &rows, err);
    db_return(s->db, conn);
    if (st != OK)
        return st;
    buf_printf(a->acts.answer, "{\"vaults_behind\":%lld,\"rows_behind\":%lld,"
               "\"spooled_turns\":%zu,\"embedding\":{\"backend\":\"%s\","
               "\"model\":", (long long)vaults, (long long)rows,
               spool_count(s->conf->state_dir), embed_backend(s->embedder));
    json_add_string(a->acts.answer, embed_model(s->embedder));
    buf_printf(a->acts.answer, ",\"ready\":%s,\"state\":",
               embed_ready(s->embedder) ? "true" : "false");
    json_add_string(a->acts.answer, embed_state(s->embedder, arena_of(a)));
    buf_add(a->acts.answer, STR("}}"));
    return OK;
}

void
admin_learner(struct call *c)
{
    admin_serve(c, tell_learner);
}

/* {"account_id": N}, {"vault_id": N} or {"all": true}. */
static enum status
read_target(struct admin_call *a, int64_t *account_id, int64_t *vault_id,
            struct error *err)
{
    struct json account = json_member(&a->acts.body, "account_id");
    struct json vault = json_member(&a->acts.body, "vault_id");
    struct json all = json_member(&a->acts.body, "all");

    *account_id = *vault_id = 0;
    if (json_is_true(&all) ||
        (json_int(&account, account_id) && *account_id > 0) ||
        (json_int(&vault, vault_id) && *vault_id > 0))
        return OK;
    return refused(err, ERR_INPUT, "invalid_request",
                   "Send {\"vault_id\": N}, {\"account_id\": N} or "
                   "{\"all\": true}.", "What is to be indexed is not said");
}

/* Leaves the vault that is meant, or all. */
static size_t
choose(struct backlog_vault *list, size_t count, int64_t vault_id)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!vault_id || list[i].id == vault_id)
            list[kept++] = list[i];
    return kept;
}

/* The vaults that are meant, and the record that they are indexed. */
static enum status
find_vaults(struct admin_call *a, struct db_conn *conn, int64_t account_id,
            int64_t vault_id, struct backlog_vault **list, size_t *count,
            struct error *err)
{
    struct audit_entry entry = {
        .act = vault_id     ? AUDIT_VAULT_REINDEX
               : account_id ? AUDIT_ACCOUNT_REINDEX
                            : AUDIT_REINDEX,
        .id = vault_id ? vault_id : account_id };
    enum status st = backlog_vaults(conn, arena_of(a), account_id, list, count,
                                    err);

    if (st != OK)
        return st;
    *count = choose(*list, *count, vault_id);
    if (*count == 0)
        return admin_for_caller(ERR_NOT_FOUND, "vault", err);
    return audit_add(conn, &a->acts.by, &entry, err);
}

static enum status
want_indexes(struct admin_call *a, struct error *err)
{
    const struct service *s = a->acts.call->service;
    struct backlog_vault *list;
    struct db_conn       *conn;
    int64_t               account_id, vault_id;
    size_t                count;
    enum status           st = read_target(a, &account_id, &vault_id, err);

    if (st != OK || (st = admin_borrow(a, &conn, err)) != OK)
        return st;
    st = find_vaults(a, conn, account_id, vault_id, &list, &count, err);
    db_return(s->db, conn);
    if (st != OK)
        return st;
    for (size_t i = 0; st == OK && i < count; i++)
        st = generation_want(s->conf->state_dir, list[i].id, err);
    buf_printf(a->acts.answer, "{\"wanted\":%zu}", count);
    a->acts.http = 202;
    return st;
}

void
admin_learner_reindex(struct call *c)
{
    admin_serve(c, want_indexes);
}
