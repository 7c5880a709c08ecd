/* export: every memory of a vault as a JSON line, in constant memory. */
#include "admin/verbs.h"

#include <errno.h>
#include <stdio.h>

#include "admin/progress.h"
#include "admin/which.h"
#include "memory/takeout.h"
#include "store/tally.h"

#include "base/banned.h"

struct exporting {
    struct admin   *m;
    FILE           *out;
    struct takeout  takeout;
    struct progress progress;
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
write_page(struct exporting *x, struct arena *a, struct error *err)
{
    struct buf *b = buf_new(a, TAKEOUT_MAX_BYTES);
    enum status st = takeout_read(&x->takeout, x->m->conn, a, err);

    if (st != OK)
        return st;
    takeout_write(&x->takeout, b);
    if ((st = buf_finish(b, "a page of the export", err)) != OK)
        return st;
    return b->len && fwrite(b->ptr, 1, b->len, x->out) != b->len
               ? cannot_write(x->m, err) : OK;
}

static enum status
write_all(struct exporting *x, struct error *err)
{
    struct arena a = ARENA_INIT;
    enum status  st = OK;

    progress_begin(&x->progress, "exporting");
    while (st == OK && !x->takeout.ended) {
        st = write_page(x, &a, err);
        arena_reset(&a);
        progress_show(&x->progress, (int64_t)x->takeout.lines, x->total);
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
                           .takeout.at = { .session_id = BROWSE_ANY,
                                           .role = BROWSE_ANY } };
    struct tally     tally;
    enum status      st = which_vault(m, &x.takeout.at.vault_id, err);

    if (st != OK || (st = tally_vault(m->conn, m->arena, x.takeout.at.vault_id,
                                      &tally, err)) != OK)
        return st;
    x.total = tally.memories;
    if ((st = audit_add(m->conn, &m->by, &(struct audit_entry){
                            .act = AUDIT_MEMORY_EXPORT,
                            .id = x.takeout.at.vault_id }, err)) != OK)
        return st;
    if (path && !(x.out = fopen(path, "we")))
        return cannot_write(m, err);
    st = write_all(&x, err);
    if (path && fclose(x.out) != 0 && st == OK)
        st = cannot_write(m, err);
    return st;
}
