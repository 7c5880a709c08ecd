/* export: every memory of a vault as a JSON line, in constant memory. */
#include "admin/verbs.h"

#include <errno.h>
#include <stdio.h>

#include "admin/progress.h"
#include "admin/which.h"
#include "memory/entry.h"
#include "store/browse.h"
#include "store/tally.h"

#include "base/banned.h"

enum { PAGE_ROWS = 500, PAGE_MAX_BYTES = 64 << 20 };

struct exporting {
    struct admin   *m;
    FILE           *out;
    struct browse   at;
    struct progress progress;
    int64_t         lines;
    int64_t         total;
};

static enum status
cannot_write(const struct admin *m, struct error *err)
{
    const char *path = admin_given(m, "output");

    return failed(err, ERR_CONFIG, "%s cannot be written: %s",
                  path ? path : "standard output", strerror(errno));
}

static enum status
write_page(struct exporting *x, struct arena *a, bool *more,
           struct error *err)
{
    struct buf        *b = buf_new(a, PAGE_MAX_BYTES);
    struct memory_row *rows = NULL;
    size_t             count = 0;
    enum status        st = browse_page(x->m->conn, a, &x->at, PAGE_ROWS,
                                        &rows, &count, err);

    for (size_t i = 0; st == OK && i < count; i++)
        entry_add_line(b, &rows[i]);
    if (st == OK)
        st = buf_finish(b, "a page of the export", err);
    if (st != OK)
        return st;
    if (b->len && fwrite(b->ptr, 1, b->len, x->out) != b->len)
        return cannot_write(x->m, err);
    if (count)
        x->at.beyond = rows[count - 1].id;
    x->lines += (int64_t)count;
    *more = count == PAGE_ROWS;
    return OK;
}

static enum status
write_all(struct exporting *x, struct error *err)
{
    struct arena a = ARENA_INIT;
    bool         more = true;
    enum status  st = OK;

    progress_begin(&x->progress, "exporting");
    while (st == OK && more) {
        st = write_page(x, &a, &more, err);
        arena_reset(&a);
        progress_show(&x->progress, x->lines, x->total);
    }
    progress_end(&x->progress);
    arena_release(&a);
    return st;
}

enum status
cmd_export(struct admin *m, struct error *err)
{
    const char      *path = admin_given(m, "output");
    struct exporting x = { .m = m, .out = stdout,
                           .at = { .oldest_first = true,
                                   .session_id = BROWSE_ANY,
                                   .role = BROWSE_ANY } };
    struct tally     tally;
    enum status      st = which_vault(m, &x.at.vault_id, err);

    if (st != OK || (st = tally_vault(m->conn, m->arena, x.at.vault_id,
                                      &tally, err)) != OK)
        return st;
    x.total = tally.memories;
    if ((st = audit_add(m->conn, &m->by, &(struct audit_entry){
                            .act = AUDIT_MEMORY_EXPORT,
                            .id = x.at.vault_id }, err)) != OK)
        return st;
    if (path && !(x.out = fopen(path, "we")))
        return cannot_write(m, err);
    st = write_all(&x, err);
    if (path && fclose(x.out) != 0 && st == OK)
        st = cannot_write(m, err);
    return st;
}
