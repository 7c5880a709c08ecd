/* The store, as tools need it. */
#include "api/mcp_vault.h"

#include "base/banned.h"

static int64_t
vault(const struct mcp *m)
{
    return m->who.access.vault_id;
}

static int64_t
kept_from_ms(const struct mcp *m)
{
    return key_kept_from(&m->who.access, m->who.call->now_ms);
}

static struct db *
database(const struct mcp *m)
{
    return m->who.call->service->db;
}

enum status
mcp_vault_page(struct mcp *m, struct browse *browse, size_t limit,
               struct memory_row **rows, size_t *count, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(database(m), &conn, err);

    if (st != OK)
        return st;
    browse->vault_id = vault(m);
    browse->kept_from_ms = kept_from_ms(m);
    st = browse_page(conn, m->arena, browse, limit, rows, count, err);
    db_return(database(m), conn);
    return st;
}

enum status
mcp_vault_one(struct mcp *m, int64_t id, struct memory_row *row,
              struct version **versions, size_t *count,
              struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(database(m), &conn, err);

    if (st != OK)
        return st;
    st = browse_one(conn, m->arena, vault(m), kept_from_ms(m), id, row, err);
    if (st == OK)
        st = version_list(conn, m->arena, vault(m), id, versions, count, err);
    db_return(database(m), conn);
    return st;
}

enum status
mcp_vault_session(struct mcp *m, struct str name, int64_t *id,
                  struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(database(m), &conn, err);

    if (st != OK)
        return st;
    st = memory_session(conn, m->arena, vault(m), name, id, err);
    db_return(database(m), conn);
    if (st == OK && *id == 0 && name.len)
        return failed(err, ERR_NOT_FOUND, "no session of this name");
    return st;
}

enum status
mcp_vault_delete(struct mcp *m, int64_t id, struct forget_receipt *receipt,
                 struct error *err)
{
    struct audit_actor    by = caller_actor(&m->who);
    struct forget_receipt one;
    struct db_conn       *conn;
    enum status           st = db_borrow(database(m), &conn, err);

    if (st != OK)
        return st;
    st = forget_memory(conn, m->arena, vault(m), id, &by, &one, err);
    db_return(database(m), conn);
    if (st != OK)
        return st;
    receipt->memories += one.memories;
    receipt->vectors += one.vectors;
    receipt->memories_left += one.memories_left;
    receipt->vectors_left += one.vectors_left;
    return OK;
}

enum status
mcp_vault_forget(struct mcp *m, struct forget_receipt *receipt,
                 struct error *err)
{
    struct audit_actor by = caller_actor(&m->who);
    struct db_conn    *conn;
    enum status        st = db_borrow(database(m), &conn, err);

    if (st != OK)
        return st;
    st = forget_vault(conn, m->arena, vault(m), &by, receipt, err);
    db_return(database(m), conn);
    return st;
}
