/* The vault that the command line names. */
#include "admin/which.h"

#include "store/backlog.h"
#include "store/keys.h"

#include "base/banned.h"

static enum status
vault_of_key(struct admin *m, int64_t key_id, int64_t *vault_id,
             struct error *err)
{
    struct keys_row *list;
    size_t          count;
    enum status     st = keys_list(m->conn, m->arena, 0, &list, &count, err);

    for (size_t i = 0; st == OK && i < count; i++)
        if (list[i].id == key_id) {
            *vault_id = list[i].vault_id;
            return OK;
        }
    if (st != OK)
        return st;
    return failed(err, ERR_NOT_FOUND, "there is no key %lld: "
                  "`memoryrouter-admin key list` shows all",
                  (long long)key_id);
}

static enum status
check_vault(struct admin *m, int64_t vault_id, struct error *err)
{
    struct backlog_vault *list;
    size_t                count;
    enum status st = backlog_vaults(m->conn, m->arena, 0, &list, &count, err);

    for (size_t i = 0; st == OK && i < count; i++)
        if (list[i].id == vault_id)
            return OK;
    if (st != OK)
        return st;
    return failed(err, ERR_NOT_FOUND, "there is no vault %lld: "
                  "`memoryrouter-admin stats` shows all",
                  (long long)vault_id);
}

enum status
which_vault(struct admin *m, int64_t *vault_id, struct error *err)
{
    struct str  vault = admin_text(m, "vault"), key = admin_text(m, "key");
    int64_t     id = 0;
    enum status st;

    if ((vault.len > 0) + (key.len > 0) != 1 ||
        !str_to_int(vault.len ? vault : key, &id) || id <= 0)
        return admin_usage(err, "--key ID (as `key list` shows it) or "
                           "--vault ID is needed");
    if ((st = admin_connect(m, err)) != OK)
        return st;
    if (key.len)
        return vault_of_key(m, id, vault_id, err);
    *vault_id = id;
    return check_vault(m, id, err);
}
