/* What lies on disk, compared with what the database says. */
#include <dirent.h>

#include "memory/learn_build.h"
#include "store/backlog.h"

#include "base/banned.h"

enum {
    BUCKETS   = 256,
    VAULTS    = 500,   /* so many are enough for one sweep */
};

/* Folders of vaults in one bucket, owned by the list's arena. */
static size_t
list_bucket(struct learner *l, int64_t **ids)
{
    const char *path = arena_printf(&l->list, "%s/vaults/%02zx",
                                    l->setup.conf->state_dir, l->bucket).ptr;
    DIR           *folder = opendir(path);
    struct dirent *entry;
    size_t         count = 0, room = 0;
    int64_t        id;

    *ids = NULL;
    while (folder && (entry = readdir(folder)) != NULL) {
        if (!str_to_int(str_from(entry->d_name), &id) || id <= 0)
            continue;
        if (count == room) {
            int64_t *larger = arena_array(&l->list, int64_t,
                                          room = room ? 2 * room : 16);

            if (count)
                memcpy(larger, *ids, count * sizeof(*larger));
            *ids = larger;
        }
        (*ids)[count++] = id;
    }
    if (folder)
        (void)closedir(folder); /* only read */
    return count;
}

/* Nothing is lost when it cannot be removed now: it comes up again. */
static void
remove_vault(struct learner *l, int64_t vault_id)
{
    struct error err;

    if (generation_remove(&l->list, l->setup.conf->state_dir, vault_id,
                          &err) != OK)
        learn_note_error(l, vault_id, &err);
    else
        learn_note(l, &(struct learn_news){ .event = LEARN_REMOVED,
                                            .vault_id = vault_id });
}

static enum status
look_at(struct learner *l, int64_t vault_id, struct error *err)
{
    struct vault_state now;
    bool               built;
    enum status        st;

    arena_reset(&l->batch);
    st = memory_epoch(l->conn, &l->batch, vault_id, &now, err);
    if (st == OK)
        st = learn_build(l, vault_id, LEARN_CAUSE_ROWS, &built, err);
    else if (st == ERR_NOT_FOUND)
        remove_vault(l, vault_id);
    if (st == ERR_NOT_FOUND || st == ERR_CONFLICT)
        st = OK; /* deleted or changed just now: the next sweep sees it */
    return st == OK ? learn_go_on(l, err) : st;
}

static enum status
sweep(struct learner *l, struct error *err)
{
    enum status st = backlog_sweep(l->conn, &l->list, err);
    size_t      looked = 0;

    for (int i = 0; i < BUCKETS && looked < VAULTS && st == OK; i++) {
        int64_t *ids;
        size_t   count = list_bucket(l, &ids);

        for (size_t k = 0; k < count && st == OK; k++)
            st = look_at(l, ids[k], err);
        looked += count;
        l->bucket = (l->bucket + 1) % BUCKETS;
    }
    return st;
}

enum status
learn_sweep(struct learner *l, struct error *err)
{
    enum status st = db_borrow(l->setup.db, &l->conn, err);

    if (st != OK)
        return st;
    arena_reset(&l->list);
    st = sweep(l, err);
    db_return(l->setup.db, l->conn);
    l->conn = NULL;
    return st;
}
